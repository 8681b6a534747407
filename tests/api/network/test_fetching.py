"""The one door to the network, against real TLS on loopback: what it gets, and what no connection is made for."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpcore2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.network import fetched, fetching, pinned
from api.network.fetched import Fetched
from api.network.fetching import Door, fresh_for
from api.network.pinned import LARGEST, Answer
from api.network.reachable import UnreachableError
from tests.api.sites import Authority, Site, answer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

PUBLIC = "93.184.216.34"
URL = "https://issuer.example/list"


@pytest.fixture
def site(authority: Authority) -> Iterator[Site]:
    with serving(authority.context("issuer.example", "other.example", "localhost", "127.0.0.1")) as found:
        yield found


class World:
    """A public internet of one server: what names lead to, and to which addresses somebody connected."""

    def __init__(self, site: Site, authority: Authority) -> None:
        self.site = site
        self.addresses: dict[str, list[list[str]]] = {}  # what each look-up says, the last for ever
        self.looked: list[str] = []
        self.connected: list[tuple[str, int]] = []
        self.now = 1_000.0
        self.door = Door(public=authority.trusted(), resolve=self.resolve, connect=self.connect, clock=lambda: self.now)

    def resolve(self, host: str) -> list[str]:
        self.looked.append(host)
        answers = self.addresses.get(host.rstrip("."), [[PUBLIC]])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def connect(self, address: str, port: int, seconds: float) -> httpcore2.NetworkStream:
        self.connected.append((address, port))
        return pinned.connect("127.0.0.1", self.site.port, seconds)

    def why(self, name: str) -> str:
        """Return why `name` cannot be had."""
        with pytest.raises(UnreachableError) as told:
            self.door.fetch(name)
        assert str(told.value).isprintable()
        return str(told.value)


@pytest.fixture
def world(site: Site, authority: Authority) -> World:
    return World(site, authority)


def test_a_document_is_had_from_the_address_that_was_checked(world: World):
    world.site.pages["/list?a=b"] = answer(b'{"a": 1}')
    assert world.door.fetch("https://issuer.example/list?a=b#17") == b'{"a": 1}'
    assert world.looked == ["issuer.example."]
    assert world.connected == [(PUBLIC, 443)]
    assert world.site.names == ["issuer.example"]
    (head,) = world.site.asked
    lines = head.strip().split("\r\n")
    assert lines[0] == "GET /list?a=b HTTP/1.1"
    assert lines[1] == "Host: issuer.example"
    assert "Accept-Encoding: identity" in lines
    assert not {"cookie", "authorization", "referer"} & {line.partition(":")[0].lower() for line in lines}


def test_the_document_of_a_did_web(world: World):
    world.site.pages["/guilds/a/did.json"] = answer(b"{}")
    assert world.door.fetch("did:web:issuer.example:guilds:a") == b"{}"


INTERNAL = [
    "127.0.0.1",
    "0.0.0.0",  # noqa: S104  nobody binds to it
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fc00::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", INTERNAL)
def test_a_name_that_leads_inside_is_not_connected_to(world: World, address):
    for addresses in ([address], [PUBLIC, address], [address, "2606:4700::1111"]):
        world.addresses["issuer.example"] = [addresses]
        world.now += 100
        assert "leads to an address that is not public" in world.why(URL)
    assert len(world.looked) == 3
    assert (world.connected, world.site.touched) == ([], 0)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]",  # noqa: S104  nobody binds to it
     "[64:ff9b::7f00:1]", "localhost", "localhost.", "a.localhost", "10.0.0.1", "169.254.169.254", "issuer.example."],
)  # fmt: skip
def test_an_internal_address_is_not_even_looked_up(world: World, host):
    """With our own server's port, and with that of https: nothing is looked up, and nobody is connected to."""
    for url in (f"https://{host}:{world.site.port}/", f"https://{host}/", f"http://{host}:{world.site.port}/"):
        world.why(url)
    assert (world.looked, world.connected, world.site.touched) == ([], [], 0)


