"""What is told where: signed as others check it, at least once under one id, by what is allowed at that moment."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from api.celebrating import sending, wanting
from api.celebrating.announcing import Announcer
from api.celebrating.events import USUAL
from api.celebrating.sending import asked, wait
from api.celebrating.webhooks import signed
from api.settings import Settings
from tests.api.celebrating.test_celebrations import consent, works
from tests.api.conftest import client_of, opened
from tests.api.outgoing import Outgoing, by_hand
from tests.api.people import COMMUNITY, account
from tests.api.receiving import receiving
from tests.api.sites import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.celebrating.wanting import Made
    from tests.api.conftest import Guild
    from tests.api.receiving import Receiver


@pytest.fixture
def receiver(authority: Authority) -> Iterator[Receiver]:
    with receiving(authority.context("localhost")) as found:
        yield found


@pytest.fixture
def post(tmp_path: Path, receiver: Receiver, authority: Authority, monkeypatch: Any) -> Iterator[Post]:
    """Give an installation that may send to the receiver, and does when it is told to."""
    with posting(tmp_path, receiver, authority, monkeypatch) as found:
        yield found


@contextlib.contextmanager
def posting(
    folder: Path, receiver: Receiver, authority: Authority, monkeypatch: Any, database: str = ""
) -> Iterator[Post]:
    """Give the same, on a database."""
    by_hand(monkeypatch)
    found = Settings(
        data=folder / "data",
        database=database,
        base_url="http://127.0.0.1:8700",
        webhooks=True,
        fetch_also=receiver.origin,
        fetch_ca=authority.file,
        log_level="error",
    )
    with client_of(found) as client:
        yield Post(opened(client), receiver)


def check_message(told: dict[str, Any]) -> None:
    """Hold a message against the schema that is written down for receivers."""
    schema = json.loads(files("schemas").joinpath("messages.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(told)


class Post(Outgoing):
    """A guild and its post, to a receiver of webhooks."""

    def __init__(self, guild: Guild, receiver: Receiver) -> None:
        super().__init__(guild)
        self.receiver = receiver

    def add(self, kind: str = "webhook", **more: Any) -> Made:
        """Make a channel, and look at the community as it is then."""
        made = wanting.add(self.here, COMMUNITY, kind=kind, address=f"{self.receiver.origin}/hook", **more)
        self.announcer.run_once()
        return made

    def tell(self, *events: dict[str, Any]) -> None:
        """Let something happen, be looked at and be sent."""
        self.guild.tell(list(events))
        self.go()

    def again(self) -> None:
        time.sleep(0.03)
        self.go()

    def told(self) -> list[dict[str, Any]]:
        return [one.told for one in self.receiver.came]

    @property
    def counts(self) -> dict[str, int]:
        return self.here.book.outbox.counts(COMMUNITY)


def now(one: dict[str, Any]) -> dict[str, Any]:
    return one | {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def happen(post: Post, who: str = "ada", *more: dict[str, Any]) -> None:
    """Let somebody reach a level a second after the channel began."""
    time.sleep(1.05)  # times are told in whole seconds
    post.tell(*(now(one) for one in works(who, ago=0, number=1)), *more)


def test_a_level_is_told_signed_as_others_check_it(post: Post):
    made = post.add()
    happen(post, "ada", consent("ada"))
    (came,) = post.receiver.came
    Webhook(made.shown).verify(came.body, came.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(made.shown).verify(came.body + b" ", came.headers)
    told = came.told
    check_message(told)
    assert told["type"] == "level.reached"
    assert told["data"]["name"] == "Ada of the Forum"
    assert told["data"]["words"] == "Ada of the Forum reached level 1, Member."
    assert told["data"]["why"] == "Shared something"
    assert came.headers["webhook-id"].startswith("msg_")
    assert post.counts == {"sent": 1}


def test_the_same_on_postgresql(
    tmp_path: Path, receiver: Receiver, authority: Authority, monkeypatch: Any, postgres_database: str
):
    receiver.answers = [(500, {}), (204, {})]
    with posting(tmp_path, receiver, authority, monkeypatch, postgres_database) as post:
        made = post.add()
        happen(post, "ada", consent("ada"))
        post.again()
        first, second = receiver.came
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        Webhook(made.shown).verify(second.body, second.headers)
        assert second.told["data"]["name"] == "Ada of the Forum"
        assert post.counts == {"sent": 1}
        assert "Ada of the Forum reached level 1" in post.guild.get(f"/c/{COMMUNITY}/celebrations", "").text


def test_a_key_pair_signs_too_and_only_its_public_half_is_shown(post: Post):
    made = post.add(signing="v1a")
    assert made.shown.startswith("whpk_")
    happen(post)
    (came,) = post.receiver.came
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(made.shown.removeprefix("whpk_")))
    mark = base64.b64decode(came.headers["webhook-signature"].removeprefix("v1a,"))
    content = f"{came.headers['webhook-id']}.{came.headers['webhook-timestamp']}.".encode()
    key.verify(mark, content + came.body)
    with pytest.raises(InvalidSignature):
        key.verify(mark, content + came.body + b" ")
    assert "whsk_" not in str(wanting.told(made.channel))


def test_the_published_vector_of_the_specification():
    """From the specification's own tests: the same id, time, body and secret give the same signature."""
    keys = {"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    headers = dict(signed("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, b'{"test": 2432232314}', keys))
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_who_did_not_allow_it_is_a_member_and_who_took_it_back_is_not_told(post: Post):
    post.add()
    happen(post, "bo")
    assert post.told()[0]["data"]["name"] is None
    assert post.told()[0]["data"]["words"] == "A member reached level 1, Member."
    happen(post, "cy", consent("cy", "withdrawn"))
    assert len(post.told()) == 1
    assert post.counts == {"sent": 1, "dropped": 1}


