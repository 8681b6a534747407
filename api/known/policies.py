"""A verifier's policy in a file: what must hold of a badge, who is known, and whom it should be for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from api.errors import ApiError
from api.known.documents import Documents, read_folder
from api.known.registries import RegistryError, read_registry
from badges import CHECKS, Policy, Registry, VerificationError
from ledger.transparency import Kind, TransparencyError, VerifierKey
from projections import CharterFault, read_text
from schemas import Fault, check_policy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LARGEST = 1_048_576  # 1 MiB
MOST_FAULTS = 50  # told of one policy
_AS_WRITTEN = ("quorum", "recipient", "challenge", "domain", "trust_bundle")


class PolicyError(ApiError):
    """A policy that cannot be used: `faults` names all that is wrong with it, each with its place in the file."""

    def __init__(self, name: str, faults: Sequence[CharterFault]) -> None:
        """`name`: what the text is called."""
        self.name = name
        ordered = sorted(faults, key=lambda fault: (fault.line or 0, fault.column or 0))
        more = [_whole(f"and {len(faults) - MOST_FAULTS:,} more")] if len(faults) > MOST_FAULTS else []
        self.faults = (*ordered[:MOST_FAULTS], *more)
        super().__init__("\n".join(_line(name, fault) for fault in self.faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asks of a badge. What is None or empty is as it is without a policy."""

    checks: frozenset[str] | None = None
    registries: tuple[Registry, ...] = ()
    documents: Documents = field(default_factory=Documents)
    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0
    recipient: str | None = None
    challenge: str | None = None
    domain: str | None = None
    trust_bundle: bool = False

    def policy(self, known: Documents) -> Policy:
        """Return the policy that asks for this, with what is at hand. Raises `VerificationError`."""
        held = known.with_more(self.documents)
        return Policy(
            checks=CHECKS if self.checks is None else self.checks,
            documents=held.published,
            contexts=held.published,
            registries=(*self.registries, *held.registries),
            logs=held.logs,
            witnesses=self.witnesses or held.witnesses,
            quorum=self.quorum,
            recipient=self.recipient,
            challenge=self.challenge,
            domain=self.domain,
            trust_bundle=self.trust_bundle,
        )


def policy_of(known: Documents, asked: Asked | None = None) -> Policy:
    """Return the policy that asks for this, or for everything, with these documents and keys at hand."""
    if asked is not None:
        return asked.policy(known)
    return Policy(
        documents=known.published,
        contexts=known.published,
        registries=known.registries,
        logs=known.logs,
        witnesses=known.witnesses,
    )


def read_policy(path: Path) -> Asked:
    """Return what a file asks, JSON or YAML (`schemas/policy.json`). Raises `PolicyError` and `SettingsError`."""
    name = str(path)
    read = read_text(_text_of(path))
    if not isinstance(read.document, dict):
        wanted = "wanted a policy, as `checks: [proof]`, got another value"
        raise PolicyError(name, read.faults or [_whole(wanted)])
    shape = [read.placed(fault) for fault in check_policy(read.document) if fault.pointer not in read.broken]
    if found := [*read.faults, *shape]:
        raise PolicyError(name, found)
    faults: list[Fault] = []
    asked = _asked(read.document, path.parent, faults)
    if not faults:
        try:
            asked.policy(Documents())
        except VerificationError as error:
            faults.append(Fault("", str(error)))
    if faults:
        raise PolicyError(name, [read.placed(fault) for fault in faults])
    return asked


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise PolicyError(str(path), [_whole(f"wanted at most {LARGEST:,} bytes, got more")])
        return raw.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(str(path), [_whole(f"wanted a policy in UTF-8, got: {error}")]) from error


def _asked(document: dict[str, Any], folder: Path, faults: list[Fault]) -> Asked:
    registries = (
        _registry(each, folder, f"/registries/{n}", faults) for n, each in enumerate(document.get("registries", ()))
    )
    witnesses = (_witness(each, f"/witnesses/{n}", faults) for n, each in enumerate(document.get("witnesses", ())))
    return Asked(
        checks=frozenset(document["checks"]) if "checks" in document else None,
        registries=tuple(filter(None, registries)),
        documents=_documents(folder / document["documents"], faults) if "documents" in document else Documents(),
        witnesses=tuple(filter(None, witnesses)),
        **{name: document[name] for name in _AS_WRITTEN if name in document},
    )


def _registry(found: dict[str, Any], folder: Path, at: str, faults: list[Fault]) -> Registry | None:
    """Return a registry of the policy: one in a file, or one that stands in it."""
    if "file" in found and len(found) == 1:
        try:
            return read_registry(folder / found["file"])
        except RegistryError as error:
            faults.append(Fault(f"{at}/file", str(error)))
            return None
    if found.keys() == {"name", "issuers"}:
        return Registry(found["name"], found["issuers"])
    faults.append(Fault(at, f"wanted `file`, or `name` and `issuers`, got {', '.join(found) or 'nothing'}"))
    return None


def _documents(folder: Path, faults: list[Fault]) -> Documents:
    if folder.is_dir():
        return read_folder(folder)
    faults.append(Fault("/documents", f"wanted a folder, got {folder}"))
    return Documents()


def _witness(text: str, at: str, faults: list[Fault]) -> VerifierKey | None:
    try:
        key = VerifierKey.parse(text)
    except TransparencyError as error:
        faults.append(Fault(at, str(error)))
        return None
    if key.kind is not Kind.COSIGNATURE:
        faults.append(Fault(at, f"wanted the key of a witness, got that of the log {key.name}"))
        return None
    return key


def _whole(words: str) -> CharterFault:
    return CharterFault("", words)


def _line(name: str, fault: CharterFault) -> str:
    place = "" if fault.line is None else f":{fault.line}:{fault.column}"
    pointer = f" ({fault.pointer})" if fault.pointer else ""
    return f"{name}{place}: {fault.message}{pointer}"