def test_other_doors_stay_shut(world: World):
    for url in (
        f"http://issuer.example:{world.site.port}/",
        f"https://issuer.example:{world.site.port}/",
        "https://issuer.example:22/",
        "https://ada:word@issuer.example/",
        "gopher://issuer.example/",
        f"file://{__file__}",
        "did:example:123",
    ):
        world.why(url)
    assert (world.looked, world.connected, world.site.touched) == ([], [], 0)


def test_a_name_that_changes_its_mind_gains_nothing(world: World):
    """Public when it is checked, loopback when it is connected to: it is looked up once."""
    world.addresses["issuer.example"] = [[PUBLIC], ["127.0.0.1"]]
    world.site.pages["/list"] = answer(b"{}", "Cache-Control: no-store")
    assert world.door.fetch(URL) == b"{}"
    assert (len(world.looked), world.connected) == (1, [(PUBLIC, 443)])
    assert "not public" in world.why(URL)
    assert (len(world.looked), world.connected) == (2, [(PUBLIC, 443)])


def test_another_address_is_tried_where_one_is_deaf(world: World, site: Site, authority: Authority):
    def connect(address: str, port: int, seconds: float) -> httpcore2.NetworkStream:
        world.connected.append((address, port))
        if address != PUBLIC:
            raise httpcore2.ConnectError
        return pinned.connect("127.0.0.1", site.port, seconds)

    site.pages["/list"] = answer(b"{}")
    door = Door(public=authority.trusted(), resolve=lambda _: ["2606:4700::1", PUBLIC], connect=connect)
    assert door.fetch(URL) == b"{}"
    assert world.connected == [("2606:4700::1", 443), (PUBLIC, 443)]
    deaf = Door(public=authority.trusted(), resolve=lambda _: ["1.1.1.1"], connect=connect)
    with pytest.raises(UnreachableError, match=r"issuer\.example takes no connection"):
        deaf.fetch(URL)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent", "304 Same"])
def test_redirects_are_not_followed(world: World, site: Site, status):
    site.pages["/list"] = answer(b"", f"Location: https://localhost:{site.port}/secret", status=status)
    assert "it is elsewhere, which is not followed" in world.why(URL)
    assert site.paths() == ["/list"]
    assert site.touched == 1


@pytest.mark.parametrize("status", ["404 Not Found", "401 No", "500 Broken", "204 Empty", "206 Partial"])
def test_an_answer_that_is_none(world: World, site: Site, status):
    site.pages["/list"] = answer(b"", status=status)
    assert world.why(URL) == f"issuer.example answered {status[:3]}"


def test_what_is_too_large_is_not_read_on(world: World, site: Site):
    def endless(stream):
        stream.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with contextlib.suppress(OSError):
            while True:
                stream.sendall(b"x" * 65_536)
                sent.append(65_536)

    def headers(stream):
        with contextlib.suppress(OSError):
            stream.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                stream.sendall(b"X-More: " + b"x" * 4_000 + b"\r\n")

    sent: list[int] = []
    site.pages |= {"/said": answer(b"x" * (LARGEST + 1)), "/endless": endless, "/headers": headers}
    site.pages["/just"] = answer(b"x" * LARGEST)
    assert len(world.door.fetch("https://issuer.example/just")) == LARGEST
    for path in ("/said", "/endless"):
        assert "more than 262,144 bytes" in world.why(f"https://issuer.example{path}")
    assert "broke off, or answered what is not HTTP" in world.why("https://issuer.example/headers")
    assert sum(sent) < 16_777_216  # what the sockets between us hold


def test_many_tiny_chunks_are_counted_with_their_wrapping(world: World, site: Site):
    def tiny(stream):
        stream.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(OSError):
            stream.sendall(b"1;" + b"e" * 200 + b"\r\nx\r\n")
            stream.sendall((b"1;" + b"e" * 200 + b"\r\nx\r\n") * 10_000 + b"0\r\n\r\n")

    site.pages["/list"] = tiny
    assert "more than 262,144 bytes" in world.why(URL)


