"""What an installation may choose, by environment variables that begin with `GUILDBOOK_`."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, ValidationError, ValidationInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.errors import SettingsError
from api.network.reachable import UnreachableError, read_origins, target_of
from api.words.languages import SOURCE, languages

PREFIX = "GUILDBOOK_"
ELSEWHERE = ("GUILDBOOK_TEST_",)  # read by the test run, never by the product

KIB = 1_024
MIB = 1_048_576


def _origin(url: str) -> str:
    """Return `url` without a trailing slash; raise `ValueError` where it is no http(s) address."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"wanted an http or https address without query, got {url!r}")
    return url.rstrip("/")


def _database(text: str) -> str:
    if "://" in text and not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("wanted a path to a SQLite file or a postgresql:// address")
    return text


def _addresses(text: str) -> str:
    strange = [each for each in text.split() if not each.startswith(("postgresql://", "postgres://"))]
    if strange:
        raise ValueError(f"wanted postgresql:// addresses with spaces between them, got {len(strange)} other words")
    return text


def _origins(text: str) -> str:
    read_origins(text)
    return text


def _issuer(text: str) -> str:
    if text:
        try:
            target_of(text, read_origins("https://" + urlsplit(text).netloc))
        except (UnreachableError, ValueError) as error:
            raise ValueError(f"wanted an https address, got {text!r}") from error
        if "?" in text or "#" in text:
            raise ValueError(f"wanted an https address without query, got {text!r}")
    return text


def _mail_server(text: str) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme not in {"smtp", "smtps", "smtp+plain"} or not parts.hostname):
        raise ValueError("wanted smtp://, smtps:// or smtp+plain://, and a host")
    return text


def _sender(text: str) -> str:
    if text and ("@" not in text or not text.isprintable()):
        raise ValueError(f"wanted a mail address, as Name <address@example.org>, got {text!r}")
    return text


def _language(tag: str, known: ValidationInfo) -> str:
    wanted = languages(known.data.get("catalogues"))
    if tag not in wanted:
        raise ValueError(f"wanted a language of the pages ({', '.join(wanted)}), got {tag!r}")
    return tag


