"""Documents made to cost a verifier as much as can be had within its limits of bytes."""

from __future__ import annotations

import json
import zlib
from itertools import combinations, islice, permutations
from typing import TYPE_CHECKING, Any

from badges import to_json
from schemas import contexts
from tests.badges.samples import signed as ada
from tests.badges.verifier.making import bare, by_jcs, claims, encoded, endorsement, signed, token
from tests.badges.verifier.pictures import field, png

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGEST = 65_536  # bytes of a credential
TYPES = ("Achievement", "Profile", "Evidence", "Result", "Image", "Alignment", "Address", "Related")
OB = [contexts.CREDENTIALS_V2, contexts.OPEN_BADGES, contexts.OPEN_BADGES_EXTENSIONS]


def filled(make: Callable[[int], Any], most: int = LARGEST) -> bytes:
    """Return the longest JSON that `make` gives, of some number of something, within so many bytes."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if len(to_json(make(middle))) <= most:
            low = middle
        else:
            high = middle - 1
    return to_json(make(low))


def proved(**members: Any) -> dict[str, Any]:
    """Return Ada's badge with other members; it carries a proof, which is of what it was before."""
    return ada(status_list=None, status_index=None) | members


def said_of_her(**members: Any) -> dict[str, Any]:
    """Return the badge with more said of its subject."""
    return proved(credentialSubject=bare()["credentialSubject"] | members)


def alike(edges: Iterator[tuple[int, int]]) -> dict[str, Any]:
    """Return a badge in which nodes without an id are related to one another, and nothing tells them apart."""
    nodes: dict[int, list[int]] = {}
    for one, other in edges:
        nodes.setdefault(one, []).append(other)
        nodes.setdefault(other, [])
    said = [
        {"id": f"_:n{one}", "related": [{"id": f"_:n{other}"} for other in others]} for one, others in nodes.items()
    ]
    related = {"@context": {"related": {"@id": "urn:x:related"}}, "urn:x:graph": said}
    return said_of_her(source=related)


def clique(size: int) -> dict[str, Any]:
    return alike(combinations(range(size), 2))


def rings(number: int, size: int = 3) -> dict[str, Any]:
    edges = [(ring * size + one, ring * size + (one + 1) % size) for ring in range(number) for one in range(size)]
    return alike(iter(edges))


def grid(size: int) -> dict[str, Any]:
    across = [(one * size + two, (one + 1) % size * size + two) for one in range(size) for two in range(size)]
    down = [(one * size + two, one * size + (two + 1) % size) for one in range(size) for two in range(size)]
    return alike(iter(across + down))


def chain(size: int) -> dict[str, Any]:
    return alike((one, one + 1) for one in range(size))


def petersen() -> dict[str, Any]:
    outer = [(one, (one + 1) % 5) for one in range(5)]
    inner = [(5 + one, 5 + (one + 2) % 5) for one in range(5)]
    return alike(iter(outer + inner + [(one, one + 5) for one in range(5)]))


def nested(depth: int, inner: Any, name: str = "urn:x:in") -> Any:
    for _ in range(depth):
        inner = {name: inner}
    return inner


def people(number: int) -> list[dict[str, Any]]:
    """Return IdentityObjects, which have no ids, each as the others."""
    one = {"type": "IdentityObject", "hashed": True, "identityHash": "x", "identityType": "name"}
    return [one] * number


def terms(number: int) -> dict[str, Any]:
    """Return a context of many terms."""
    return {f"t{place}": f"urn:t:{place}" for place in range(number)}


def scoped(number: int) -> dict[str, Any]:
    """Return contexts within contexts, each of a term."""
    made: dict[str, Any] = {"end": "urn:x:end"}
    for place in range(number):
        made = {f"in{place}": {"@id": f"urn:x:in{place}", "@context": made}}
    return made


def evidence(number: int, text: str = "x") -> list[dict[str, Any]]:
    return [{"id": f"urn:e:{place}", "type": ["Evidence"], "narrative": text} for place in range(number)]


