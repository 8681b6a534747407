"""A community's issuer keys at work: which signs what is new, which signs again what was signed before, and changes.

What is current says the ledger (`key_history`); the private halves are in stores (`key_stores`), the first of which
takes what is made new. A key that is not kept any more is followed by the next, and that it was lost is recorded.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from ledger import key_history
from ledger.errors import KeyUnavailableError, LedgerError, LedgerUnavailableError, StreamTakenError
from ledger.key_history import Change, KeyHistory, KnownKey, added, retired, revoked
from ledger.key_stores import FileKeys, first_key
from ledger.keys import FileSigner, PublicKey
from ledger.lifecycle import TRIES
from ledger.people import FRESH_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Protocol, TypeVar

    from ledger.key_history import Why
    from ledger.key_stores import KeyStore
    from ledger.keyring import KeyRing
    from ledger.keys import Algorithm, PrivateKey, Signer
    from ledger.shard import Shard

    Answer = TypeVar("Answer")

    class Writing(Protocol):
        """Writes where a community is kept; see `Shards.writing`."""

        def __call__(self, community: str, write: Callable[[Shard], Answer]) -> Answer:
            """Write."""
            ...


class Signing(NamedTuple):
    """Who signs something that is of the past, and since when (µs) in another's place; None where in nobody's."""

    signer: Signer
    since: int | None = None


class _Known(NamedTuple):
    """What this process knows of a community's keys, under one epoch."""

    epoch: int
    history: KeyHistory
    signers: dict[str, Signer | None]  # by kid; None: not kept


