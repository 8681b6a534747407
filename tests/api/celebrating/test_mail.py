"""Mail, against a real server: only to whom asked for it and confirmed it, with a way out, and by day."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import orjson
import pytest

from api.celebrating import hours, wanting
from api.celebrating.hours import next_hour
from api.celebrating.mail import Mailer, MailError, Said, address_of, html_of, written
from api.errors import SettingsError
from api.settings import Settings
from tests.api.celebrating.test_celebrations import consent, works
from tests.api.celebrating.test_sending import now
from tests.api.conftest import client_of, opened
from tests.api.outgoing import Outgoing, by_hand
from tests.api.people import COMMUNITY
from tests.api.posting import mail_server, plain
from tests.api.sites import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from starlette.testclient import TestClient

    from tests.api.conftest import Guild
    from tests.api.posting import MailServer

ADDRESS = "ada@example.org"


@pytest.fixture
def server(authority: Authority) -> Iterator[MailServer]:
    with mail_server(authority.context("localhost")) as found:
        yield found


@pytest.fixture
def post(tmp_path: Path, server: MailServer, authority: Authority, monkeypatch: Any) -> Iterator[Post]:
    """Give an installation that has a mail server, at whatever hour."""
    by_hand(monkeypatch)
    monkeypatch.setattr(hours, "MORNING", 0)
    monkeypatch.setattr(hours, "EVENING", 24)
    found = Settings(
        data=tmp_path / "data",
        base_url="http://127.0.0.1:8700",
        smtp_url=server.url,
        smtp_from="The Makers <book@makers.example>",
        smtp_ca=authority.file,
        log_level="error",
    )
    with client_of(found) as client:
        yield Post(opened(client), server, Mailer(server.url, authorities=authority.file))


class Post(Outgoing):
    """A guild with a mail server."""

    def __init__(self, guild: Guild, server: MailServer, mailer: Mailer) -> None:
        super().__init__(guild, mailer)
        self.server, self.mailer = server, mailer
        guild.tell(works("ada", ago=30, number=1))
        self.ada = guild.sign_in("member", guild.member("ada"))

    def path(self, who: str = "ada") -> str:
        return f"/c/{COMMUNITY}/m/{self.guild.member(who)}"

    def word(self, browser: TestClient) -> str:
        return browser.get(f"{self.path()}/week").text.split('name="csrf" value="')[1].split('"')[0]

    def gives(self, address: str, browser: TestClient | None = None, who: str = "ada") -> int:
        """Let Ada (or another) give an address on her page; return the status."""
        asking = browser or self.ada
        form = {"csrf": self.word(self.ada) if browser is None else "x", "address": address}
        return asking.post(f"{self.path(who)}/mail", data=form, follow_redirects=False).status_code

    def confirmed(self) -> None:
        """Let Ada give an address, and follow the link that comes."""
        assert self.gives(ADDRESS) == 303
        link = link_in(self.server.took.pop())
        self.guild.client.post(link)
        self.announcer.run_once()

    def tell(self, *events: dict[str, Any]) -> None:
        time.sleep(1.05)
        self.guild.tell([now(one) for one in events])
        self.go()

    @property
    def state(self) -> list[str]:
        return [box.state for box in self.here.book.mailboxes.of(COMMUNITY)]


def link_in(letter: EmailMessage) -> str:
    """Return the path of the link in a letter."""
    return next(word for word in plain(letter).split() if "/mail/" in word).removeprefix("http://127.0.0.1:8700")


def badge(who: str = "ada") -> list[dict[str, Any]]:
    """Return a second work, which earns her a badge."""
    return works(who, ago=0)[1:]


def test_an_address_is_asked_first_and_confirmed_by_a_link_that_a_scanner_may_follow(post: Post):
    assert post.gives(ADDRESS) == 303
    (letter,) = post.server.took
    assert letter["To"] == ADDRESS
    assert letter["From"] == "The Makers <book@makers.example>"
    assert post.server.secured == [True]
    assert post.state == ["asked"]
    post.tell(*badge())
    assert len(post.server.took) == 1, "nothing else is sent before she says so"
    link = link_in(letter)
    assert "Is this address yours?" in post.guild.client.get(link).text
    assert post.state == ["asked"], "a scanner follows links"
    assert "Thank you." in post.guild.client.post(link).text
    assert post.state == ["on"]
    assert ADDRESS in post.ada.get(f"{post.path()}/week").text
    assert ADDRESS not in post.guild.sign_in().get(f"{post.path()}/week").text, "not even to a manager"


def test_she_is_told_of_her_badge_and_can_end_it_by_one_click(post: Post):
    post.confirmed()
    post.tell(*badge())
    post.guild.badge("ada")
    post.go()
    (letter,) = post.server.took
    assert letter["Subject"] == "The Makers: You earned the badge Sharer."
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["Message-ID"].startswith("<msg_")
    html = letter.get_body(("html",))
    assert html is not None
    assert "You earned the badge Sharer." in html.get_content()
    assert "src=" not in html.get_content()
    out = letter["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:8700")
    assert "No more mail?" in post.guild.client.get(out).text
    assert post.state == ["on"]
    one_click = {"List-Unsubscribe": "One-Click"}
    assert post.guild.client.post(out, data=one_click).status_code == 200
    assert post.state == ["left"]
    post.tell(*works("ada", ago=0, number=9)[2:], consent("ada"))
    assert len(post.server.took) == 1


@pytest.mark.parametrize("purpose", ["processing", "profile", "spotlight"])
def test_who_took_her_consent_back_gets_nothing(post: Post, purpose: str):
    post.confirmed()
    post.guild.tell([consent("ada", "withdrawn", purpose)])
    post.tell(*badge())
    post.guild.badge("ada")
    post.go()
    assert post.server.took == []


def test_who_was_erased_gets_nothing_and_her_address_is_gone(post: Post):
    post.confirmed()
    key = {"Authorization": f"Bearer {post.guild.manager}"}
    post.guild.client.delete(f"/communities/{COMMUNITY}/members/{post.guild.member('ada')}", headers=key)
    assert post.state == []
    post.go()
    assert post.server.took == []


def test_her_address_is_in_what_she_takes_along(post: Post):
    post.confirmed()
    answer = post.ada.get(f"/communities/{COMMUNITY}/members/{post.guild.member('ada')}/takeout")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        about = orjson.loads(archive.read("member.json"))
    assert about["mail"] == [{"address": ADDRESS, "state": "on"}]


def test_a_word_for_another_address_or_none_of_ours_does_nothing(post: Post):
    assert post.gives(ADDRESS) == 303
    link = link_in(post.server.took[0])
    assert post.gives("ada@elsewhere.example") == 303
    assert post.guild.client.post(link).status_code == 404
    for strange in (link[:-1], f"/mail/{COMMUNITY}/x", f"/mail/bakers/{link.rpartition('/')[2]}", "/mail/nowhere/x"):
        assert post.guild.client.get(strange).status_code == 404
    assert post.state == ["asked"]
    assert post.gives("") == 303
    assert post.state == []


@pytest.mark.parametrize(
    "address",
    [
        "ada",
        "ada@",
        "@example.org",
        "a b@example.org",
        "ada@example.org\r\nBcc: eve@x.example",
        "\N{LATIN SMALL LETTER E WITH ACUTE}@x.example",
        "ada@localhost",
        "x" * 250 + "@example.org",
        "a,b@example.org",
        "<ada@example.org>",
    ],
)
def test_what_is_no_address_is_refused(post: Post, address: str):
    assert post.gives(address) == 422
    assert post.server.took == []
    assert post.state == []


def test_what_is_no_address_leaves_the_one_there_is(post: Post):
    post.confirmed()
    assert post.gives("ada@") == 422
    assert post.state == ["on"]


def test_nobody_else_gives_her_an_address(post: Post):
    post.guild.tell(works("bo", ago=30))
    bo, manager = post.guild.sign_in("member", post.guild.member("bo")), post.guild.sign_in()
    assert post.gives("eve@example.org", post.guild.client) == 401
    assert post.gives("eve@example.org", manager) == 403
    assert post.gives("eve@example.org", bo) == 403
    word = bo.get(f"{post.path('bo')}/week").text.split('name="csrf" value="')[1].split('"')[0]
    form = {"csrf": word, "address": "eve@example.org"}
    assert bo.post(f"{post.path()}/mail", data=form).status_code == 404
    assert post.state == []


def test_a_channel_s_address_is_asked_too(post: Post):
    made = wanting.add(
        post.here, COMMUNITY, kind="mail", address="list@example.org", events=["level"], mailer=post.mailer
    )
    assert made.channel.state == "asked"
    post.tell(*works("bo", ago=0, number=1))
    (letter,) = post.server.took
    assert post.guild.client.post(link_in(letter)).status_code == 200
    post.announcer.run_once()
    post.tell(*works("cy", ago=0, number=1))
    assert post.server.took[-1]["Subject"] == "The Makers: A member reached level 1, Member."
    out = post.server.took[-1]["List-Unsubscribe"].strip("<>").removeprefix("http://127.0.0.1:8700")
    assert post.guild.client.post(out).status_code == 200
    assert [each.state for each in post.here.book.channels.of(COMMUNITY)] == ["ended"]


def test_a_server_that_is_busy_is_asked_again_and_a_refused_address_is_not(post: Post):
    post.confirmed()
    post.server.busy = True
    post.tell(*badge())
    post.guild.badge("ada")
    post.go()
    assert post.here.book.outbox.counts(COMMUNITY) == {"due": 1}
    post.server.busy = False
    time.sleep(0.05)
    post.go()
    assert len(post.server.took) == 1
    post.server.refuses.add("nobody@example.org")
    with pytest.raises(wanting.WishError, match="refused"):
        wanting.add(post.here, COMMUNITY, kind="mail", address="nobody@example.org", mailer=post.mailer)


def test_only_a_server_that_is_trusted_is_told_the_password(server: MailServer):
    letter = written_to("ada@example.org")
    with pytest.raises(MailError, match="certificate"):
        Mailer(server.url).send(letter)
    with pytest.raises(MailError, match="cannot be had"):
        Mailer("smtp://localhost:1").send(letter)
    assert server.took == []


def written_to(address: str) -> EmailMessage:
    return written("book@makers.example", address, "A subject\r\nBcc: eve@example.org")


def test_no_header_comes_in_by_a_subject(server: MailServer, authority: Authority):
    letter = written_to(ADDRESS)
    letter.set_content("Hello")
    Mailer(server.url, authorities=authority.file).send(letter)
    (came,) = server.took
    assert came["Bcc"] is None
    assert came["Subject"] == "A subject Bcc: eve@example.org"


@pytest.mark.parametrize("url", ["http://x", "smtp://", "mail.example.org"])
def test_a_setting_that_is_no_mail_server_is_refused(url: str):
    with pytest.raises(SettingsError, match="GUILDBOOK_SMTP_URL"):
        Mailer(url)


def test_what_others_wrote_is_text_in_a_letter():
    said = Said(
        "en", "<b>Ada</b>", ("<script>alert(1)</script>",), 'https://x/"><i>', "Open", "why", "No more", "https://x/out"
    )
    html = html_of(said)
    assert "<b>" not in html
    assert "<script>" not in html
    assert "<i>" not in html


def test_mail_comes_by_day():
    zone = ZoneInfo("Europe/Berlin")

    def at(hour: int, day: int = 10) -> int:
        return int(datetime(2026, 3, day, hour, 30, tzinfo=zone).timestamp()) * 1_000_000

    assert next_hour(at(9), zone) == at(9)
    assert datetime.fromtimestamp(next_hour(at(3), zone) // 1_000_000, zone).strftime("%d %H:%M") == "10 08:00"
    assert datetime.fromtimestamp(next_hour(at(22), zone) // 1_000_000, zone).strftime("%d %H:%M") == "11 08:00"
    spring = int(datetime(2026, 3, 28, 23, 0, tzinfo=zone).timestamp()) * 1_000_000  # the night clocks go ahead
    assert datetime.fromtimestamp(next_hour(spring, zone) // 1_000_000, zone).strftime("%d %H:%M") == "29 08:00"


def test_an_address_is_read_as_it_is():
    assert str(address_of(" ada+guild@example.org ")) == "ada+guild@example.org"


def test_a_sign_in_link_comes_by_the_same_server(post: Post):
    send = post.here.send
    assert send is not None
    send(ADDRESS, "Sign in to The Makers\n\nThis link does, once:\n\nhttp://127.0.0.1:8700/enter/x\n")
    (letter,) = post.server.took
    assert (letter["To"], letter["Subject"]) == (ADDRESS, "Sign in to The Makers")
    assert letter.get_content().strip().endswith("http://127.0.0.1:8700/enter/x")
    assert letter["Auto-Submitted"] == "auto-generated"
    send("no address", "Sign in\n\nx")
    post.server.refuses.add(ADDRESS)
    send(ADDRESS, "Sign in\n\nx")  # whoever waits for it asks again
    assert len(post.server.took) == 1