def token_in_token(depth: int) -> bytes:
    """Return a token with a token of a badge in it, and so on."""
    inner = token(claims())
    for _ in range(depth):
        outer = claims() | {"endorsementJwt": [inner.decode()]}
        if len(made := token(outer)) > LARGEST:
            break
        inner = made
    return inner


JSON: dict[str, Callable[[], bytes]] = {
    # brackets and braces
    "brackets": lambda: b"[" * LARGEST,
    "braces": lambda: (b'{"a":' * LARGEST)[:LARGEST],
    "brackets and braces": lambda: (b'[[{"a":' * LARGEST)[:LARGEST],
    "brackets closed": lambda: b"[" * (LARGEST // 2) + b"]" * (LARGEST // 2),
    "empty lists": lambda: filled(lambda n: proved(evidence=[[]] * n)),
    "empty objects": lambda: filled(lambda n: proved(evidence=[{}] * n)),
    "numbers": lambda: filled(lambda n: proved(evidence=[7] * n)),
    "one number": lambda: to_json(proved())[:-1] + b',"n":' + b"9" * 60_000 + b"}",
    "one fraction": lambda: to_json(proved())[:-1] + b',"n":1e-' + b"9" * 60_000 + b"}",
    "names twice": lambda: b"{" + b",".join([b'"a":1'] * 10_000) + b"}",
    "escapes": lambda: filled(lambda n: proved(description="\x01" * n)),
    "quotes": lambda: filled(lambda n: proved(description='"\\' * n)),
    "escaped letters": lambda: to_json(proved())[:-1] + b',"description":"' + b"\\u00e9" * 10_000 + b'"}',
    # linked data
    "evidence": lambda: filled(lambda n: proved(evidence=evidence(n))),
    "tags": lambda: filled(lambda n: said_of_her(achievement=bare()["credentialSubject"]["achievement"]
                                                 | {"tag": [str(tag) for tag in range(n)]})),
    "long texts": lambda: filled(lambda n: proved(evidence=evidence(50, "x" * n))),
    "one long id": lambda: filled(lambda n: proved(id="urn:" + "x" * n)),
    "a long id, many statements": lambda: filled(lambda n: proved(id="urn:" + "x" * 20_000, evidence=evidence(n))),
    "a long term, many statements": lambda: filled(
        lambda n: proved(**{"@context": [*OB, {"t": "urn:" + "x" * 20_000}]},
                         evidence=[{"t": str(p)} for p in range(n)])
    ),
    "a long base, many terms": lambda: filled(
        lambda n: proved(**{"@context": [*OB, {"b": "urn:" + "x" * 20_000 + "#"}]},
                         evidence=[{f"b:{p}": "x"} for p in range(n)])
    ),
    "languages": lambda: filled(
        lambda n: proved(description=[{"@value": "x", "@language": f"de-x-{place}"} for place in range(n)])
    ),
    "a list": lambda: filled(lambda n: proved(**{"@context": [*OB, {"l": {"@id": "urn:l", "@container": "@list"}}]},
                                              l=list(range(n)))),
    "a list of lists": lambda: filled(lambda n: proved(**{"urn:l": {"@list": [{"@list": [1]}] * n}})),
    "contexts by name": lambda: filled(lambda n: proved(**{"@context": [*OB, *[contexts.OPEN_BADGES] * n]})),
    "contexts by name, each within": lambda: filled(
        lambda n: proved(evidence=[{"@context": OB, "id": f"urn:{p}", "type": ["Evidence"]} for p in range(n)])
    ),
    "contexts by name, in turn": lambda: to_json(proved(**{"@context": OB[:2] * 95})),
    "contexts by name, each within another of its own": lambda: filled(
        lambda n: proved(**{"@context": [*OB, {"p": "urn:p:"}]},
                         evidence=[{"urn:p": {"@context": {"@vocab": f"urn:{place}:"},
                                    "n": {"@context": OB[:2], "id": "urn:x"}}} for place in range(n)])
    ),
    "contexts written out, one after another": lambda: filled(
        lambda n: proved(**{"@context": [*OB, *[{"t": f"urn:{place}"} for place in range(n)]]})
    ),
    "contexts written out, each within": lambda: filled(
        lambda n: proved(evidence=[one | {"@context": {"t": one["id"]}} for one in evidence(n)])
    ),
    "terms by terms": lambda: filled(
        lambda n: proved(**{"@context": [*OB, {f"p{place}": f"p{place + 1}:{'x' * 200}" for place in range(n)}
                                         | {f"p{n}": "urn:x:"}]})
    ),
    "a map of languages": lambda: filled(
        lambda n: proved(**{"@context": [*OB, {"l": {"@id": "urn:l", "@container": "@language"}}],
                            "l": {f"x-{place}": "y" for place in range(n)}})
    ),
    "a map of ids": lambda: filled(
        lambda n: proved(**{"@context": [*OB, {"m": {"@id": "urn:m", "@container": "@id"}}],
                            "m": {f"urn:{place}": {"urn:p": "x"} for place in range(n)}})
    ),
    "said the other way round": lambda: filled(
        lambda n: proved(**{"@context": [*OB, {"r": {"@reverse": "urn:r"}}],
                            "r": [{"id": f"urn:{place}"} for place in range(n)]})
    ),
    "graphs": lambda: filled(
        lambda n: proved(**{"urn:g": [{"@graph": [{"id": f"urn:{place}", "urn:p": "x"}]} for place in range(n)]})
    ),
    "members of members": lambda: filled(
        lambda n: proved(**{"@context": [*OB, {"n": "@nest"}], "n": [{"urn:p": "x"}] * n})
    ),
    "types in every order": lambda: filled(
        lambda n: proved(evidence=[{"id": f"urn:{place}", "type": list(types)}
                                   for place, types in enumerate(islice(permutations(TYPES), n))])
    ),
    "200 contexts within": lambda: to_json(
        proved(evidence=[one | {"@context": contexts.OPEN_BADGES} for one in evidence(195)])
    ),
    "a context of terms": lambda: filled(lambda n: proved(**{"@context": [*OB, terms(n)]})),
    "terms, many nodes": lambda: filled(
        lambda n: proved(**{"@context": [*OB, terms(150)]}, evidence=[{"t1": "x"}] * n)
    ),
    "contexts within contexts": lambda: to_json(proved(**{"@context": [*OB, scoped(8)]})),
    "scoped contexts": lambda: filled(
        lambda n: proved(**{"@context": [*OB, {"s": {"@id": "urn:s", "@context": terms(100)}}]},
                         evidence=[{"s": {"t1": "x"}} for _ in range(n)])
    ),
    "type-scoped contexts": lambda: filled(
        lambda n: proved(evidence=[{"id": f"urn:{p}", "type": ["Achievement", "Profile", "Evidence", "Result", "Image",
                                                               "Alignment", "Criteria", "Address"]} for p in range(n)])
    ),
    "scoped contexts, deep": lambda: filled(
        lambda n: proved(evidence=[nested(20, {"id": f"urn:{p}"}, "achievement") for p in range(n)])
    ),
    "types": lambda: filled(lambda n: proved(type=["VerifiableCredential", "OpenBadgeCredential",
                                                   *[f"urn:t:{place}" for place in range(n)]])),
    "profiles": lambda: filled(
        lambda n: said_of_her(source=nested(25, {"id": "urn:x", "type": ["Profile"]}, "parentOrg") | {"n": "x" * n})
    ),
    # nodes without ids
    "blank nodes alike": lambda: filled(lambda n: said_of_her(identifier=people(n))),
    "blank nodes": lambda: filled(
        lambda n: said_of_her(identifier=[one | {"identityHash": str(p)} for p, one in enumerate(people(n))])
    ),
    "blank nodes, 650": lambda: to_json(
        said_of_her(identifier=[one | {"salt": str(p)} for p, one in enumerate(people(650))])
    ),
    "a clique of 8": lambda: to_json(clique(8)),
    "a clique of 20": lambda: to_json(clique(20)),
    "a clique of 60": lambda: to_json(clique(60)),
    "rings": lambda: filled(rings),
    "rings of 10": lambda: filled(lambda n: rings(n, 10)),
    "a grid of 6": lambda: to_json(grid(6)),
    "a grid of 12": lambda: to_json(grid(12)),
    "a chain of blank nodes": lambda: filled(chain),
    "Petersen's graph": lambda: to_json(petersen()),
    # proofs, statuses and what stands inside
    "16 proofs": lambda: filled(lambda n: proved(evidence=evidence(n), proof=[ada()["proof"]] * 16)),
    "16 proofs in a chain": lambda: filled(lambda n: proved(evidence=evidence(n), proof=linked(16))),
    "16 proofs by canonical JSON": lambda: filled(
        lambda n: (made := json.loads(by_jcs(bare() | {"evidence": evidence(n)}))) | {"proof": [made["proof"]] * 16}
    ),
    "related resources": lambda: filled(
        lambda n: proved(relatedResource=[{"id": contexts.CREDENTIALS_V2, "digestSRI": "sha384-x"}] * n)
    ),
    "150 proofs": lambda: to_json(proved(proof=[ada()["proof"]] * 150)),
    "statuses": lambda: filled(lambda n: proved(credentialStatus=[status(place) for place in range(n)])),
    "endorsements": lambda: filled(lambda n: proved(endorsement=[ada()] * n)),
    "endorsements that are": lambda: filled(lambda n: proved(endorsement=[praise()] * n)),
    "endorsements that hold, in endorsements": lambda: to_json(branching(3)),
    "a presentation of poison": lambda: to_json(presented(grid(12), 12)),
    "a presentation of nothing": lambda: to_json(presented({}, 64)),
    "endorsements in endorsements": lambda: filled(lambda n: proved(endorsement=nested_badges(min(n, 12)))),
    "schemas": lambda: filled(lambda n: proved(credentialSchema=[
        {"id": f"https://x.example/{place}", "type": "JsonSchema"} for place in range(n)])),
    "a long proof value": lambda: to_json(proved(proof=ada()["proof"] | {"proofValue": "z" + "2" * 60_000})),
    "a long key": lambda: to_json(proved(proof=ada()["proof"] | {"verificationMethod": "did:key:z" + "2" * 60_000})),
    "a long index": lambda: to_json(proved(credentialStatus=status(0) | {"statusListIndex": "9" * 60_000})),
    "a long date": lambda: to_json(proved(validFrom="2026-03-01T10:00:00." + "9" * 60_000 + "Z")),
    # tokens
    "tokens in tokens": lambda: token_in_token(20),
    "a token with a header that says one thing again and again": lambda: b".".join(
        [encoded(b"{" + b'"a":1,' * 6_000 + b'"b":1}').encode(), b"e30", b"e30"]
    ),
    "a token of dots": lambda: b"a." * 32_000,
    "a token with a long signature": lambda: b"e30.e30." + b"A" * 65_000,
    "a token of brackets": lambda: b"e30." + encoded(b"[" * 48_000).encode() + b".e30",
    "a token with a long number": lambda: token(claims() | {"exp": 10**300}),
}  # fmt: skip


def linked(number: int) -> list[dict[str, Any]]:
    """Return proofs each of which says that it is made upon the one before."""
    one = ada()["proof"]
    return [one | {"id": f"urn:p:{place}", "previousProof": f"urn:p:{max(place - 1, 0)}"} for place in range(number)]


def status(place: int) -> dict[str, Any]:
    return {
        "id": f"urn:s:{place}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(place),
        "statusListCredential": f"https://x.example/{place}",
    }


def nested_badges(depth: int) -> dict[str, Any]:
    made = ada()
    for _ in range(depth):
        made = ada() | {"endorsement": [made]}
    return made


def praise(**members: Any) -> dict[str, Any]:
    """Return a good endorsement of Ada's badge."""
    made: dict[str, Any] = json.loads(signed(endorsement(**members)))
    return made


def branching(depth: int) -> dict[str, Any]:
    """Return good endorsements of an endorsement, two by two."""
    made = praise()
    for _ in range(depth):
        made = praise(endorsement=[made, made])
    return made


def presented(credential: dict[str, Any], number: int) -> dict[str, Any]:
    named = {"@context": [contexts.CREDENTIALS_V2], "type": ["VerifiablePresentation"]}
    return named | {"verifiableCredential": [credential] * number}


PICTURES: dict[str, Callable[[], bytes]] = {
    "a PNG of 100,000 chunks": lambda: png(*[b""] * 100_000, kind=b"tEXt"),
    "a PNG of 10,000 chunks of the keyword": lambda: png(*[b"openbadgecredential\0"] * 9_990),
    "a PNG with a zlib bomb": lambda: png(field(zlib.compress(bytes(250_000_000), 9), flags=b"\1\0")),
    "a PNG with a badge of brackets": lambda: png(field(b"[" * 1_000_000)),
    "a PNG with the slowest badge": lambda: png(field(JSON["evidence"]())),
    "a PNG of 9,990 badges packed": lambda: png(*[field(zlib.compress(bytes(9_000)), flags=b"\1\0")] * 9_990),
    "an SVG of 29,000 elements": lambda: svg("<g/>" * 29_000),
    "an SVG of 14,000 elements within one another": lambda: svg("<g>" * 14_000 + "</g>" * 14_000),
    "a PDF whose files end at its end": lambda: pdf(b"", 16) + b"\r\n" * 1_000_000 + b"endstream",
    "a PDF of 16 bombs": lambda: pdf(zlib.compress(bytes(1_000_000), 9) + b"\nendstream\n", 16),
    "an SVG of brackets": lambda: svg("<g>" * 600_000),
    "an SVG of empty elements": lambda: svg("<g/>" * 500_000),
    "an SVG of attributes": lambda: svg("<g " + " ".join(f'a{place}=""' for place in range(180_000)) + "/>"),
    "an SVG of namespaces": lambda: svg("<g " + " ".join(f'xmlns:a{p}="urn:{p}"' for p in range(90_000)) + "/>"),
    "an SVG of credentials": lambda: svg("<c:credential/>" * 130_000),
    "an SVG of one long text": lambda: svg("<c:credential>" + "x" * 2_000_000 + "</c:credential>"),
    "an SVG with a billion laughs": lambda: b'<!DOCTYPE svg [<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %b "%b">' % (b"a" * (n + 1), (b"&" + b"a" * n + b";") * 10) for n in range(1, 10)
    ) + b"]><svg>&aaaaaaaaaa;</svg>",
    "an SVG of a long comment": lambda: b"<!--" + b"-x" * 1_000_000 + b"--><svg/>",
    "an SVG of spaces": lambda: b" " * 2_000_000 + b"<svg/>",
}  # fmt: skip


def pdf(packed: bytes, number: int) -> bytes:
    return b"%PDF-1.7\n" + (b"1 0 obj <</Type /EmbeddedFile /Filter /FlateDecode>>\nstream\n" + packed) * number


def svg(inner: str) -> bytes:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:c="https://purl.imsglobal.org/ob/v3p0">{inner}</svg>'.encode()
    )


BOMBS = {**JSON, **PICTURES}
REFUSED = (
    *("a grid of 12", "a grid of 6", "a PNG of 100,000 chunks", "a PNG with a zlib bomb", "brackets", "braces"),
    *("types", "contexts by name, in turn", "16 proofs by canonical JSON", "a PDF of 16 bombs", "terms by terms"),
)
"""Some whose verdict is told beside what they cost."""
LARGE = {"endorsements that are", "endorsements that hold, in endorsements", "a presentation of poison"}
"""They have others in them, for each of which a little more may be done."""