class Settings(BaseSettings):
    """One installation. Sizes are bytes unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    data: Path = Field(default=Path("guildbook-data"), description="folder for keys and embedded databases")
    database: Annotated[str, AfterValidator(_database)] = Field(
        default="", description="SQLite path or postgresql:// address; DATA/book.sqlite when absent"
    )
    shards: Annotated[str, AfterValidator(_addresses)] = Field(
        default="", description="further postgresql:// addresses, by spaces: shards 1, 2, ... beside DATABASE"
    )
    heads: Annotated[str, AfterValidator(_database)] = Field(
        default="",
        description="where signed heads are kept, apart from the book: a SQLite path or a postgresql:// "
        "address; DATA/heads.sqlite, or the schema heads of DATABASE, when absent",
    )
    witnesses: str = Field(
        default="", description="who cosigns the heads of logs: for each its address and its key, by spaces"
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="address to listen on")
    port: int = Field(default=8700, ge=0, le=65_535, description="port to listen on")
    base_url: Annotated[str, AfterValidator(lambda url: _origin(url) if url else url)] = Field(
        default="", description="address people and verifiers use; http://HOST:PORT when absent"
    )
    follow: bool = Field(
        default=True, description="derive standings and awards in the server too; else `guildbook follow` must"
    )
    renew: bool = Field(
        default=True, description="make dear pages again, soon after a new fact, before somebody asks for them"
    )
    documents: Path | None = Field(
        default=None, description="folder of DID documents and status lists the verifier may read offline"
    )
    registries: str = Field(
        default="", description=f"registries of issuers: files, or folders of *.json, with {os.pathsep} between them"
    )
    fetch: bool = Field(
        default=False, description="let the verifier ask public servers, by https, for what is not at hand"
    )
    fetch_also: Annotated[str, AfterValidator(_origins)] = Field(
        default="", description="origins that it may ask wherever they are, by spaces: https://ids.school.example:8443"
    )
    fetch_ca: Path | None = Field(
        default=None, description="file of certificates (PEM) that vouch for these, beside the system's"
    )
    catalogues: Path | None = Field(
        default=None, description="folder of further catalogues of texts: LANGUAGE/LC_MESSAGES/guildbook.po"
    )
    language: Annotated[str, AfterValidator(_language)] = Field(
        default=SOURCE, description="language of pages, mail and feeds: en, or one that has a catalogue of texts"
    )
    oidc_issuer: Annotated[str, AfterValidator(_issuer)] = Field(
        default="", description="OpenID Connect provider by which people may sign in: its issuer, an https address"
    )
    oidc_client_id: str = Field(default="", description="what that provider knows this installation by")
    oidc_client_secret_file: Path | None = Field(
        default=None, description="file with the secret shared with that provider, mode 0600; none for a public client"
    )
    oidc_name: str = Field(default="your organisation", min_length=1, max_length=60, description="what people call it")
    oidc_ca: Path | None = Field(
        default=None, description="file of certificates (PEM) that vouch for that provider, beside the system's"
    )
    webhooks: bool = Field(
        default=False, description="let managers have webhooks, Slack and Discord told, by https, what there is to tell"
    )
    smtp_url: Annotated[str, AfterValidator(_mail_server)] = Field(
        default="", description="what takes mail: smtp://USER:PASSWORD@HOST:587 (STARTTLS) or smtps:// (TLS)"
    )
    smtp_from: Annotated[str, AfterValidator(_sender)] = Field(
        default="", description="from whom mail is: Name <address@example.org>"
    )
    smtp_ca: Path | None = Field(default=None, description="file of certificates (PEM) that vouch for that server")
    key_store: str = Field(
        default="", description="where new issuer keys are made, as module:callable; see docs/operations.md"
    )
    pkcs11_module: Path | None = Field(
        default=None, description="PKCS #11 library in whose token new issuer keys are made and used"
    )
    pkcs11_token: str = Field(default="guildbook", description="label of that token")
    pkcs11_pin_file: Path | None = Field(default=None, description="file with the token's user PIN, mode 0600")
    vc_api_issuer: bool = Field(
        default=False, description="offer POST /credentials/issue, signed by a did:key of its own"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least urgent line to log"
    )
    limit_event: int = Field(default=64 * KIB, ge=KIB, description="largest event")
    limit_batch: int = Field(default=MIB, ge=KIB, description="largest JSON batch")
    limit_batch_events: int = Field(default=1_000, ge=1, le=1_000, description="most events in a JSON batch")
    limit_charter: int = Field(default=2048 * KIB, ge=KIB, description="largest charter, its pictures included")
    limit_upload: int = Field(default=2 * MIB, ge=KIB, description="largest credential to verify")
    limit_answer: float = Field(default=3.5, ge=0.1, le=60, description="longest time until an answer begins, seconds")
    limit_wait: float = Field(default=10.0, ge=0, le=60, description="longest wait for a position, seconds")

    @classmethod
    def load(cls) -> Self:
        """Return the settings of this process's environment. Raises `SettingsError`."""
        _no_strangers(set(cls.model_fields))
        try:
            return cls()
        except ValidationError as error:
            faults = [f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors()]
            raise SettingsError("; ".join(faults)) from error

    @property
    def book(self) -> str:
        """Where the ledger is: a SQLite path or a postgresql:// address."""
        return self.database or str(self.data / "book.sqlite")

    @property
    def books(self) -> list[str]:
        """The databases of all shards, the first one's first."""
        return [self.book, *self.shards.split()]

    @property
    def book_file(self) -> Path:
        """The file of an embedded ledger; what it says of a `postgresql://` address means nothing."""
        return Path(self.book)

    @property
    def origin(self) -> str:
        """The address of this installation as others see it, without a trailing slash."""
        return self.base_url or f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def secure(self) -> bool:
        """Whether people reach us by https, so that cookies may insist on it."""
        return self.origin.startswith("https://")

    def redacted(self) -> dict[str, str]:
        """Return every setting as it may be printed: no password stands in it."""
        shown = {name: str(getattr(self, name)) for name in type(self).model_fields}
        shards = " ".join(map(_without_password, self.shards.split()))
        return shown | {
            "database": _without_password(self.book),
            "heads": _without_password(self.heads),
            "smtp_url": _without_password(self.smtp_url),
            "shards": shards,
            "base_url": self.origin,
        }


def _without_password(database: str) -> str:
    if "://" not in database:
        return database
    parts = urlsplit(database)
    login, at, hosts = parts.netloc.rpartition("@")  # hosts: one or several, each with its port
    user, colon, _ = login.partition(":")
    return f"{parts.scheme}://{user}{':***' if colon else ''}{at}{hosts}{parts.path}"  # a query may hold one too


def _no_strangers(known: set[str]) -> None:
    """Refuse a variable that begins like ours and is none: it is a typing mistake nobody would see."""
    for name in sorted(os.environ):
        if not name.startswith(PREFIX) or name.startswith(ELSEWHERE):
            continue
        field = name.removeprefix(PREFIX).lower()
        if field not in known:
            near = difflib.get_close_matches(field, known, n=1)
            hint = f"; did you mean {PREFIX}{near[0].upper()}?" if near else ""
            raise SettingsError(f"{name}: wanted a setting's name, got an unknown one{hint}")
