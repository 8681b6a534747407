"""Pictures over HTTP: drawn or brought along, in the size asked for; certificates; charters with own pictures."""

from __future__ import annotations

import io
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import yaml
from anyio import to_thread
from PIL import Image
from pypdf import PdfReader
from typer.testing import CliRunner

from api.cli import app
from api.web import painting
from api.web.access import FILE_POLICY
from badges.pictures import typesetting
from badges.pictures.kept import Kept
from tests.api.people import CHARTER, COMMUNITY, a_spring
from tests.badges.test_uploaded import SVG, png, uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.api.conftest import Guild


FULL = SVG.replace(b"</svg>", b'<path d="M0 0h1"/>' * 12_800 + b"</svg>")  # too large once it is clean


def size_of(content: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(content)) as image:
        return image.size


@pytest.mark.parametrize("what", ["badges/sharer", "levels/0", "levels/3", "roles/host"])
def test_all_that_is_recognised_has_a_picture(spring: Guild, what):
    default, small = (spring.client.get(f"/c/{COMMUNITY}/{what}.png{query}") for query in ("", "?size=64"))
    drawn = spring.client.get(f"/c/{COMMUNITY}/{what}.svg")

    assert (size_of(default.content), size_of(small.content)) == ((600, 600), (64, 64))
    assert drawn.headers["content-type"] == "image/svg+xml"
    for answer in (default, drawn):
        assert answer.headers["content-security-policy"] == FILE_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert {"sandbox", "default-src 'none'"} <= {each.strip() for each in FILE_POLICY.split(";")}


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("badges/none.png", 404), ("levels/9.svg", 404), ("roles/none.png", 404), ("cohorts/x.png", 404),
        ("badges/sharer.png?size=63", 422), ("badges/sharer.png?size=1025", 422), ("badges/sharer.png?size=x", 422),
        ("badges/sharer.gif", 404),
    ],
)  # fmt: skip
def test_other_pictures_are_refused(spring: Guild, what, status):
    assert spring.client.get(f"/c/{COMMUNITY}/{what}").status_code == status
    assert spring.client.get("/c/nobody/badges/sharer.png").status_code == 404


@pytest.mark.parametrize("asked", [64, 65, 300, 513, 600, 1_000, 1_024])
def test_a_picture_has_the_size_asked_for(spring: Guild, asked):
    for address in (f"/c/{COMMUNITY}/badges/sharer.png", f"/credentials/{spring.badge().id}.png"):
        assert size_of(spring.client.get(f"{address}?size={asked}").content) == (asked, asked)


def test_nobody_has_the_same_picture_painted_a_thousand_times(spring: Guild, monkeypatch):
    kept = Kept(1_048_576)
    monkeypatch.setattr(typesetting, "_kept", kept)
    for asked in range(257, 385, 16):
        assert spring.client.get(f"/c/{COMMUNITY}/badges/sharer.png?size={asked}").status_code == 200
    assert len(kept._made) == 1


@pytest.fixture
def narrow(spring: Guild) -> Iterator[Guild]:
    """Give a guild whose app has four threads for all who need no others."""
    portal = spring.client.portal
    assert portal
    threads = portal.call(to_thread.current_default_thread_limiter)
    before, threads.total_tokens = threads.total_tokens, 4
    yield spring
    threads.total_tokens = before


@pytest.mark.parametrize(
    "what", [f"/c/{COMMUNITY}/levels/3.png", "/credentials/{}.png", "/credentials/{}.pdf", "/ob2/assertions/{}.png"]
)
def test_who_asks_for_many_pictures_holds_up_nobody_else(narrow: Guild, monkeypatch, what):
    """All wait for their turn to be painted; whoever asks for something else waits for none of them."""
    monkeypatch.setattr(typesetting, "_kept", Kept(0))
    badge = narrow.badge().id
    with ThreadPoolExecutor(9) as many, typesetting._turn:
        waiting = [many.submit(narrow.client.get, what.format(badge)) for _ in range(8)]
        time.sleep(0.3)
        assert many.submit(narrow.client.get, f"/credentials/{badge}.json").result(timeout=2).status_code == 200
    assert {one.result().status_code for one in waiting} == {200}


