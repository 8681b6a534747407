"""Issuer keys in a PKCS #11 token: made there, used there, and never to be taken out.

PKCS #11 3.0, over python-pkcs11 (the optional extra `hsm`). A key pair has the label `guildbook COMMUNITY issuer` and
its kid as CKA_ID; the private one is CKA_SENSITIVE and not CKA_EXTRACTABLE. Signatures by Ed25519 and RSA are the same
bytes every time; those by ECDSA are not, as tokens draw a random number for each.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from typing import TYPE_CHECKING, Any, Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.ed25519 import PUBLIC_BYTES
from ledger.errors import KeyUnavailableError
from ledger.key_files import read_private
from ledger.keys import RSA_BITS, Algorithm, KeyHolder, PublicKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TypeVar

    from ledger.keys import Signer

    Answer = TypeVar("Answer")

_ED25519 = "1.3.101.112"  # RFC 8410
_LONGEST_PIN = 1_024  # bytes
_NEW = b"guildbook.new"  # the id of a pair until its kid is known


class HsmError(KeyUnavailableError):
    """A PKCS #11 module, its token or a key in it cannot be used."""


class _Object(Protocol):
    """An object in a token, as python-pkcs11 has it."""

    def __getitem__(self, attribute: object) -> Any: ...  # noqa: ANN401  as many kinds as there are attributes

    def __setitem__(self, attribute: object, value: object) -> None: ...

    def sign(self, data: bytes, *, mechanism: object) -> bytes: ...