def test_nothing_of_before_is_told_nor_an_imported_history(post: Post):
    post.guild.tell(works("ada", ago=0, number=1))
    post.add()
    post.go()
    post.tell(*(one for n in range(9) for one in works(f"m{n}", ago=30)))
    assert post.told() == []
    assert post.counts == {}


def test_while_it_is_quiet_nothing_is_told_nor_afterwards(post: Post):
    post.add()
    post.here.book.outbox.quiet(COMMUNITY, time.time_ns() // 1_000 + 3_600_000_000)
    happen(post)
    assert post.told() == []
    post.here.book.outbox.quiet(COMMUNITY, 0)
    happen(post, "bo")
    assert [one["data"]["words"] for one in post.told()] == ["A member reached level 1, Member."]


def test_what_fails_comes_again_under_its_id(post: Post):
    post.receiver.answers = [(500, {}), (503, {}), (204, {})]
    made = post.add()
    happen(post)
    for _ in range(3):
        post.again()
    came = post.receiver.came
    assert len(came) == 3
    assert len({one.headers["webhook-id"] for one in came}) == 1
    for one in came:
        Webhook(made.shown).verify(one.body, one.headers)
    assert post.counts == {"sent": 1}


def test_what_always_fails_is_put_aside_and_a_manager_sends_it_again(post: Post):
    post.receiver.answers = [(500, {})]
    post.add()
    happen(post)
    for _ in range(6):
        post.again()
    assert post.counts == {"dead": 1}
    tries = len(post.receiver.came)
    assert tries == len(sending.WAITS) + 1
    (dead,) = post.here.book.outbox.listed(COMMUNITY, "dead")
    assert "answered 500" in dead.said
    browser = post.guild.sign_in()
    page = browser.get(f"/manage/{COMMUNITY}/celebrations").text
    assert "answered 500" in page
    post.receiver.answers = [(200, {})]
    word = page.split('name="csrf" value="')[1].split('"')[0]
    form = {"csrf": word, "do": "replay", "delivery": dead.id}
    assert browser.post(f"/manage/{COMMUNITY}/celebrations", data=form, follow_redirects=False).status_code == 303
    post.go()
    assert post.counts == {"sent": 1}
    assert len({one.headers["webhook-id"] for one in post.receiver.came}) == 1


def test_who_fails_for_days_is_paused_and_what_waits_comes_when_it_is_set_on_again(post: Post):
    post.receiver.answers = [(500, {})]
    made = post.add()
    happen(post)
    for _ in range(6):
        post.again()
    assert [each.state for each in post.here.book.channels.of(COMMUNITY)] == ["paused"]
    tries = len(post.receiver.came)
    happen(post, "bo")
    assert post.counts == {"dead": 2}
    assert len(post.receiver.came) == tries
    browser = post.guild.sign_in()
    assert "Messages not sent" in browser.get(f"/manage/{COMMUNITY}").text
    page = browser.get(f"/manage/{COMMUNITY}/celebrations").text
    assert "Paused: it failed for days." in page
    post.receiver.answers = [(200, {})]
    word = page.split('name="csrf" value="')[1].split('"')[0]
    form = {"csrf": word, "do": "resume", "channel": made.channel.id}
    assert browser.post(f"/manage/{COMMUNITY}/celebrations", data=form, follow_redirects=False).status_code == 303
    post.go()
    assert post.counts == {"sent": 2}
    for one in post.told():
        check_message(one)


@pytest.mark.parametrize("signing", ["v1", "v1a"])
def test_a_secret_is_changed_while_the_one_before_it_signs_too(post: Post, signing: str):
    old = post.add(signing=signing)
    new = wanting.rotate(post.here, old.channel)
    assert new.shown != old.shown
    wanting.test(post.here, new.channel)
    post.go()
    (both,) = post.receiver.came
    marks = both.headers["webhook-signature"].split(" ")
    assert len(marks) == 2
    if signing == "v1":
        Webhook(old.shown).verify(both.body, both.headers)
        Webhook(new.shown).verify(both.body, both.headers)
    (channel,) = post.here.book.channels.of(COMMUNITY)
    assert wanting.told(channel)["changing"]
    assert wanting.settle(post.here, channel)
    wanting.test(post.here, channel)
    post.go()
    (_, alone) = post.receiver.came
    assert len(alone.headers["webhook-signature"].split(" ")) == 1
    if signing == "v1":
        Webhook(new.shown).verify(alone.body, alone.headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(old.shown).verify(alone.body, alone.headers)
    check_message(alone.told)
    slack = post.add("slack")
    with pytest.raises(wanting.WishError, match="no secret of ours"):
        wanting.rotate(post.here, slack.channel)


def test_who_hangs_is_not_waited_for(post: Post, monkeypatch: Any):
    monkeypatch.setattr(sending, "SECONDS", 0.5)
    post.receiver.hangs = 3
    post.add()
    happen(post)
    (waiting,) = post.here.book.outbox.listed(COMMUNITY, "due")
    assert "did not answer" in waiting.said


def test_a_redirect_is_not_followed(post: Post):
    post.receiver.answers = [(307, {"Location": f"{post.receiver.origin}/elsewhere"})]
    post.add()
    happen(post)
    assert {one.path for one in post.receiver.came} == {"/hook"}
    assert post.counts == {"due": 1}


def test_who_says_410_is_left_alone(post: Post):
    post.receiver.answers = [(410, {})]
    post.add()
    happen(post)
    happen(post, "bo")
    assert len(post.receiver.came) == 1
    assert [each.state for each in post.here.book.channels.of(COMMUNITY)] == ["ended"]


def test_slack_and_discord_hear_no_command_in_a_name(post: Post):
    evil = "<!channel> @everyone <@U123> **x** <b>"
    slack, discord = post.add("slack"), post.add("discord")
    time.sleep(1.05)
    one = now(works("eve", ago=0, number=1)[0])
    one["data"]["author"] = account("eve", name=evil)
    post.tell(one, consent("eve"))
    assert slack.shown == discord.shown == ""
    bodies = {("slack" if "blocks" in told else "discord"): told for told in post.told()}
    text = bodies["slack"]["text"]
    assert "<!" not in text
    assert "<@" not in text
    assert "@everyone" not in text
    assert {block["text"]["type"] for block in bodies["slack"]["blocks"][:-1]} == {"plain_text"}
    assert bodies["discord"]["allowed_mentions"] == {"parse": []}
    assert "@everyone" not in bodies["discord"]["content"]
    assert "\\*\\*x" in bodies["discord"]["content"]
    assert "webhook-signature" not in post.receiver.came[0].headers


def test_a_week_that_is_over_is_told_once(post: Post):
    post.add(events=["week"])
    told = post.here.book.outbox.announced(COMMUNITY)
    assert told is not None
    day = 86_400_000_000
    post.guild.tell([*works("ada", ago=0), consent("ada")])
    later = Announcer(post.here, clock=lambda: time.time_ns() // 1_000 + 7 * day)
    assert later.run_once() >= 1
    later.run_once()
    while post.sender.run_once():
        pass
    (week,) = post.told()
    check_message(week)
    assert week["type"] == "spotlight.week"
    assert any("Ada of the Forum" in line for line in week["data"]["lines"])


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/hook",
        "https://127.0.0.1/hook",
        "https://10.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://user:password@example.org/",
        "https://example.org:8443/x",
        "ftp://example.org",
        "did:web:example.org",
        "",
        "x" * 3_000,
    ],
)
def test_no_channel_leads_to_a_machine_that_is_not_public(post: Post, address: str):
    with pytest.raises(wanting.WishError, match="address"):
        wanting.add(post.here, COMMUNITY, kind="slack", address=address)
    assert post.here.book.channels.of(COMMUNITY) == []


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"kind": "pigeon"}, "kind"),
        ({"events": ["gossip"]}, "events"),
        ({"events": []}, "events"),
        ({"label": "x" * 99}, "label"),
        ({"signing": "rsa"}, "signing"),
        ({"kind": "mail", "address": "ada@example.org"}, "kind"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_with_words(post: Post, wish: dict[str, Any], field: str):
    told = {"kind": "webhook", "address": f"{post.receiver.origin}/hook", "events": USUAL} | wish
    with pytest.raises(wanting.WishError) as refused:
        wanting.add(post.here, COMMUNITY, **told)
    assert {fault.pointer for fault in refused.value.faults} == {f"/{field}"}


def test_a_manager_adds_tests_and_drops_a_channel_by_forms(post: Post):
    browser, where = post.guild.sign_in(), f"/manage/{COMMUNITY}/celebrations"
    word = browser.get(where).text.split('name="csrf" value="')[1].split('"')[0]
    form = {"csrf": word, "do": "add", "kind": "webhook", "address": f"{post.receiver.origin}/hook", "event-level": "1"}
    refused = browser.post(where, data=form | {"address": "http://x"}, headers={"Accept": "text/html"})
    assert refused.status_code == 422
    assert 'value="http://x"' in refused.text, "what was typed is kept"
    assert browser.post(where, data=form | {"csrf": "another"}).status_code == 403
    made = browser.post(where, data=form)
    assert made.status_code == 200
    secret = "whsec_" + made.text.split("whsec_")[1].split("<")[0]
    again = browser.get(where).text
    assert "whsec_" not in again
    assert "/hook" not in again, "the path of a webhook is a secret"
    (channel,) = post.here.book.channels.of(COMMUNITY)
    assert channel.told["events"] == ["level"]
    for do in ("test", "drop"):
        answer = browser.post(where, data={"csrf": word, "do": do, "channel": channel.id}, follow_redirects=False)
        assert answer.status_code == 303
        post.go()
    (came,) = post.receiver.came
    Webhook(secret).verify(came.body, came.headers)
    assert came.told["type"] == "test"
    assert post.here.book.channels.of(COMMUNITY) == []
    for strange in ({"do": "dance"}, {"do": "drop", "channel": "x"}, {"do": "quiet", "days": "-1"}):
        assert browser.post(where, data={"csrf": word, **strange}).status_code == 422


def test_who_was_erased_before_it_was_sent_is_not_told(post: Post):
    post.receiver.answers = [(500, {})]
    post.add()
    happen(post, "ada", consent("ada"))
    member = post.guild.member("ada")
    key = {"Authorization": f"Bearer {post.guild.manager}"}
    assert post.guild.client.delete(f"/communities/{COMMUNITY}/members/{member}", headers=key).status_code < 300
    post.receiver.answers = [(200, {})]
    before = len(post.receiver.came)
    post.again()
    assert len(post.receiver.came) == before
    assert post.counts == {"dropped": 1}


KILLED = """
import sys, time
from pathlib import Path
from api.installation import Installation
from api.settings import Settings
from api.celebrating import sending
from api.celebrating.sending import Sender
here = Installation.open(Settings.load())
outbox = here.book.outbox
type(outbox).mark = lambda *_, **__: time.sleep(60)  # it has sent, and is about to say so
sending.LEASE = 1_500_000
Sender(here).run_once()
"""


def test_who_is_killed_between_sending_and_marking_leaves_it_to_the_next(post: Post, authority: Authority):
    made = post.add()
    time.sleep(1.05)
    post.guild.tell([now(one) for one in works("ada", ago=0, number=1)])
    post.announcer.run_once()
    told = {
        "GUILDBOOK_DATA": str(post.here.settings.data),
        "GUILDBOOK_BASE_URL": "http://127.0.0.1:8700",
        "GUILDBOOK_WEBHOOKS": "true",
        "GUILDBOOK_FETCH_ALSO": post.receiver.origin,
        "GUILDBOOK_FETCH_CA": str(authority.file),
    }
    sender = subprocess.Popen([sys.executable, "-c", KILLED], env=os.environ | told)
    try:
        post.receiver.wait(1, 60)
    finally:
        sender.send_signal(signal.SIGKILL)
        sender.wait()
    deadline = time.monotonic() + 60
    while len(post.receiver.came) < 2 and time.monotonic() < deadline:
        post.go()
        time.sleep(0.1)
    first, second = post.receiver.came
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    Webhook(made.shown).verify(second.body, second.headers)
    assert post.counts == {"sent": 1}


def test_waits_grow_and_heed_what_was_asked():
    for tries, usual in enumerate(sending.WAITS, start=1):
        assert 0.8 * usual <= wait(tries) <= 1.2 * usual
    assert wait(1, 500) == 500
    assert asked("120") == 120
    assert asked("Wed, 21 Oct 2015 07:28:00 GMT") is None
    assert asked("99999999") == sending.LONGEST_ASKED
    assert asked(None) is None


def test_without_leave_of_the_operator_nothing_is_sent(post: Post):
    post.add()
    object.__setattr__(post.here, "settings", post.here.settings.model_copy(update={"webhooks": False}))
    happen(post)
    assert post.receiver.came == []
    (waiting,) = post.here.book.outbox.listed(COMMUNITY, "due")
    assert "lets it send no webhooks" in waiting.said