_HEADS = st.sampled_from(
    [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200\r\n", b"HTTP/1.1 101 Switching\r\n", b"HTTP/1.1 100 Continue\r\n\r\n",
     b"HTTP/1.1 999 ?\r\n", b"HTTP/2 200\r\n", b"HTTP/1.1 -1 x\r\n", b"ICY 200 OK\r\n", b"PRI * HTTP/2.0\r\n\r\n",
     b"Content-Length: 5\r\n", b"Content-Length: -5\r\n", b"Content-Length: 5, 6\r\n", b"Content-Length: 0x5\r\n",
     b"Content-Length: 99999999999999999999\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip\r\n",
     b"Content-Encoding: \xff\r\n", b"Cache-Control: max-age=\xb2\r\n", b" folded\r\n", b"No colon\r\n", b"A: \0\r\n",
     b": none\r\n", b"\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"ffffffffffffffffffff\r\n", b"-1\r\n", b"hello", b"{}"]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(told=st.lists(_HEADS | st.binary(max_size=30), max_size=8).map(b"".join))
def test_whatever_a_server_says_is_an_answer_or_none(site: Site, authority: Authority, told: bytes):
    site.pages["/list"] = told
    door = World(site, authority).door
    try:
        body, words = door.fetch(URL), ""
    except UnreachableError as error:
        body, words = b"", str(error)
    assert words.isprintable()
    assert body in told or b"chunked" in told


def test_who_speaks_no_tls_is_told_so(world: World, authority: Authority):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def talk() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(1_000)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        with ThreadPoolExecutor(1) as pool:
            pool.submit(talk)
            door = Door(
                public=authority.trusted(),
                resolve=world.resolve,
                connect=lambda _, __, seconds: pinned.connect("127.0.0.1", port, seconds),
            )
            with pytest.raises(UnreachableError, match="does not speak TLS"):
                door.fetch(URL)


def test_a_bomb_is_not_opened(world: World, site: Site):
    bomb = gzip.compress(b"\0" * 50_000_000)
    site.pages["/gzip"] = answer(bomb, "Content-Encoding: gzip")
    site.pages["/br"] = answer(b"..", "Content-Encoding: BR")
    site.pages["/same"] = answer(b"{}", "Content-Encoding: Identity")
    for path in ("/gzip", "/br"):
        assert "compressed its answer" in world.why(f"https://issuer.example{path}")
    assert world.door.fetch("https://issuer.example/same") == b"{}"


def drip(stream):
    stream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(1_000):
            stream.sendall(b"x")
            time.sleep(0.05)


def drip_headers(stream):
    with contextlib.suppress(OSError):
        for letter in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1_000:
            stream.sendall(bytes([letter]))
            time.sleep(0.05)


def say_later(stream):
    with contextlib.suppress(OSError):
        for _ in range(1_000):
            stream.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")
            time.sleep(0.05)


def say_nothing(stream):
    time.sleep(2)


@pytest.mark.parametrize("page", [drip, drip_headers, say_later, say_nothing])
def test_who_is_slow_is_not_waited_for(world: World, site: Site, monkeypatch, page):
    monkeypatch.setitem(pinned.get.__kwdefaults__, "seconds", 0.6)
    site.pages["/list"] = page
    assert "did not answer in full within" in world.why(URL)
    site.pages["/other"] = answer(b"{}")
    assert world.door.fetch("https://issuer.example/other") == b"{}", "the origin itself is not given up"


def test_a_resolver_that_stands_still_is_not_waited_for(site: Site, authority: Authority, monkeypatch):
    monkeypatch.setitem(pinned.get.__kwdefaults__, "seconds", 0.3)
    stopped = threading.Event()

    def resolve(host: str) -> list[str]:
        stopped.wait(10)
        return [PUBLIC]

    door = Door(public=authority.trusted(), resolve=resolve)
    try:
        with pytest.raises(UnreachableError, match="did not answer"):
            door.fetch(URL)
    finally:
        stopped.set()


def test_names_looked_up_at_once_are_bounded(world: World, site: Site, monkeypatch):
    monkeypatch.setitem(pinned.get.__kwdefaults__, "seconds", 0.2)
    monkeypatch.setattr(pinned, "_looking", threading.BoundedSemaphore(1))
    site.pages["/list"] = answer(b"{}")
    pinned._looking.acquire()
    assert world.why(URL) == "too many names are being looked up at the moment"
    pinned._looking.release()
    assert world.door.fetch(URL) == b"{}", "which was no fault of its own"


def test_a_handshake_that_stands_still_is_not_waited_for(authority: Authority, monkeypatch):
    monkeypatch.setitem(pinned.get.__kwdefaults__, "seconds", 0.5)
    with serving(None) as silent:  # reads, and never speaks TLS
        door = Door(
            public=authority.trusted(),
            resolve=lambda _: [PUBLIC],
            connect=lambda _, __, seconds: pinned.connect("127.0.0.1", silent.port, seconds),
        )
        with pytest.raises(UnreachableError, match=r"did not answer|does not speak TLS"):
            door.fetch(URL)


def test_a_certificate_must_be_for_the_name_and_trusted(world: World, authority: Authority, site: Site):
    site.pages["/list"] = answer(b"{}")
    assert "certificate of another.example is not to be trusted" in world.why("https://another.example/list")
    system = Door(resolve=world.resolve, connect=world.connect)
    with pytest.raises(UnreachableError, match=r"certificate of issuer\.example is not to be trusted"):
        system.fetch(URL)
    assert site.asked == []


def test_names_without_addresses(world: World):
    def none(host: str) -> list[str]:
        raise OSError

    world.addresses["issuer.example"] = [[]]
    assert "has no address" in world.why(URL)
    with pytest.raises(UnreachableError, match=r"no address of issuer\.example can be found"):
        Door(resolve=none).fetch(URL)


def test_no_proxy_of_the_environment_is_asked(world: World, site: Site, monkeypatch):
    with serving(None) as proxy:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        site.pages["/list"] = answer(b"{}")
        assert world.door.fetch(URL) == b"{}"
        assert proxy.touched == 0


def test_cookies_are_not_kept(world: World, site: Site):
    site.pages["/list"] = answer(b"{}", "Set-Cookie: a=b", "Cache-Control: no-store")
    world.door.fetch(URL)
    world.door.fetch(URL)
    assert len(site.asked) == 2
    assert not any("cookie" in head.lower() for head in site.asked)


def test_what_an_operator_names_is_asked_wherever_it_is(site: Site, authority: Authority):
    named = frozenset({f"https://127.0.0.1:{site.port}", site.origin})
    site.pages["/list"] = answer(b"{}")
    door = Door(named=named, authorities=authority.file)
    assert door.fetch(f"https://127.0.0.1:{site.port}/list") == b"{}"
    assert door.fetch(f"{site.origin}/list") == b"{}"
    untrusting = Door(named=named)
    with pytest.raises(UnreachableError, match="not to be trusted"):
        untrusting.fetch(f"{site.origin}/list")


def test_an_operator_may_name_an_address_of_ipv6(authority: Authority):
    try:
        with serving(authority.context("::1"), "::1") as site:
            site.pages["/list"] = answer(b"{}")
            origin = f"https://[::1]:{site.port}"
            door = Door(named=frozenset({origin}), authorities=authority.file)
            assert door.fetch(f"{origin}/list") == b"{}"
            assert f"Host: [::1]:{site.port}" in site.asked[0]
    except OSError as error:
        pytest.skip(f"this machine has no IPv6 loopback: {error}")


def test_an_authority_of_ones_own_vouches_for_what_is_named_and_for_nothing_else(world: World, authority: Authority):
    named = frozenset({world.site.origin})
    door = Door(named=named, authorities=authority.file, resolve=world.resolve, connect=world.connect)
    with pytest.raises(UnreachableError, match=r"certificate of issuer\.example is not to be trusted"):
        door.fetch(URL)


def test_an_answer_is_kept_while_it_is_fresh(world: World, site: Site):
    site.pages["/list"] = answer(b"1", "Cache-Control: public, max-age=120")
    assert world.door.fetch(URL) == b"1"
    site.pages["/list"] = answer(b"2", "Cache-Control: public, max-age=120")
    world.now += 119
    assert world.door.fetch(URL + "#fragment") == b"1"
    world.now += 2
    assert world.door.fetch(URL) == b"2"
    assert len(site.asked) == 2


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 60),
        ({"cache-control": "max-age=10"}, 10),
        ({"cache-control": "Max-Age=10, must-revalidate"}, 10),
        ({"cache-control": "max-age=86400"}, 300),
        ({"cache-control": "max-age=100, s-maxage=20"}, 20),
        ({"cache-control": "max-age=100", "age": "70"}, 30),
        ({"cache-control": "max-age=100", "age": "700"}, 0),
        ({"cache-control": "max-age=100, no-cache"}, 0),
        ({"cache-control": "no-store"}, 0),
        ({"cache-control": "private, max-age=100"}, 0),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "max-age=nonsense"}, 0),
        ({"cache-control": "max-age=" + "9" * 400}, 0),
        ({"expires": "0"}, 0),
    ],
)
def test_how_long_an_answer_is_fresh(headers, seconds):
    assert fresh_for(Answer(b"", headers)) == seconds


