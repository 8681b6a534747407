"""Badges as nobody would write them: cohorts of random achievements, with texts that are apt to break something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from badges import AwardFacts, achievement
from badges.documents.achievement import Reached
from badges.documents.credential import document, slots

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

ODD = (
    *("%s", "%b", "%%", "_:b0", "<a>", "{}", "null", "@id", "\\u0041", "http://x/ y", '"', "\\", "'", "`", "^^", "."),
    *(
        "\n",
        "\t",
        "\r",
        "\x85",
        "\u2028",
        "\u200f",
        "\ufeff",
        "\uf8ff",
        "\uffee",
        "\U0001f600",
        "\uff21",
        "\ufb00",
        "é",
    ),
)
BROKEN = ("\x00", "\x01", "\x08", "\x0c", "\x1f", "\x7f", "\ufffe", "\uffff", "\ud800")
"""What no credential may say."""
_PLAIN = "abcdefghij KLM"
_SECOND = 1_000_000  # µs
_LATE = 4_000_000_000 * _SECOND


@dataclass(frozen=True, slots=True)
class Cohort:
    """What badges of one achievement have in common, and `draw`, which draws the texts of one of them."""

    make: Callable[[Mapping[str, str]], dict[str, Any]]
    draw: Callable[[], dict[str, str]]


def text(chosen: random.Random, odd: tuple[str, ...] = ODD) -> str:
    """Return up to 14 characters, or groups of them that mean something somewhere."""
    pieces = (chosen.choice(odd if chosen.random() < 0.3 else _PLAIN) for _ in range(chosen.randrange(1, 14)))
    return "".join(pieces)


def cohort(chosen: random.Random, identities: int | None = None, *, plain: bool = False) -> Cohort:
    """Return a cohort, its badges with so many IdentityObjects, which are blank nodes; 0 to 11 where not given.

    `plain`: no two of those are alike, and texts are letters.
    """
    odd = tuple(_PLAIN) if plain else ODD
    base = chosen.choice(["https://guild.example", "http://localhost:8000", "https://x.example/a%20b"])
    known = achievement(
        {
            "badge": f"b{chosen.randrange(9)}",
            "name": text(chosen, odd),
            "description": text(chosen, odd),
            "criteria": text(chosen, odd),
            "tags": [text(chosen, odd) for _ in range(chosen.randrange(4))],
            "outcomes": [f"o{place}" for place in range(chosen.randrange(3))],
        },
        base_url=base,
        community="weavers",
        outcomes={"o0": text(chosen, odd)},
    )
    shared: dict[str, Any] = {
        "issuer": chosen.choice(["did:web:guild.example", "did:key:z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd"]),
        "community_name": text(chosen, odd),
        "community_url": f"{base}/c/weavers",
        "achievement": known,
        "rule": "helper",
    }
    expires, listed, logged, elsewhere, halts, follows = (chosen.random() < 0.5 for _ in range(6))
    if chosen.random() < 0.5:
        shared |= _second_edition(chosen, known)
    people = chosen.choice([0, 0, 1, 2, 5, 11]) if identities is None else identities

    def facts() -> AwardFacts:
        begin = chosen.randrange(_LATE)
        member = (
            f"did:key:z6Mk{chosen.getrandbits(90):x}" if elsewhere else f"{base}/c/weavers/m/{chosen.getrandbits(90):x}"
        )
        return AwardFacts(
            **shared,
            credential_id=f"{base}/credentials/{chosen.getrandbits(120):030x}",
            subject_id=member,
            awarded=chosen.randrange(-_LATE // 2, _LATE),
            earned=chosen.randrange(-_LATE // 2, _LATE),
            valid_from=begin,
            expires=begin + chosen.randrange(_SECOND, _LATE) if expires else None,
            status_list=f"{base}/status/weavers-0" if listed else None,
            status_index=chosen.randrange(131_072) if listed else None,
            rule_version=chosen.randrange(1, 99),
            rule_hash=chosen.randbytes(32).hex(),
            evidence_root=chosen.randbytes(32),
            evidence_count=chosen.randrange(10**6),
            charter_version=chosen.randrange(1, 99),
            narrative=text(chosen, odd),
            log_proof=f"c2sp.org/tlog-proof@v1\n{text(chosen, odd)}\n\u2014 x" if logged else None,
            suspension_list=f"{base}/status/weavers-0-suspension" if listed and halts else None,
            suspension_index=chosen.randrange(131_072) if listed and halts else None,
            follows=f"{base}/credentials/{chosen.getrandbits(120):030x}" if follows else None,
        )

    def draw() -> dict[str, str]:
        said = slots(facts())
        for place in range(people):
            said[f"hash {place}"] = (
                "same" if not plain and chosen.random() < 0.05 else f"sha256${chosen.randbytes(8).hex()}"
            )
            if place % 3:
                said[f"salt {place}"] = text(chosen, odd)
        return said

    template = facts()
    return Cohort(lambda said: _with_identities(document(template, said), said, people), draw)


def _second_edition(chosen: random.Random, known: dict[str, Any]) -> dict[str, Any]:
    """Return what awards from edition 2 on share, and add to an achievement what only they say."""
    page = known["id"]
    more: dict[str, Any] = {
        "version": text(chosen),
        "fieldOfStudy": text(chosen),
        "creditsAvailable": chosen.choice([1, 0.5, 12.25]),
        "creator": {"id": "did:web:guild.example", "type": ["Profile"]}
        | ({"name": text(chosen)} if chosen.random() < 0.5 else {}),
        "related": [{"id": f"{page}?version=1", "type": ["Related"], "version": text(chosen)}],
        "resultDescription": [
            {"id": f"{page}#result-{n}", "type": ["ResultDescription"], "name": text(chosen), "resultType": "RawScore"}
            for n in (1, 2)
        ],
    }
    known |= {name: value for name, value in more.items() if chosen.random() < 0.5}
    results = (Reached(f"{page}#result-1", None), Reached(f"{page}#result-2", f"{page}#level-2"))
    return {
        "edition": 2,
        "community_description": chosen.choice([None, text(chosen)]),
        "results": results[: chosen.randrange(3)],
        "role": chosen.choice([None, None, text(chosen)]),
    }


def _with_identities(made: dict[str, Any], said: Mapping[str, str], people: int) -> dict[str, Any]:
    """Add OB 3.0 "IdentityObject"s, for which the standard has no id."""
    if people:
        made["credentialSubject"]["identifier"] = [
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityHash": said[f"hash {place}"],
                "identityType": "emailAddress",
                **({"salt": said[f"salt {place}"]} if place % 3 else {}),
            }
            for place in range(people)
        ]
    return made