class IssuerKeys:
    """The issuer keys of a book. Safe to share between threads.

    Whatever another process changes counts here half a second later at most, and for what is written at once. Every
    method may raise `KeyFileError`, or what another store raises, `LedgerUnavailableError` and `UnknownCommunityError`.
    """

    def __init__(
        self, folder: Path, ring: KeyRing, stores: Sequence[KeyStore], of: Callable[[str], Shard], writing: Writing
    ) -> None:
        """`folder`: of keys. `stores`: besides the files there, the one that makes new keys first."""
        self._folder = folder
        self._ring = ring
        self._files = FileKeys(folder)
        self._stores: tuple[KeyStore, ...] = (*stores, self._files)
        self._of = of
        self._writing = writing
        self._known: dict[str, _Known] = {}

    # Who signs

    def current(self, community: str, algorithm: Algorithm = "EdDSA") -> Signer:
        """Return who signs what is new, made on first use."""
        known = self._look(community)
        key = known.history.current(algorithm)
        if algorithm == "EdDSA" and not any(each.public.algorithm == algorithm for each in known.history.keys):
            return first_key(self._folder, community, self._stores[0])  # no award has named it yet
        found = self.kept(community, key.kid) if key else None
        return found or self._followed(community, algorithm)

    def signing(self, community: str, kid: str) -> Signing:
        """Return who signs what the key of that name signed, byte for byte: itself, while it is kept and not revoked.

        In its place signs the first one added after it, so that what it signed becomes something else once, and not at
        every rotation.
        """
        history = self._look(community).history
        key = history.of(kid)
        if (key is None or key.revoked is None) and (signer := self.kept(community, kid)):
            return Signing(signer)
        for other in history.after(kid):
            if signer := self.kept(community, other.kid):
                return Signing(signer, other.added)
        signer = self.current(community)
        now = self._look(community).history.of(signer.kid)
        return Signing(signer, now.added if now else None)

    def stands_for(self, community: str, kid: str) -> set[str]:
        """Return the names of the keys in whose place one signs, or signed until it was revoked; its own among them."""
        history = self._look(community).history
        found = {kid}
        for key in history.keys:
            if key.revoked is not None or not self.kept(community, key.kid):
                after = (each.kid for each in history.after(key.kid, also=kid) if self.kept(community, each.kid))
                if next(after, None) == kid:
                    found.add(key.kid)
        return found

    def token_signing(self, community: str, algorithm: Algorithm, recorded: int) -> Signer:
        """Return who signs a token of what was recorded at an instant (µs); the key is made on first use."""
        for key in self._look(community).history.at(algorithm, recorded):
            if signer := self.kept(community, key.kid):
                return signer
        return self.current(community, algorithm)

    def told(self, community: str) -> str:
        """Return the kid of the current key, which the ledger has named by the time this returns."""
        signer = self.current(community)
        if self._look(community).history.of(signer.kid) is None:
            self._tell_first(community, PublicKey("EdDSA", signer.public_key))
        return signer.kid

    # What is known

    def history(self, community: str) -> KeyHistory:
        """Return every issuer key, with the first one also where no award has named it yet."""
        return self._with_first(community, self._look(community).history)

    def kept(self, community: str, kid: str) -> Signer | None:
        """Return the key of that name, None where its private half is not kept."""
        signers = self._look(community).signers
        if kid not in signers:
            signers[kid] = next((found for store in self._stores if (found := store.find(community, kid))), None)
        return signers[kid]

    def kept_in(self, community: str, kid: str) -> str | None:
        """Return the name of the store that keeps a private key, None where none does."""
        return next((store.name for store in self._stores if store.find(community, kid)), None)

    # Changes

    def rotate(self, community: str, algorithm: Algorithm = "EdDSA") -> Signer:
        """Let a new key sign what is new, and retire the current one. When this returns every process knows."""
        store = self._stores[0]
        return self._replace(community, lambda: store.make(community, algorithm), store, algorithm, "rotated")

    def bring(self, community: str, key: PrivateKey) -> Signer:
        """Let a key that was made elsewhere sign what is new, and retire the current one of its kind; a file keeps it.

        Raises `LedgerError` where it was the community's before.
        """
        brought = FileSigner(key)
        if self.history(community).of(brought.kid):
            raise LedgerError(f"key: wanted one that was never {community}'s, got {brought.kid}")
        files = self._files
        return self._replace(community, lambda: files.keep(community, key), files, brought.algorithm, "imported")

    def retire(self, community: str, kid: str) -> bool:
        """Let a key sign nothing new, of a kind that is made again on demand: for tokens; return False if it was so.

        Raises `LedgerError` for the current Ed25519 key, which is rotated instead, and for an unknown one.
        """

        def decide(history: KeyHistory) -> Sequence[Change]:
            key = _listed(history, community, kid)
            if key.living and key.public.algorithm == "EdDSA":
                wrong = (
                    f"key: wanted one for tokens, got the current issuer key; run guildbook issuer rotate {community}"
                )
                raise LedgerError(wrong)
            return [retired(key.public, "withdrawn")] if key.living else []

        return self._change(community, decide, patient=True)

    def revoke(self, community: str, kid: str, since: int) -> bool:
        """Record that a key may be in other hands since an instant (µs); return False where that was recorded.

        The current one is followed by a new one in the same breath. When this returns every process knows. Raises
        `LedgerError` for an unknown key.
        """

        def decide(history: KeyHistory) -> Sequence[Change]:
            known = self._with_first(community, history)
            key = _listed(known, community, kid)
            if key.revoked is not None:
                return []
            end = revoked(key.public, "compromised", since)
            algorithm = key.public.algorithm
            return [end, self._made(community, algorithm)] if key == known.current(algorithm) else [end]

        return self._change(community, decide, patient=True)

    def _replace(
        self, community: str, make: Callable[[], Signer], store: KeyStore, algorithm: Algorithm, why: Why
    ) -> Signer:
        new: list[Signer] = []

        def decide(history: KeyHistory) -> Sequence[Change]:
            key = self._with_first(community, history).current(algorithm)
            new[:] = [make()]
            return [*([retired(key.public, why)] if key else []), added(_public(new[0]), store.name)]

        self._change(community, decide, patient=True)
        return new[0]

    def _followed(self, community: str, algorithm: Algorithm) -> Signer:
        """Return the next key where the file of the current one of a kind is gone, or there was none.

        Raises `KeyUnavailableError` for one that was kept elsewhere: these settings may not be those of the others.
        """

        def decide(history: KeyHistory) -> Sequence[Change]:
            key = history.current(algorithm)
            if key and self.kept(community, key.kid):
                return []  # another was first
            if key and key.store != self._files.name:
                raise KeyUnavailableError(
                    f"issuer key of {community}: wanted {key.kid} in the store {key.store}, got none there; set what "
                    f"leads to it (docs/operations.md), or run guildbook issuer rotate {community}"
                )
            return [*([retired(key.public, "lost")] if key else []), self._made(community, algorithm)]

        self._change(community, decide, patient=False)
        key = self._look(community).history.current(algorithm)
        found = self.kept(community, key.kid) if key else None
        if found is None:
            raise LedgerUnavailableError(f"issuer key of {community}: wanted the one just made, others were first")
        return found

    def _change(self, community: str, decide: Callable[[KeyHistory], Sequence[Change]], *, patient: bool) -> bool:
        """Record what is decided on the history of now, if anything; `patient`: return when every process knows."""

        def write(shard: Shard) -> bool:
            for _ in range(TRIES):
                keys = shard.people.renewed(community)
                history = key_history.history(shard.recorder, keys)
                changes = decide(history)
                if not changes:
                    return False
                rows = key_history.rows_of(changes, history.version, shard.people, keys, shard.recorder.clock())
                try:
                    shard.recorder.begin_epoch(community, rows)
                except StreamTakenError:
                    continue
                shard.people.renewed(community)
                return True
            raise LedgerUnavailableError(f"issuer keys: wanted to change them in {TRIES} tries, others were first")

        with self._ring.alone():
            changed = self._writing(community, write)
        if changed and patient:
            time.sleep(FRESH_SECONDS)
        return changed

    def _made(self, community: str, algorithm: Algorithm) -> Change:
        store = self._stores[0]
        return added(_public(store.make(community, algorithm)), store.name)

    def _with_first(self, community: str, history: KeyHistory) -> KeyHistory:
        """Return a history with the first key, which may have signed although no award has named it yet."""
        if any(key.public.algorithm == "EdDSA" for key in history.keys):
            return history
        signer = first_key(self._folder, community, self._stores[0])
        first = KnownKey(signer.kid, _public(signer))
        return history._replace(keys=(first, *history.keys))

    def _tell_first(self, community: str, key: PublicKey) -> None:
        def write(shard: Shard) -> None:
            keys = shard.people.community(community)
            history = key_history.history(shard.recorder, keys)
            if history.of(key.kid) is None:
                told = added(key, self.kept_in(community, key.kid) or self._files.name)
                rows = key_history.rows_of([told], history.version, shard.people, keys, shard.recorder.clock())
                shard.recorder.write(community, rows, epoch=keys.epoch)  # another may be first

        self._writing(community, write)
        self._known.pop(community, None)

    def _look(self, community: str) -> _Known:
        shard = self._of(community)
        keys = shard.people.community(community)
        known = self._known.get(community)
        if known is None or known.epoch != keys.epoch:
            known = _Known(keys.epoch, key_history.history(shard.recorder, keys), {})
            self._known[community] = known
        return known


def _public(signer: Signer) -> PublicKey:
    return PublicKey(signer.algorithm, signer.public_key)


def _listed(history: KeyHistory, community: str, kid: str) -> KnownKey:
    key = history.of(kid)
    if key is None:
        raise LedgerError(f"key: wanted one that guildbook issuer list {community} shows, got {kid}")
    return key