def test_a_failure_is_remembered_for_a_moment(world: World, site: Site):
    first = world.why(URL)
    site.pages["/list"] = answer(b"{}")
    assert world.why(URL) == first
    assert len(site.asked) == 1
    world.now += 31
    assert world.door.fetch(URL) == b"{}"


def test_a_server_that_cannot_be_reached_is_left_alone_for_a_moment(world: World):
    for number in range(20):
        world.why(f"https://another.example/{number}")  # whose certificate is not for that name
    assert len(world.connected) == 1
    world.now += 31
    world.why("https://another.example/20")
    assert len(world.connected) == 2


def test_what_was_had_is_still_good_where_its_server_is_gone(world: World, site: Site):
    site.pages["/list"] = answer(b"{}")
    world.door.fetch(URL)
    world.addresses["issuer.example"] = [["10.0.0.1"]]
    assert "not public" in world.why("https://issuer.example/other")
    assert world.door.fetch(URL) == b"{}"
    world.now += 61
    world.why(URL)


def test_headers_said_twice_are_read_together(world: World, site: Site):
    site.pages["/list"] = answer(b"1", "Cache-Control: max-age=100", "Cache-Control: no-store")
    site.pages["/other"] = answer(b"..", "Content-Encoding: gzip", "Content-Encoding: identity")
    assert world.door.fetch(URL) == b"1"
    assert world.door.kept(URL) is None
    assert "compressed its answer" in world.why("https://issuer.example/other")


