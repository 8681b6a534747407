"""What has an address that may be asked, and what has not: decided before anybody is."""

from __future__ import annotations

from urllib.parse import urlsplit

import httpcore2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.network.reachable import (
    UnreachableError,
    public_address,
    public_name,
    read_origins,
    target_of,
    web_address,
)


@pytest.mark.parametrize(
    ("did", "url"),
    [  # the first three are the examples of W3C did:web "Read (Resolve)"
        ("did:web:w3c-ccg.github.io", "https://w3c-ccg.github.io/.well-known/did.json"),
        ("did:web:w3c-ccg.github.io:user:alice", "https://w3c-ccg.github.io/user/alice/did.json"),
        ("did:web:example.com%3A3000:user:alice", "https://example.com:3000/user/alice/did.json"),
        ("did:web:example.com%3a3000", "https://example.com:3000/.well-known/did.json"),
        ("did:web:example.com:a%20b:_c-d.e", "https://example.com/a%20b/_c-d.e/did.json"),
        ("did:web:example.com#key-1", "https://example.com/.well-known/did.json"),
    ],
)
def test_a_did_web_has_an_address(did, url):
    assert web_address(did) == url


@pytest.mark.parametrize(
    "did",
    [
        "did:web:",
        "did:web:example.com:",
        "did:web:example.com::a",
        "did:web:example.com:..:a",
        "did:web:example.com:%2e%2E",
        "did:web:example.com:a%2Fb",
        "did:web:example.com:a%5cb",
        "did:web:example.com:a%00",
        "did:web:example.com/a",
        "did:web:example.com?a=b",
        "did:web:ada@example.com",
        "did:web:example.com%40evil.example",
        "did:web:example.com%2Fa",
        "did:web:ex%61mple.com",
        "did:web:example.com%3A80%3A90",
        "did:web:bücher.example",
        "did:web:example.com:a b",
        "did:web:example.com\n",
        "did:key:z6Mk",
        "did:ion:abc",
        "did:",
    ],
)
def test_other_dids_have_none(did):
    with pytest.raises(UnreachableError):
        target_of(did)


def test_an_address_is_read_once_and_for_all():
    target = target_of("https://Lists.Example:443/a/b?c=d#94567")
    assert (target.host, target.port, target.path) == ("lists.example", 443, "/a/b?c=d")
    assert target.url == "https://lists.example/a/b?c=d"
    assert target_of("https://lists.example").url == "https://lists.example/"
    assert target_of("did:web:lists.example:a").url == "https://lists.example/a/did.json"


NO_ADDRESS = [
    "http://lists.example/",
    "ftp://lists.example/",
    "file:///etc/passwd",
    "//lists.example/",
    "lists.example",
    "",
    "https://",
    "https:///a",
    "https://ada@lists.example/",
    "https://ada:word@lists.example/",
    "https://lists.example@127.0.0.1/",
    "https://lists.example\\@127.0.0.1/",
    "https://lists.example:8443/",
    "https://lists.example:80/",
    "https://lists.example:0443:1/",
    "https://lists.example:/",
    "https://lists.example./",
    "https://lists.example%2e/",
    "https://lists%2eexample/",
    "https://b\u00fccher.example/",
    "https://\uff4cists.example/",  # a full-width l
    "https://127\u30020\u30020\u30021/",  # ideographic full stops
    "https://\u2460\u2461\u2466.0.0.1/",  # circled digits
    "https://li\u212astss.example/",  # the sign for kelvin
    "https://lists.example/a b",
    "https://lists.example/\r\nHost: other",
    "https://lists.example/\x00",
    " https://lists.example/",
    "https://lists_.example/",
    "https://-lists.example/",
    "https://lists..example/",
    f"https://{'a' * 64}.example/",
    f"https://{'a.' * 130}example/",
    f"https://lists.example/{'a' * 2_048}",
    "urn:uuid:6f9a2f3a-6b1f-4a55-8a0c-1b0a4a2d7c11",
    "mailto:ada@lists.example",
    "did:web:lists.example%3A8443",
    "did:\x1b[2J:1",
    "did:\n",
    f"did:{'a' * 1_000}:b",
]