def test_whose_turn_comes_too_late_is_told_to_ask_again(spring: Guild, monkeypatch):
    monkeypatch.setattr(painting, "PATIENCE", -1)
    answer = spring.client.get(f"/c/{COMMUNITY}/badges/sharer.png")

    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert answer.json()["detail"] == "too many pictures were asked for at once"


def words_of(content: bytes) -> str:
    (page,) = PdfReader(io.BytesIO(content)).pages
    return " ".join(page.extract_text().split())


def test_a_certificate_names_her_to_those_who_may_read_of_her(spring: Guild):
    """Ada herself and her manager see her name on it; whoever has the address alone does not, nor does Cy."""
    address = f"/credentials/{spring.badge().id}.pdf"
    ada, bo = (spring.sign_in("member", spring.member(name)) for name in ("ada", "bo"))

    assert "Ada" in words_of(spring.get(address).content)
    assert "Ada" in words_of(ada.get(address).content)
    assert words_of(spring.get(address).content).count("ISSUED") == 2, "by whom, and when: it was earned in March"
    for other in (spring.get(address, ""), spring.get(address, spring.stranger), bo.get(address)):
        assert "Ada" not in words_of(other.content)
        assert "earned by member" in words_of(other.content)
    assert spring.get(address).headers["cache-control"] == "no-store"
    assert "sharer.pdf" in spring.get(address).headers["content-disposition"]
    assert PdfReader(io.BytesIO(spring.get(f"{address}?paper=letter").content)).pages[0].mediabox.width == 792
    assert spring.get(f"{address}?paper=a5").status_code == 422


def charter_with(picture: object) -> dict[str, object]:
    document: dict[str, object] = yaml.safe_load(CHARTER)
    return document | {"badges": [{"badge": "sharer", "name": "Sharer", "description": "Shared.", "image": picture}]}


def put(guild: Guild, document: object):
    headers = {"Authorization": f"Bearer {guild.manager}", "Content-Type": "application/yaml"}
    return guild.client.put(f"/communities/{COMMUNITY}/charter", content=yaml.safe_dump(document), headers=headers)


@pytest.mark.parametrize(("raw", "side"), [(SVG, 300), (png(300, 300), 300)], ids=["svg", "png"])
def test_a_badge_looks_as_its_charter_s_picture_does(guild: Guild, raw, side):
    answer = put(guild, charter_with({"data": uri(raw)}))
    assert answer.status_code == 201, answer.text
    assert put(guild, charter_with({"data": uri(raw)})).status_code == 200, "this very charter is in force already"
    guild.tell(a_spring())
    badge = guild.badge().id

    assert size_of(guild.client.get(f"/c/{COMMUNITY}/badges/sharer.png?size=300").content) == (side, side)
    for form in ("png", "svg", "pdf"):
        found = guild.client.get(f"/credentials/{badge}.{form}")
        told = guild.client.post("/credentials/verify", files={"file": (f"badge.{form}", found.content)})
        assert (told.status_code, told.json()["verified"]) == (200, True), told.text
    changes = guild.get(f"/communities/{COMMUNITY}/charter/diff?from=1&to=2").json()["changes"]
    assert "a picture of" in str(changes)
    assert len(str(changes)) < 1_000


