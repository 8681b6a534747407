"""A quarter's review: the same for ever, whatever is reported later; on a page, as a PDF, from a shell."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from pypdf import PdfReader
from typer.testing import CliRunner

from api.cli import app
from api.measuring.pack import pack_of, told
from api.measuring.quarters import Quarter
from schemas import parse_time
from tests.api.conftest import Guild, client_of, opened
from tests.api.people import CHARTER, COMMUNITY, account, contribution, event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api.settings import Settings

Q1, PAGE = "2024-Q1", f"/manage/{COMMUNITY}/quarters/2024-Q1"
OPEN, KEPT = "Three wards bend their own ash now.", "My knee is why I stopped."
NAMES = ("Ada", "Bo", "Cy", "of the Forum")


def story(number: int, who: str, summary: str, **more: Any) -> dict[str, Any]:
    data = {"member": account(who), "kind": "practice_change", "summary": summary, **more}
    return event("impact", number, data, time="2024-02-20T10:00:00Z")


def assigned(number: int, who: str, change: str, time: str) -> dict[str, Any]:
    data = {"member": account(who), "kind": "role", "value": "host", "change": change}
    return event("assignment", number, data, time=time)


def a_winter() -> list[dict[str, Any]]:
    """Return what Ada and Bo did in the first quarter of 2024; Ada hosts, and tells a story to everyone."""
    return [
        *(contribution(n, time=f"2024-0{n}-05T09:00:00Z") for n in (1, 2, 3)),
        contribution("b1", "bo", time="2024-02-01T09:00:00Z"),
        assigned(1, "ada", "started", "2024-01-10T09:00:00Z"),
        story(1, "ada", OPEN, visibility="public"),
        story(2, "bo", KEPT, visibility="community"),
    ]


class Clock:
    """Says when things are recorded."""

    def __init__(self, text: str) -> None:
        self.now = parse_time(text)

    def __call__(self) -> int:
        return self.now

    def set(self, text: str) -> None:
        self.now = parse_time(text)


@pytest.fixture
def winter(settings: Settings) -> Iterator[tuple[Guild, Clock]]:
    """Give an installation in which the winter was told on 20 March 2024, and the clock by which facts are recorded."""
    with client_of(settings) as client:
        clock = Clock("2024-03-20T00:00:00Z")
        client.app.state.installation.book._shards[0].recorder.clock = clock  # type: ignore[attr-defined]
        guild = opened(client)
        guild.tell(a_winter())
        guild.badge()
        yield guild, clock


def article(page: str) -> str:
    found = re.search(r'<article class="pack".*?</article>', page, re.DOTALL)
    assert found
    return found[0]


def read(html: str) -> str:
    """Return the words of a page, without what is drawn."""
    return " ".join(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", html, flags=re.DOTALL).split())


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def later(guild: Guild, clock: Clock) -> None:
    """Tell in May what happened in the winter; and change the charter, and who hosts."""
    clock.set("2024-05-01T00:00:00Z")
    document = yaml.safe_load(CHARTER) | {"timezone": "Pacific/Auckland", "targets": {"weekly_active": 90}}
    document["leader_roles"][0]["name"] = "Master of the house"
    guild.here.book.publish_charter(COMMUNITY, document, effective=0, by="test")
    guild.tell(
        [
            contribution("late", "cy", time="2024-02-02T09:00:00Z"),
            contribution("later", "bo", time="2024-03-30T09:00:00Z"),
            assigned(2, "bo", "started", "2024-02-10T09:00:00Z"),
            contribution("spring", "bo", time="2024-04-15T09:00:00Z"),
        ]
    )


def test_a_review_says_what_happened(winter):
    guild, _ = winter
    page = guild.get(PAGE)
    assert page.status_code == 200
    text = read(article(page.text))
    for said in (
        "Joined 2",
        "Active in the quarter 2",
        "Active in the quarter before 0",
        "Level Member 2",
        "Badge Sharer 1",
        "Host 1 1 0 1 0",  # held, begun, ended, ending next quarter, overdue
        "2 changes of practice.",
        OPEN,
        "Version 1, published on 20 March 2024",
    ):
        assert said in text, said
    assert "As it was known on 1 April 2024" in read(page.text)
    assert "does not change any more" in page.text


def test_every_id_of_the_pages_is_one(winter):
    guild, _ = winter
    for path in (PAGE, f"/manage/{COMMUNITY}/measures"):
        ids = re.findall(r' id="([^"]+)"', guild.get(path).text)
        assert len(ids) > 30
        assert sorted(ids) == sorted(set(ids)), path


def test_a_late_fact_changes_no_review(winter):
    """Nor does a later charter, nor a role that was given later for earlier."""
    guild, clock = winter
    before, pdf = guild.get(PAGE).text, guild.get(f"{PAGE}.pdf").content
    assert "No fact of this quarter was reported later." in before

    later(guild, clock)

    after = guild.get(PAGE).text
    assert article(after) == article(before)
    assert guild.get(f"{PAGE}.pdf").content == pdf
    assert "3 facts of this quarter were reported later" in after


def test_what_is_known_now_is_a_link_away(winter):
    guild, clock = winter
    later(guild, clock)
    link = re.search(r'href="(\?known_at=[^"]+)"', guild.get(PAGE).text)
    assert link
    now = guild.get(f"{PAGE}{link[1]}")
    assert 'Joined</dt><dd class="number">3<' in now.text
    assert "Master of the house" in now.text
    assert "The review itself" in now.text
    assert "does not change any more" not in now.text


def test_a_review_names_nobody(winter):
    guild, _ = winter
    page, pdf = article(guild.get(PAGE).text), words_of(guild.get(f"{PAGE}.pdf").content)
    for text in (page, pdf):
        assert not [name for name in NAMES if re.search(rf"\b{name}\b", text)]
        assert KEPT not in text
        assert guild.member("ada") not in text
        assert OPEN in text


def test_a_story_goes_with_its_teller(winter):
    guild, _ = winter
    path = f"/communities/{COMMUNITY}/members/{guild.member('ada')}"
    assert guild.client.delete(path, headers={"Authorization": f"Bearer {guild.manager}"}).status_code == 204
    assert OPEN not in guild.get(PAGE).text
    assert OPEN not in words_of(guild.get(f"{PAGE}.pdf").content)
    assert 'Joined</dt><dd class="number">2<' in guild.get(PAGE).text


def test_the_pdf_says_what_the_page_says_and_can_be_read_aloud(winter):
    guild, _ = winter
    answer = guild.get(f"{PAGE}.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'attachment; filename="{COMMUNITY}-{Q1}.pdf"'
    reader = PdfReader(io.BytesIO(answer.content))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en"
    assert reader.metadata
    assert reader.metadata.title == "The Makers: first quarter of 2024"
    words = words_of(answer.content)
    for said in ("First quarter of 2024", "As it was known on 1 April 2024", "Joined 2", "Host 1 1 0 1 0", "Sharer 1"):
        assert said in words, said
    asked = pack_of(guild.here, COMMUNITY, Quarter(2024, 1))
    shown = told(guild.here, asked)
    assert shown["rows"]
    for row in shown["rows"]:
        assert row["name"] in words
        assert (row["value"] or "\u2013") in words.replace("% ", "% ") or row["value"].replace("\u00a0", " ") in words


def test_a_quarter_that_goes_on_is_told_so_far(winter):
    guild, _ = winter
    now = datetime.now(UTC)
    running = Quarter(now.year, (now.month + 2) // 3)
    text = guild.get(f"/manage/{COMMUNITY}/quarters/{running.name}").text
    assert "It has not ended" in text
    assert guild.get(f"/manage/{COMMUNITY}/quarters/{running.after.name}").status_code == 404


def test_a_history_that_was_brought_in_settles_later(winter):
    """The winter was told in its last days; of the autumn before nothing was known then."""
    guild, _ = winter
    text = read(guild.get(f"/manage/{COMMUNITY}/quarters/2023-Q4").text)
    assert "As it was known on 1 April 2024" in text


@pytest.mark.parametrize("name", ["2024-Q5", "2024", "1969-Q4", "2024-q1", "x"])
def test_what_is_no_quarter_is_not_found(winter, name):
    guild, _ = winter
    for suffix in ("", ".pdf"):
        assert guild.get(f"/manage/{COMMUNITY}/quarters/{name}{suffix}").status_code == 404


def test_a_bad_instant_is_named(winter):
    guild, _ = winter
    answer = guild.get(f"{PAGE}?known_at=yesterday")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/known_at"


def test_a_review_is_for_managers(winter):
    guild, _ = winter
    assert [guild.get(PAGE, key).status_code for key in ("", guild.reader, guild.stranger)] == [401, 403, 404]


def test_the_command_writes_the_same(winter, settings, tmp_path, monkeypatch):
    guild, _ = winter
    pdf = guild.get(f"{PAGE}.pdf").content
    monkeypatch.setenv("GUILDBOOK_DATA", str(settings.data))
    monkeypatch.setenv("GUILDBOOK_BASE_URL", settings.base_url)
    path = tmp_path / "review.pdf"
    done = CliRunner().invoke(app, ["quarter", COMMUNITY, Q1, str(path), "--json"])
    assert done.exit_code == 0, done.output
    assert path.read_bytes() == pdf
    assert '"frozen": true' in done.output
    for wrong in (["2024-Q9"], [Q1, str(path)], ["2190-Q1"]):
        again = CliRunner().invoke(app, ["quarter", COMMUNITY, *wrong])
        assert (again.exit_code, again.exception.__class__) == (1, SystemExit)
