"""JSON-LD contexts: at hand, exactly those that were checked, and never fetched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas import SchemaError, contexts

FIXTURES = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "contexts"


@pytest.mark.parametrize("url", sorted(contexts.urls()))
def test_every_listed_context_is_at_hand(url):
    assert "@context" in contexts.document(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.w3.org/ns/credentials/v3",
        "http://www.w3.org/ns/credentials/v2",
        "https://www.w3.org/ns/credentials/v2/",
        "https://WWW.w3.org/ns/credentials/v2",
        "file:///etc/passwd",
        "",
    ],
)
def test_any_other_url_is_refused(url):
    with pytest.raises(contexts.UnknownContextError, match="wanted one of the"):
        contexts.document(url)


def test_a_changed_file_is_refused():
    changed = contexts._Source("PyLD", "pyld/documentloader/frozen/bundled/did-v1.jsonld", "0" * 64)

    with pytest.raises(contexts.UnknownContextError, match="wanted SHA-256 0000"):
        contexts._checked(changed)


@pytest.mark.parametrize(
    "source", [("no-such-package", "a.json"), ("PyLD", "pyld/no-such.json")], ids=["package", "file"]
)
def test_a_missing_package_or_file_is_refused(source):
    with pytest.raises(SchemaError, match=f"wanted it from the package {source[0]}"):
        contexts._checked(contexts._Source(source[0], source[1], "0" * 64))


def test_they_say_what_the_published_ones_say():
    if not FIXTURES.exists():
        pytest.skip(f"published contexts are not at hand: {FIXTURES}")
    published = json.loads((FIXTURES / "map.json").read_text())
    # 3.0.3 was changed in place in June 2026; we carry the later form, which 1EdTech's validator has
    published[contexts.OPEN_BADGES] = "ob-v3p0-3.0.3-validator2026.json"
    shared = contexts.urls() & set(published)

    assert len(shared) >= 10
    for url in shared:
        assert contexts.document(url) == json.loads((FIXTURES / published[url]).read_text()), url
