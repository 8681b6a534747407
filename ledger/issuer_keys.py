"""A community's issuer keys at work: which signs what is new, which signs again what was signed before, and changes.

What is current says the ledger (`key_history`); the private halves are in stores (`key_stores`), the first of which
takes what is made new. An Ed25519 key whose file is gone, or that never was here, is followed by another; that is
recorded, as the first key is, when something is awarded under it.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, NamedTuple

from ledger import key_history
from ledger.errors import BusyError, KeyUnavailableError, LedgerError, LedgerUnavailableError
from ledger.key_files import KeyFileError
from ledger.key_history import Change, KeyHistory, KnownKey, added, retired, revoked
from ledger.key_stores import FileKeys, first_key
from ledger.keys import FileSigner, PublicKey
from ledger.people import FRESH_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ledger.key_history import Why
    from ledger.key_stores import KeyStore
    from ledger.keyring import KeyRing
    from ledger.keys import Algorithm, PrivateKey, Signer
    from ledger.shard import Shard
    from ledger.shards import Writing


_FIRST = ""  # no kid


class Signing(NamedTuple):
    """Who signs something that is of the past. `since`: when a key that signed it was revoked (µs), else None."""

    signer: Signer
    since: int | None = None


class _Known(NamedTuple):
    """What this process knows of a community's keys, under one epoch."""

    epoch: int
    history: KeyHistory
    signers: dict[str, Signer | None]  # by kid, and the first one as `_FIRST`; None: not kept