def test_nobody_is_asked_without_end(world: World, site: Site):
    site.pages |= {f"/{number}": answer(b"{}") for number in range(100)}
    for number in range(fetching.MOST_A_MINUTE):
        world.door.fetch(f"https://issuer.example/{number}")
    assert "60 times in the last minute" in world.why("https://issuer.example/99")
    site.pages["/99"] = answer(b"{}")
    assert world.door.fetch("https://other.example/99") == b"{}"
    world.now += 61
    assert world.door.fetch("https://issuer.example/99") == b"{}", "that we did not ask is not held against it"


def test_what_is_kept_is_bounded(world: World, site: Site, monkeypatch):
    monkeypatch.setattr(fetching, "MOST_KEPT", 3)
    monkeypatch.setattr(fetching, "MOST_BYTES", 250)
    for number in range(5):
        site.pages[f"/{number}"] = answer(b"x" * 100)
        world.door.fetch(f"https://issuer.example/{number}")
    known = [number for number in range(5) if world.door.kept(f"https://issuer.example/{number}")]
    assert known == [3, 4]


def slowly(site: Site):
    return site.slow(lambda: time.sleep(0.3), answer(b"{}"))


def test_who_asks_for_the_same_waits_for_the_same(world: World, site: Site):
    site.pages["/list"] = slowly(site)
    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(world.door.fetch, [URL] * 12)) == {b"{}"}
    assert site.touched == 1


