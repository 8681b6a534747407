"""Works, people and charters that want to run: on a community's pages they do nothing.

Opened in a real browser without our Content-Security-Policy: escaping alone must do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from projections.commons.read import _tells
from tests.api.celebrating.test_celebrations import consent, stamp
from tests.api.celebrating.test_reminders import planned
from tests.api.commons.test_commons_pages import publish, work
from tests.api.people import CHARTER, COMMUNITY, account, event
from tests.api.verifying.test_hostile_badges import FOUND, PAYLOADS, Watch, watch

if TYPE_CHECKING:
    from tests.api.conftest import Guild

__all__ = ["watch"]  # a fixture
PAGE = f"/c/{COMMUNITY}"
LONGEST_NAME, LONGEST_LINE = 256, 120
SAFE = re.compile(r"/(?!/)|#|https://|http://127\.0\.0\.1:8700/|border:0;max-width:100%$")
URLS = [
    f"https://forum.example/{payload}".replace(" ", "%20")
    for payload in PAYLOADS
    if not any(each in payload for each in "\u2028\x7f")
]


def named_work(number: int, payload: str) -> dict[str, Any]:
    made = work(number, f"m{number}", title=payload, url=URLS[number % len(URLS)])
    made["data"]["author"] = account(f"m{number}", name=payload)
    return made


def shows(watch: Watch, bodies: list[str]) -> None:
    watch.opens(bodies)
    strange = [each for each in watch.page.evaluate(FOUND) if not SAFE.match(each[1])]
    seen = [each for each in watch.seen if not each.startswith("http://127.0.0.1:8700/c/")]  # pictures of badges
    assert (seen, strange) == ([], [])


def test_works_and_people_do_not_run(guild: Guild, watch: Watch) -> None:
    named = [payload for payload in PAYLOADS if len(payload) <= LONGEST_NAME]
    guild.tell(
        [
            *(named_work(n, payload) for n, payload in enumerate(named)),
            *(consent(f"m{n}") for n in range(len(named))),
            *(
                event(
                    "assignment",
                    f"r{n}",
                    {"member": account(f"m{n}"), "kind": "role", "value": "host", "change": "started"},
                    time=stamp(days=3),
                )
                for n in range(len(named))
            ),
            *(
                planned(20 + n, n)
                | {"data": planned(20 + n, n)["data"] | {"title": payload, "url": URLS[n % len(URLS)]}}
                for n, payload in enumerate(named)
            ),
        ]
    )
    paths = ("", "/toolkit", "/toolkit?page=2", "/sessions")
    shows(watch, [guild.get(PAGE + path, key).text for path in paths for key in ("", guild.manager)])


def test_a_charter_does_not_run(guild: Guild, watch: Watch) -> None:
    short = [payload for payload in PAYLOADS if len(payload) <= LONGEST_LINE and payload.isprintable()]
    document = yaml.safe_load(CHARTER)
    publish(guild, document)
    document |= {
        "name": short[0],
        "domain": {"statement": short[1], "call_to_action": short[2]},
        "outcomes": [{"outcome": f"o{n}", "can": payload} for n, payload in enumerate(short[:50])],
        "evidence": [{"outcome": f"o{n}", "shows": payload} for n, payload in enumerate(short[:50])],
        "activities": [
            {"activity": f"a{n}", "name": payload, "mode": "sync", "setting": "individual"}
            for n, payload in enumerate(short)
        ],
        "norms": short[:50],
    }
    document["rules"][0] |= {
        "version": 9,
        "any": [{"count": "contribution", "at_least": 1, "label": payload} for payload in short[:40]],
    }
    document["rules"][0].pop("all")
    for n, payload in enumerate(short[: len(document["ladder"])]):
        document["ladder"][n] |= {"name": payload, "can": payload}
    document["leader_roles"][0] |= {"name": short[5], "duties": short[6]}
    publish(guild, document)
    paths = (
        "",
        "/charter",
        "/charter?version=1",
        "/sessions",
        "/toolkit?skill=%3Cscript%3Ealert(1)%3C/script%3E",
        "/embed",
    )
    shows(watch, [guild.get(PAGE + path, key).text for path in paths for key in ("", guild.manager)])


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//x.example", "vbscript:x", " https://x.example", "", None, 7]
)
def test_an_address_of_another_kind_is_none(url: object) -> None:
    assert not _tells({"title": "x", "url": url})


def test_words_that_a_translation_would_take_for_its_own_are_only_words(guild: Guild) -> None:
    document = yaml.safe_load(CHARTER)
    document["name"] = "100 % %s %(name)s {{ 7 * 7 }}"
    document["rules"][0]["all"][0]["label"] = "50 % of it, %d and %(count)s"
    document["leader_roles"][0]["name"] = "%s"
    publish(guild, document)
    guild.tell([work(1, title="%(x)s %"), consent("ada")])
    for path in ("", "/charter", "/toolkit", "/sessions", "/embed"):
        for key in ("", guild.manager):
            assert guild.get(PAGE + path, key).status_code == 200, path
    assert "50 % of it, %d and %(count)s" in guild.get(f"{PAGE}/charter", "").text
