"""What may be asked over the network: which names have an address there, and which machines are public.

Pure: nothing here looks anything up. W3C did:web "Read (Resolve)"; RFC 6890 and the registries that it names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from api.errors import ApiError

HTTPS_PORT = 443
LONGEST_NAME = 2_048  # characters of a DID or URL
_LONGEST_HOST = 253  # characters (RFC 1035)

_URL = re.compile(
    r"https://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?(?P<query>\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
)
_ORIGIN = re.compile(r"https://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_DID = re.compile(r"did:[a-z0-9]{1,40}(?=:)")
_DID_WEB = re.compile(r"did:web:([A-Za-z0-9.-]+(?:%3[Aa][0-9]{1,5})?)((?::(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+)*)")
_NO_SEGMENT = re.compile(r"(?:\.|%2[Ee]){1,2}|.*%(?:2[Ff]|5[Cc]|[01].|7[Ff]).*")  # `..`, or a slash written otherwise
_WITHIN = ("localhost", "local", "internal", "home.arpa", "onion", "alt")  # names that no public DNS has

_UNICAST = ip_network("2000::/3")
_NOT_PUBLIC = tuple(
    map(
        ip_network,
        # what `is_global` lets pass, and tunnels that carry an address of another kind
        ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20"),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")  # what networks without IPv4 make of public addresses (RFC 6052)


class UnreachableError(ApiError):
    """A document that cannot be had; the message says why, as a clause.

    `everywhere`: nothing of that origin can; `gone`: it was taken away for good (RFC 9110 "410 Gone").
    """

    def __init__(self, why: str, *, everywhere: bool = False, gone: bool = False) -> None:
        super().__init__(why)
        self.everywhere, self.gone = everywhere, gone


class BusyError(UnreachableError):
    """A document that was not asked for, because too much is."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A document, or why there is none; `until` when, by the door's clock, that is worth something.

    `gone`: there was one, and it was taken away for good.
    """

    body: bytes | None
    why: str
    until: float
    gone: bool = False

    def had(self) -> bytes:
        """Return the document. Raises `UnreachableError` where there is none."""
        if self.body is None:
            raise UnreachableError(self.why, gone=self.gone)
        return self.body


@dataclass(frozen=True, slots=True)
class Target:
    """Something to get: host in lower case, an IPv6 address without brackets; `named`: its origin is on our list."""

    host: str
    port: int
    path: str  # with its query
    named: bool

    @property
    def origin(self) -> str:
        """The origin, its port left out where it is 443."""
        return origin_of(self.host, self.port)

    @property
    def url(self) -> str:
        """The address, without a fragment."""
        return self.origin + self.path


def origin_of(host: str, port: int) -> str:
    """Return `https://host`, with the port where it is not 443."""
    return f"https://{f'[{host}]' if ':' in host else host}{'' if port == HTTPS_PORT else f':{port}'}"


def read_origins(text: str) -> frozenset[str]:
    """Return the origins in a setting, by spaces. Raises `ValueError` for what is no https origin."""
    origins = set()
    for word in text.split():
        found = _ORIGIN.fullmatch(word)
        port = int(found["port"] or HTTPS_PORT) if found else 0
        if not found or not 0 < port <= 65_535:  # noqa: PLR2004  the last port
            raise ValueError(f"wanted origins like https://ids.school.example:8443, in lower case, got {word!r}")
        origins.add(origin_of(found["host"].strip("[]"), port))
    return frozenset(origins)


def target_of(name: str, named: frozenset[str] = frozenset()) -> Target:
    """Return where `name`, a did:web or an https URL, is to be had: on port 443 of a public name, or at `named`.

    Raises `UnreachableError` for every other name; nothing was asked then.
    """
    if len(name) > LONGEST_NAME:
        raise UnreachableError(f"its name is longer than {LONGEST_NAME:,} characters")
    url = web_address(name) if name.startswith("did:") else name.partition("#")[0]
    found = _URL.fullmatch(url)
    if not found:
        raise UnreachableError("only https addresses and did:web are asked, without user names or other alphabets")
    host, port = found["host"].lower().strip("[]"), int(found["port"] or HTTPS_PORT)
    path = (found["path"] or "/") + (found["query"] or "")
    if origin_of(host, port) in named:
        return Target(host, port, path, named=True)
    if port != HTTPS_PORT:
        raise UnreachableError(f"only port {HTTPS_PORT} is asked, not {port}")
    if not public_name(host):
        raise UnreachableError(f"{host[:_LONGEST_HOST]} is no public name")
    return Target(host, port, path, named=False)


def web_address(did: str) -> str:
    """Return the URL of the document of a did:web (its method's "Read (Resolve)").

    Raises `UnreachableError` for other DIDs, and for a did:web that is not one.
    """
    if not did.startswith("did:web:"):
        method = _DID.match(did)
        raise UnreachableError(f"only did:web has an address, not {method[0] if method else 'this'}")
    found = _DID_WEB.fullmatch(did.partition("#")[0])
    segments = found[2].split(":")[1:] if found else []
    if not found or any(_NO_SEGMENT.fullmatch(segment) for segment in segments):
        raise UnreachableError("this is no did:web from which an address can be made")
    host = found[1].replace("%3A", ":").replace("%3a", ":")
    return "https://" + "/".join([host, *(segments or [".well-known"]), "did.json"])


def public_name(host: str) -> bool:
    """Return whether `host` is a name of the public DNS: no address in any spelling, and nothing of a local network."""
    labels = host.split(".")
    within = any(host == name or host.endswith(f".{name}") for name in _WITHIN)
    return (
        len(host) <= _LONGEST_HOST
        and len(labels) > 1
        and all(_LABEL.fullmatch(label) for label in labels)
        and labels[-1][0].isalpha()  # else it may be read as a number: 127.1, 0x7f.0.0.0x1
        and not within
    )


def public_address(text: str) -> bool:
    """Return whether `text` is the address of a machine on the public internet, and of nothing nearer.

    Refused are private, shared, link-local, multicast, reserved and documentation addresses, and the IPv6 forms that
    carry an IPv4 address to a tunnel (mapped, compatible, 6to4, Teredo); of NAT64 what leads to a public one is not.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address in _NAT64:
        address = IPv4Address(address.packed[-4:])
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    special = any(address.version == network.version and address in network for network in _NOT_PUBLIC)
    return address.is_global and not address.is_multicast and not address.is_reserved and not special