def test_one_server_is_asked_two_things_at_once_and_the_world_eight(world: World, site: Site):
    site.pages |= {f"/{number}": slowly(site) for number in range(30)}
    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(world.door.fetch, [f"https://issuer.example/{n}" for n in range(6)])) == {b"{}"}
    assert site.most_at_once == fetching.AT_ONCE_OF_ONE


def test_the_world_is_asked_eight_things_at_once(site: Site, authority: Authority):
    site.pages |= {f"/{number}": slowly(site) for number in range(30)}
    door = Door(named=frozenset({site.origin}), authorities=authority.file)
    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(door.fetch, [f"{site.origin}/{n}" for n in range(16)])) == {b"{}"}
    assert site.most_at_once == fetching.AT_ONCE


def test_who_gets_no_turn_is_told(world: World, site: Site, monkeypatch):
    monkeypatch.setattr(fetching, "SECONDS", 0.05)
    site.pages |= {f"/{number}": slowly(site) for number in range(3)}
    with ThreadPoolExecutor(3) as pool:
        first = [pool.submit(world.door.fetch, f"https://issuer.example/{n}") for n in range(2)]
        time.sleep(0.1)
        assert "too much is being asked for" in world.why("https://issuer.example/2")
        assert [each.result() for each in first] == [b"{}", b"{}"]
    assert world.door.fetch("https://issuer.example/2") == b"{}", "and nothing is remembered of it"


def test_a_verification_has_what_is_at_hand_before_what_is_far(world: World, site: Site):
    site.pages["/list"] = answer(b"{}")
    documents = Fetched({"did:web:ours.example": {"id": "did:web:ours.example"}}, world.door, asks=True)
    assert documents.get("did:web:ours.example") == {"id": "did:web:ours.example"}
    assert world.connected == []
    assert documents.get(URL) == documents[URL] == b"{}"
    assert documents.why(URL) is documents.why("did:web:ours.example") is None
    assert documents.get("https://issuer.example/none") is None
    assert documents.why("https://issuer.example/none") == "could not be fetched: issuer.example answered 404"
    assert not documents.gone("https://issuer.example/none")
    site.pages["/gone"] = answer(b"{}", status="410 Gone")
    for asks in (True, False):  # and as remembered
        other = Fetched({}, world.door, asks=asks)
        assert other.get("https://issuer.example/gone") is None
        assert other.gone("https://issuer.example/gone")
    assert documents.get("did:example:1") is None
    assert documents.why("did:example:1") == "could not be fetched: only did:web has an address, not did:example"
    assert list(documents) == ["did:web:ours.example"]
    assert len(documents) == 1


def test_a_verification_that_may_not_ask_says_what_it_lacks(world: World, site: Site):
    site.pages["/list"] = answer(b"{}")
    first = Fetched({}, world.door, asks=False)
    assert first.get(URL) is first.get(URL) is first.get("did:example:1") is None
    assert first.lacking == [URL]
    assert world.connected == []
    assert first.why(URL) == "could not be fetched: nobody was asked"
    world.door.fetch(URL)
    second = Fetched({}, world.door, asks=False)
    assert (second.get(URL), second.lacking) == (b"{}", [])
    first.fetch()
    assert (first.get(URL), first.why(URL), first.lacking) == (b"{}", None, [])


def test_one_verification_fetches_so_much_and_no_more(world: World, site: Site, monkeypatch):
    site.pages |= {f"/{number}": answer(b"{}", "Cache-Control: no-store") for number in range(30)}
    documents = Fetched({}, world.door, asks=True)
    had = [documents.get(f"https://issuer.example/{number % 20}") for number in range(40)]
    assert had == [*[b"{}"] * 16, *[None] * 4] * 2
    assert len(site.asked) == 16
    assert "16 others were fetched for this one already" in str(documents.why("https://issuer.example/17"))
    monkeypatch.setattr(fetched, "TOGETHER_SECONDS", -1.0)
    late = Fetched({}, world.door, asks=True)
    assert late.get(URL) is None
    assert "were spent on fetching" in str(late.why(URL))
