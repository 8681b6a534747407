"""A TLS server on loopback, that counts who comes, and an authority of its own that vouches for it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Authority:
    """Signs certificates for whatever names one likes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of the tests")])
        certificate = self._certificate(self._name, self._key, x509.BasicConstraints(ca=True, path_length=0))
        self.file = folder / "authority.crt"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def trusted(self) -> ssl.SSLContext:
        """Return what trusts this authority, and no other."""
        return ssl.create_default_context(cafile=str(self.file))

    def context(self, *names: str) -> ssl.SSLContext:
        """Return what a server of these names and addresses shows."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain(*names))
        return context

    def chain(self, *names: str) -> Path:
        """Return the file of a certificate for these names and addresses, and its key (PEM)."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        certificate = self._certificate(subject, key, x509.SubjectAlternativeName([_general(name) for name in names]))
        file = self._folder / f"{x509.random_serial_number()}.chain"
        file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return file

    def _certificate(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).add_extension(extension, critical=False)
        builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        return builder.sign(self._key, hashes.SHA256())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@dataclass
class Site:
    """What it answers by path, and what it was asked: the lines of each request's head."""

    port: int
    pages: dict[str, bytes | Callable[[socket.socket], None]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)  # by which TLS was asked for
    touched: int = 0  # connections, of any kind
    at_once: int = 0  # that wait for a slow page
    most_at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"

    def slow(self, wait: Callable[[], object], told: bytes) -> Callable[[socket.socket], None]:
        """Return a page that answers `told` after `wait`, and is counted meanwhile."""

        def page(stream: socket.socket) -> None:
            with self.lock:
                self.at_once += 1
                self.most_at_once = max(self.most_at_once, self.at_once)
            wait()
            with self.lock:
                self.at_once -= 1
            stream.sendall(told)

        return page

    def paths(self) -> list[str]:
        """Return the paths that were asked for, in order."""
        return [head.split(" ")[1] for head in self.asked]


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return a whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextlib.contextmanager
def serving(context: ssl.SSLContext | None, host: str = "127.0.0.1") -> Iterator[Site]:
    """Give a `Site` on a free port; without `context` it speaks plain HTTP. Raises `OSError` where that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, 0), family=family)
    site = Site(listening.getsockname()[1])
    if context:
        context.sni_callback = lambda _, name, __: site.names.append(name)

    def run() -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                connection, _ = listening.accept()
                site.touched += 1
                threading.Thread(target=_serve, args=(site, connection, context), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()
    try:
        yield site
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def _serve(site: Site, connection: socket.socket, context: ssl.SSLContext | None) -> None:
    with contextlib.suppress(OSError, ValueError), connection:
        connection.settimeout(20)
        with context.wrap_socket(connection, server_side=True) if context else connection as stream:
            _answer(site, stream)


def _answer(site: Site, stream: socket.socket) -> None:
    head = b""
    while b"\r\n\r\n" not in head and (more := stream.recv(4_096)):
        head += more
    site.asked.append(head.decode())
    page = site.pages.get(head.split(b" ")[1].decode(), answer(b"nothing", status="404 Not Found"))
    if callable(page):
        page(stream)
    else:
        stream.sendall(page)
    if isinstance(stream, ssl.SSLSocket):
        stream.unwrap()