INTERNAL = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",  # noqa: S104  nobody binds to it
    "10.0.0.1",
    "169.254.169.254",
    "192.168.0.1",
    "8.8.8.8",  # public, but no name: nobody could have a certificate checked
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[fd00::1]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "db.localhost",
    "intranet",
    "printer.local",
    "metadata.google.internal",
    "router.home.arpa",
]


@pytest.mark.parametrize("name", [*NO_ADDRESS, *(f"https://{host}/a" for host in INTERNAL)])
def test_what_may_not_be_asked(name):
    with pytest.raises(UnreachableError) as told:
        target_of(name)
    assert str(told.value).isprintable()
    assert len(str(told.value)) < 400


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254",  # noqa: S104  nobody binds to it
        "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.9", "192.0.2.1", "192.88.99.1", "192.168.1.1",
        "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "233.252.0.1", "239.255.255.250", "240.0.0.1",
        "255.255.255.255",
        "::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8",
        "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1",
        "2001:0:7f00:1::", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::",
        "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
        "", "lists.example", "127.1", "0x7f.1", "8.8.8.8 ", "08.8.8.8", "1.2.3", "::g",
    ],
)  # fmt: skip
def test_what_is_not_public(address):
    assert not public_address(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "192.0.1.1", "2606:4700::1111", "2a00:1450::1", "64:ff9b::808:808"]
)
def test_what_is_public(address):
    assert public_address(address)


_PIECES = st.sampled_from(
    ["https://", "a.example", "b.example", "127.0.0.1", "@", ":", "443", "80", "/", "\\", "?", "#", "%2e", ".", "..",
     "[", "]", "::1", "\t", " ", "\u3002", "\u212a", "x", "did:web:", "%3A", ";", "&"]
)  # fmt: skip
_PUT = st.lists(_PIECES, max_size=12).map("".join)


@given(st.text(max_size=60) | _PUT | _PUT.map("https://a.example".__add__) | _PUT.map("did:web:a".__add__))
def test_nothing_is_read_in_two_ways(name):
    """Two other readers of URLs see the very server that was looked at here, or we refuse."""
    try:
        target = target_of(name)
    except UnreachableError:
        return
    assert target.port == 443
    assert public_name(target.host)
    parts, other = urlsplit(target.url), httpcore2.URL(target.url)
    assert (parts.scheme, parts.hostname, parts.port, parts.username) == ("https", target.host, None, None)
    assert (other.host.decode(), other.port) == (target.host, None)
    asked = parts.path + (f"?{parts.query}" if parts.query else "")
    assert asked in {target.path, target.path.removesuffix("?")}
    if name.startswith("https:"):
        assert urlsplit(name).hostname == target.host


def test_what_an_operator_names_may_be_anywhere():
    named = read_origins("https://ids.school.example:8443  https://127.0.0.1:9000 https://[::1] https://localhost:443")
    assert named == {
        "https://ids.school.example:8443",
        "https://127.0.0.1:9000",
        "https://[::1]",
        "https://localhost",
    }
    assert target_of("https://ids.school.example:8443/a", named).named
    assert target_of("did:web:ids.school.example%3A8443", named).path == "/.well-known/did.json"
    assert target_of("https://[::1]/a", named).host == "::1"
    assert target_of("https://localhost/a", named).named
    assert not target_of("https://school.example/a", named).named
    for near in ("https://ids.school.example:8444/", "https://127.0.0.1/", "https://127.0.0.2:9000/", "https://[::2]/"):
        with pytest.raises(UnreachableError):
            target_of(near, named)


@pytest.mark.parametrize(
    "word",
    ["http://127.0.0.1:9000", "https://a.example/", "https://a.example/x", "a.example", "https://A.example",
     "https://a@b.example", "https://a.example:0", "https://a.example:70000", "https://*.example", "https://"],
)  # fmt: skip
def test_what_is_no_origin_is_named(word):
    with pytest.raises(ValueError, match="wanted origins like"):
        read_origins(f"https://good.example {word}")