@pytest.mark.parametrize(
    ("picture", "pointer", "words"),
    [
        ({"data": uri(b"<html/>")}, "/badges/0/image/data", "wanted <svg xmlns="),
        ({"data": uri(FULL)}, "/badges/0/image/data", "262,144 bytes once it is clean"),
        ({"data": uri(png(9, 9))}, "/badges/0/image/data", "64 to 2048 pixels a side, got 9 by 9"),
        ({"data": "https://x.example/y.png"}, "/badges/0/image/data", "wanted a picture of at most 256 KiB"),
        ({"data": "data:image/png;base64," + "A" * 400_000}, "/badges/0/image/data", "at most 256 KiB"),
        ({"file": "./helper.svg"}, "/badges/0/image/file", "wanted only fields of this object"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused_where_it_stands(guild: Guild, picture, pointer, words):
    answer = put(guild, charter_with(picture))

    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert words in str(error)
    assert len(answer.content) < 3_000, "it does not repeat the picture"
    assert len(guild.here.book.charters(COMMUNITY)) == 1


def test_the_command_line_puts_in_the_pictures_beside_a_charter(tmp_path: Path):
    (tmp_path / "mine.svg").write_bytes(SVG)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "two.png").write_bytes(png())
    file = tmp_path / "charter.yaml"
    file.write_text(
        CHARTER.replace("image: {shape: shield, colour: moss, symbol: S}", "image: {file: ./mine.svg}").replace(
            "norms:",
            "  - badge: two\n    name: Two\n    description: Two.\n    image:\n      file: 'pictures/two.png'\nnorms:",
        )
    )
    settings = {"GUILDBOOK_DATA": str(tmp_path / "data"), "GUILDBOOK_DATABASE": str(tmp_path / "book.db")}

    def run(*words: str):
        return CliRunner().invoke(app, list(words), env=settings)

    assert run("init", COMMUNITY).exit_code == 0
    done = run("charter", "publish", COMMUNITY, str(file), "--yes")
    assert done.exit_code == 0, done.output
    shown = yaml.safe_load(run("charter", "show", COMMUNITY).stdout)
    assert [badge["image"]["data"][:26] for badge in shown["badges"]] == [
        "data:image/svg+xml;base64,", f"data:image/png;base64,{b64encode(png()[:3]).decode()}",
    ]  # fmt: skip

    (tmp_path / "mine.svg").write_text("<html/>")
    (tmp_path / "pictures" / "two.png").unlink()
    done = run("charter", "check", str(file))
    assert done.exit_code == 1
    told = " ".join(done.output.split())
    lines = file.read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "mine.svg" in text)
    assert f"charter.yaml:{line}:" in told
    assert "./mine.svg: wanted" in told
    assert "got pictures/two.png, which is not there" in told


def check(folder: Path, images: Sequence[str]) -> tuple[int, str]:
    """Check a charter with a badge for each of these images, beside `mine.svg`."""
    (folder / "mine.svg").write_bytes(SVG)
    badges = "".join(
        f"  - badge: b{number}\n    name: B\n    description: Two.\n    image: {image}\n"
        for number, image in enumerate(images)
    )
    file = folder / "charter.yaml"
    file.write_text(CHARTER.replace("norms:", f"{badges}norms:"))
    done = CliRunner().invoke(app, ["charter", "check", str(file)], env={"GUILDBOOK_DATA": str(folder / "data")})
    return done.exit_code, " ".join(done.output.split())


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (["&mine {file: ./mine.svg}", "*mine"], "got *mine: aliases are not allowed"),
        (["{file: &mine ./mine.svg}", "{file: *mine}"], "got *mine: aliases are not allowed"),
        (["{symbol: &mine ./mine.svg}", "{file: *mine}"], "got *mine: aliases are not allowed"),
        (["{symbol: &key file}", "{*key : ./mine.svg}"], "wanted a name here, got *key"),
    ],
)
def test_an_alias_about_a_picture_is_told_where_it_stands(tmp_path: Path, images: list[str], words: str):
    code, told = check(tmp_path, images)
    lines = (tmp_path / "charter.yaml").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if images[1] in text)
    assert code == 1
    assert f"charter.yaml:{line}:" in told
    assert words in told