class IssuerKeys:
    """The issuer keys of a book. Safe to share between threads.

    Whatever another process changes counts here half a second later at most, and for what is written at once. Every
    method may raise `KeyFileError`, or what another store raises, `LedgerUnavailableError` (a database is, or another
    process changes keys for too long) and `UnknownCommunityError`.
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
        history = self._look(community).history
        key = history.current(algorithm)
        found = self.kept(community, key.kid) if key else None
        if found is None and algorithm == "EdDSA":
            found = self._untold(community, history)
        return found or self._followed(community, algorithm)

    def signing(self, community: str, kid: str) -> Signing:
        """Return who signs what the key of that name signed, byte for byte: itself, while it is kept and not revoked.

        In its place signs the first one added after it, so that what it signed becomes something else once, and not at
        every rotation.
        """
        history = self._look(community).history
        key, since = history.of(kid), None
        if key is None and (own := self.kept(community, kid)):
            return Signing(own)
        for each in [*([key] if key else []), *history.after(kid)]:
            if each.ended is not None:
                since = max(since or 0, each.ended)
            elif signer := self.kept_or_lost(community, each):
                return Signing(signer, since)
        return Signing(self.current(community), since)

    def stands_for(self, community: str, kid: str) -> set[str]:
        """Return the names of the keys in whose place one signs, or signed until it was revoked; its own among them."""
        history = self.history(community)
        found = {kid}
        for key in history.keys:
            if key.revoked is not None or self._lost(community, key):
                after = (each for each in history.after(key.kid) if each.revoked is None or each.kid == kid)
                if next((each.kid for each in after if not self._lost(community, each)), None) == kid:
                    found.add(key.kid)
        return found

    def token_signing(self, community: str, algorithm: Algorithm, recorded: int) -> Signer:
        """Return who signs a token of what was recorded at an instant (µs); the key is made on first use."""
        for key in self._look(community).history.at(algorithm, recorded):
            if signer := self.kept_or_lost(community, key):
                return signer
        return self.current(community, algorithm)

    def told(self, community: str) -> str:
        """Return the kid of the current key, which the ledger has named by the time this returns."""
        signer = self.current(community)
        if self._look(community).history.of(signer.kid) is None:
            self._tell(community, signer)
        return signer.kid

    # What is known

    def history(self, community: str) -> KeyHistory:
        """Return every issuer key, with the first one also where no award has named it yet."""
        return self._with_untold(community, self._look(community).history)

    def kept(self, community: str, kid: str) -> Signer | None:
        """Return the key of that name, None where its private half is not kept."""
        signers = self._look(community).signers
        if kid not in signers:
            signers[kid] = next((found for store in self._stores if (found := store.find(community, kid))), None)
        return signers[kid]

    def kept_or_lost(self, community: str, key: KnownKey) -> Signer | None:
        """Return a key, None where it is lost: then others may sign in its place.

        Raises `KeyUnavailableError` for one that is kept elsewhere: these settings may not be those of the others.
        """
        found = self.kept(community, key.kid)
        if found is None and not self._lost(community, key):
            raise KeyUnavailableError(
                f"issuer key of {community}: wanted {key.kid} in the store {key.store}, got none there; set what leads "
                f"to it (docs/operations.md), let another key sign what is new: guildbook issuer rotate {community}, "
                f"or, where it is gone for good, run guildbook issuer retire {community} {key.kid} --lost"
            )
        return found

    def kept_in(self, community: str, kid: str) -> str | None:
        """Return the name of the store that keeps a private key, None where none does."""
        return next((store.name for store in self._stores if store.find(community, kid)), None)

    def missing(self, community: str) -> list[KnownKey]:
        """Return the keys that the ledger knows and no store keeps, but for revoked ones. Makes none."""
        keys = self._look(community).history.keys
        return [key for key in keys if key.revoked is None and not self.kept(community, key.kid)]

    # Changes

    def rotate(self, community: str, algorithm: Algorithm = "EdDSA") -> Signer:
        """Let a new key sign what is new, and retire the current one. When this returns every process knows."""
        store = self._stores[0]
        return self._replace(community, lambda _: store.make(community, algorithm), store, algorithm, "rotated")

    def bring(self, community: str, key: PrivateKey) -> Signer:
        """Let a key that was made elsewhere sign what is new, and retire the current one of its kind; a file keeps it.

        Raises `LedgerError` where it was the community's before.
        """
        brought, files = FileSigner(key), self._files

        def kept(history: KeyHistory) -> Signer:
            if history.of(brought.kid):
                raise LedgerError(f"key: wanted one that was never {community}'s, got {brought.kid}")
            return files.keep(community, key)

        return self._replace(community, kept, files, brought.algorithm, "imported")

    def retire(self, community: str, kid: str, *, lost: bool = False) -> bool:
        """Let a key sign nothing new, of a kind that is made again on demand: for tokens; return False if it was so.

        `lost`: its private half is gone for good, from a file or a store elsewhere; then it may be any, and what it
        signed is signed by those that follow it. Raises `LedgerError` for the current Ed25519 key, which is rotated
        instead, for one that is not lost, and for an unknown one.
        """

        def decide(history: KeyHistory) -> Sequence[Change]:
            key = _listed(history, kid)
            if lost:
                if where := self.kept_in(community, kid):
                    raise LedgerError(f"key: wanted one that is kept nowhere, got {kid}, kept in {where}")
                return [retired(key.public, "lost")] if key.revoked is None and key.why != "lost" else []
            if key.living and key.public.algorithm == "EdDSA":
                wrong = (
                    f"key: wanted one for tokens, got the current issuer key; run guildbook issuer rotate {community}"
                )
                raise LedgerError(wrong)
            return [retired(key.public, "withdrawn")] if key.living else []

        return _everywhere(self._change(community, decide))

    def revoke(self, community: str, kid: str, since: int) -> bool:
        """Record that a key may be in other hands since an instant (µs); return False where that was recorded.

        The current one is followed by a new one in the same breath. When this returns every process knows. Raises
        `LedgerError` for an unknown key.
        """

        def decide(history: KeyHistory) -> Sequence[Change]:
            known = self._with_untold(community, history)
            key = _listed(known, kid)
            if key.revoked is not None:
                return []
            end = revoked(key.public, "compromised", since)
            algorithm = key.public.algorithm
            others = [each for each in known.living(algorithm) if each.kid != kid and not self._lost(community, each)]
            return [end] if others or not key.living else [end, self._made(community, algorithm)]

        return _everywhere(self._make_and_change(community, decide))

    def _replace(
        self, community: str, make: Callable[[KeyHistory], Signer], store: KeyStore, algorithm: Algorithm, why: Why
    ) -> Signer:
        """Let a key sign what is new. `make` is given the history of now, which may forbid it, and may come again."""
        new: list[Signer] = []

        def decide(history: KeyHistory) -> Sequence[Change]:
            known = self._with_untold(community, history)
            new[:] = [make(known)]
            return [*(retired(key.public, why) for key in known.living(algorithm)), added(_public(new[0]), store.name)]

        _everywhere(self._make_and_change(community, decide))
        return new[0]

    def _followed(self, community: str, algorithm: Algorithm) -> Signer:
        """Return the next key where the file of the current one of a kind is gone, or there was none."""

        def decide(history: KeyHistory) -> Sequence[Change]:
            key = history.current(algorithm)
            if key and self.kept_or_lost(community, key):
                return []  # another was first
            lost = [retired(each.public, "lost") for each in history.living(algorithm)]
            return [*lost, self._made(community, algorithm)]

        self._make_and_change(community, decide)
        key = self._look(community).history.current(algorithm)
        found = self.kept(community, key.kid) if key else None
        if found is None:
            raise LedgerUnavailableError(f"issuer key of {community}: wanted the one just made, others were first")
        return found

    def _lost(self, community: str, key: KnownKey) -> bool:
        """Return whether nobody keeps a key: its file is gone, or a store elsewhere is that was said to be gone."""
        in_file = key.store in {"", self._files.name}
        return (in_file or key.why == "lost") and not self.kept(community, key.kid)

    def _make_and_change(self, community: str, decide: Callable[[KeyHistory], Sequence[Change]]) -> bool:
        """Record what is decided, which makes keys: one process at a time, so that no key is made in vain."""
        with contextlib.ExitStack() as alone:
            try:
                alone.enter_context(self._ring.alone())
            except OSError as error:
                raise KeyFileError(f"{self._folder}: wanted to make a key, got {error.strerror}") from error
            except BusyError as error:
                raise LedgerUnavailableError(str(error)) from error
            return self._change(community, decide)

    def _change(self, community: str, decide: Callable[[KeyHistory], Sequence[Change]]) -> bool:
        """Record what is decided on the history of now; return whether that is anything."""
        return self._writing(community, lambda shard: key_history.change(shard, community, decide))

    def _made(self, community: str, algorithm: Algorithm) -> Change:
        store = self._stores[0]
        return added(_public(store.make(community, algorithm)), store.name)

    def _with_untold(self, community: str, history: KeyHistory) -> KeyHistory:
        """Return a history with the key that has signed, perhaps, but no award has named yet."""
        current = history.current("EdDSA")
        signer = None if current and self.kept(community, current.kid) else self._untold(community, history)
        return history._replace(keys=(*history.keys, KnownKey(signer.kid, _public(signer)))) if signer else history

    def _untold(self, community: str, history: KeyHistory) -> Signer | None:
        """Return the first key of a community, made where it is not there, unless the history has it already.

        None, too, where the current one is kept elsewhere than in a file.
        """
        current = history.current("EdDSA")
        if current and current.store != self._files.name:
            return None
        signers = self._look(community).signers
        signer = signers.get(_FIRST)
        if signer is None:
            signer = first_key(self._folder, community, self._stores[0])
            signers |= {_FIRST: signer, signer.kid: signer}
        return None if history.of(signer.kid) else signer

    def _tell(self, community: str, signer: Signer) -> None:
        """Record a key that no award has named yet, and that the one before it was lost, where there was one."""
        key = _public(signer)
        first = added(key, self.kept_in(community, key.kid) or self._files.name)

        def decide(history: KeyHistory) -> Sequence[Change]:
            lost = [retired(each.public, "lost") for each in history.living("EdDSA")]
            return [] if history.of(key.kid) else [*lost, first]

        self._change(community, decide)

    def _look(self, community: str) -> _Known:
        shard = self._of(community)
        keys = shard.people.community(community)
        known = self._known.get(community)
        if known is None or known.epoch != keys.epoch:
            known = _Known(keys.epoch, key_history.history(shard.recorder, keys), {})
            self._known[community] = known
        return known


def _everywhere(changed: bool) -> bool:  # noqa: FBT001  what a change returned
    """Return whether keys were changed, when every process knows of it."""
    if changed:
        time.sleep(FRESH_SECONDS)
    return changed


def _public(signer: Signer) -> PublicKey:
    return PublicKey(signer.algorithm, signer.public_key)


def _listed(history: KeyHistory, kid: str) -> KnownKey:
    key = history.of(kid)
    if key is None:
        raise LedgerError(f"key: wanted one that guildbook issuer list shows, got {kid}")
    return key