class HsmKeys:
    """A `KeyStore` in one token. Safe to share between threads, which take turns at it; not across a fork."""

    name = "pkcs11"

    def __init__(self, module: Path, token: str, pin_file: Path) -> None:
        """`module`: the vendor's library. `token`: its label. `pin_file`: mode 0600, the user's PIN.

        Nothing is opened yet. Raises `HsmError` where python-pkcs11 is not installed.
        """
        try:
            import pkcs11  # noqa: PLC0415  an optional extra
            import pkcs11.util.ec  # noqa: PLC0415
        except ImportError as error:
            raise HsmError("PKCS #11: wanted python-pkcs11, got none; run pip install 'guildbook[hsm]'") from error
        self._pkcs11 = pkcs11
        self._module, self._token, self._pin_file = module, token, pin_file
        self._lock = threading.Lock()
        self._session: Any = None
        self._privates: dict[tuple[str, str], _Object] = {}  # of the session

    def make(self, community: str, algorithm: Algorithm) -> Signer:
        """Make a key pair in the token. Raises `HsmError`."""
        return self._with(lambda session: self._made(session, community, algorithm))

    def find(self, community: str, kid: str) -> Signer | None:
        """Return the key of that name, None where the token has none. Raises `HsmError`."""
        return self._with(lambda session: self._found(session, community, kid))

    def sign(self, community: str, kid: str, algorithm: Algorithm, message: bytes) -> bytes:
        """Return the signature over `message` by a key of the token, as JOSE has it. Raises `HsmError`."""
        mechanisms = self._pkcs11.Mechanism
        by = {"EdDSA": mechanisms.EDDSA, "ES256": mechanisms.ECDSA, "RS256": mechanisms.SHA256_RSA_PKCS}
        data = hashlib.sha256(message).digest() if algorithm == "ES256" else message

        def signed(session: Any) -> bytes:  # noqa: ANN401  python-pkcs11 has no types
            key = self._private(session, community, kid)
            return bytes(key.sign(data, mechanism=by[algorithm]))

        return self._with(signed)

    def _private(self, session: Any, community: str, kid: str) -> _Object:  # noqa: ANN401
        """Return a private key, found once in a session: to look for it takes longer than to sign."""
        found = self._privates.get((community, kid))
        if found is None:
            objects = self._objects(session, self._pkcs11.ObjectClass.PRIVATE_KEY, community, kid)
            found = next(objects, None)
            if found is None:
                raise HsmError(f"token {self._token}: wanted the private key {kid} of {community}, got none")
            self._privates[community, kid] = found
        return found

    def _made(self, session: Any, community: str, algorithm: Algorithm) -> Signer:  # noqa: ANN401
        p, attributes = self._pkcs11, self._pkcs11.Attribute
        kept = {attributes.EXTRACTABLE: False, attributes.SENSITIVE: True, attributes.SIGN: True}
        told = {"store": True, "label": _label(community), "id": _NEW, "private_template": kept}
        if algorithm == "RS256":
            pair = session.generate_keypair(p.KeyType.RSA, RSA_BITS, **told)
        else:
            kind, curve = (p.KeyType.EC_EDWARDS, _ED25519) if algorithm == "EdDSA" else (p.KeyType.EC, "secp256r1")
            params = {attributes.EC_PARAMS: p.util.ec.encode_named_curve_parameters(curve)}
            how = {"mechanism": p.Mechanism.EC_EDWARDS_KEY_PAIR_GEN} if algorithm == "EdDSA" else {}
            domain = session.create_domain_parameters(kind, params, local=True)
            pair = domain.generate_keypair(**told, **how)
        try:
            public = self._public(pair[0], algorithm)
            for key in pair:
                key[attributes.ID] = public.kid.encode()
        except p.PKCS11Error:
            for key in pair:
                with contextlib.suppress(p.PKCS11Error):
                    key.destroy()  # nobody would find it, and it may be made again
            raise
        return HsmSigner(self, community, public)

    def _found(self, session: Any, community: str, kid: str) -> Signer | None:  # noqa: ANN401
        kinds = self._pkcs11.KeyType
        algorithms: dict[object, Algorithm] = {kinds.EC_EDWARDS: "EdDSA", kinds.EC: "ES256", kinds.RSA: "RS256"}
        classes = self._pkcs11.ObjectClass
        for key in self._objects(session, classes.PUBLIC_KEY, community, kid):
            public = self._public(key, algorithms[key[self._pkcs11.Attribute.KEY_TYPE]])
            if public.kid != kid:
                raise HsmError(f"token {self._token}: wanted the key {kid} under that id, got {public.kid}")
            return HsmSigner(self, community, public)
        return None

    def _objects(self, session: Any, kind: object, community: str, kid: str) -> Iterator[_Object]:  # noqa: ANN401
        attributes = self._pkcs11.Attribute
        wanted = {attributes.CLASS: kind, attributes.LABEL: _label(community), attributes.ID: kid.encode()}
        yield from list(session.get_objects(wanted))

    def _public(self, key: _Object, algorithm: Algorithm) -> PublicKey:
        attributes = self._pkcs11.Attribute
        if algorithm == "RS256":
            e, n = (int.from_bytes(key[each]) for each in (attributes.PUBLIC_EXPONENT, attributes.MODULUS))
            rsa = RSAPublicNumbers(e, n).public_key()
            return PublicKey(algorithm, rsa.public_bytes(Encoding.DER, PublicFormat.PKCS1))
        point = bytes(key[attributes.EC_POINT])  # in an OCTET STRING, or raw: told apart by nothing but the length
        if algorithm == "EdDSA":
            return PublicKey(algorithm, point[-PUBLIC_BYTES:])
        x, y = point[-64:-32], point[-32:]
        return PublicKey(algorithm, bytes([2 + y[-1] % 2]) + x)

    def _with(self, work: Callable[[Any], Answer]) -> Answer:
        """Work in the session, opened where it is not; once more, in another one, where that fails."""
        with self._lock:
            if self._session is not None:
                with contextlib.suppress(self._pkcs11.PKCS11Error):
                    return work(self._session)
                self._leave()
            try:
                self._session = self._opened()
                return work(self._session)
            except self._pkcs11.PKCS11Error as error:
                self._leave()
                raise HsmError(f"token {self._token}: wanted to use it, got {_told(error)}") from error

    def _leave(self) -> None:
        """Close the session, of which a token has few, where it can still be closed."""
        session, self._session = self._session, None
        self._privates.clear()
        if session is not None:
            with contextlib.suppress(self._pkcs11.PKCS11Error):
                session.close()

    def _opened(self) -> Any:  # noqa: ANN401
        try:
            pin = read_private(self._pin_file, _LONGEST_PIN).strip().decode()
        except (OSError, UnicodeDecodeError) as error:
            raise HsmError(f"{self._pin_file}: wanted the PIN of the token, got {error}") from error
        try:
            token = self._pkcs11.lib(str(self._module)).get_token(token_label=self._token)
        except (self._pkcs11.PKCS11Error, RuntimeError) as error:
            raise HsmError(f"{self._module}: wanted the token {self._token}, got {_told(error)}") from error
        try:
            return token.open(rw=True, user_pin=pin)
        except self._pkcs11.UserAlreadyLoggedIn:  # by another store of this process
            return token.open(rw=True)


class HsmSigner(KeyHolder):
    """A `Signer` whose private key is in a token."""

    def __init__(self, store: HsmKeys, community: str, public: PublicKey) -> None:
        """Use `HsmKeys`."""
        super().__init__(public)
        self._store = store
        self._community = community

    def sign(self, message: bytes) -> bytes:
        """Return the signature over `message` as JOSE has it. Raises `HsmError`."""
        return self._store.sign(self._community, self.kid, self.algorithm, message)


def _label(community: str) -> str:
    return f"guildbook {community} issuer"


def _told(error: Exception) -> str:
    return f"{type(error).__name__} {error}".strip()
