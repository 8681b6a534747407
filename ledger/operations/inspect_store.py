"""Whether what a shard stands on keeps the promises: the server's settings, the files and their modes."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.migrate import vault_file
from ledger.operations.finding import Finding, clock, space
from ledger.rows import system_clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ledger.operations.bare import Bare

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_CONNECTIONS = 24  # that one process of ours opens to a shard at most

_NOW = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_SETTINGS = """SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit',
    'synchronous_standby_names', 'max_connections', 'superuser_reserved_connections')"""
_USED = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"


def postgres(database: Bare, of: str) -> Iterator[Finding]:
    """Yield what a PostgreSQL server's settings promise, its clock and its free connections."""
    settings = {str(name): str(value) for name, value in database.run(_SETTINGS)}
    yield from _durable(settings, of, replica=database.run("SELECT pg_is_in_recovery()") == [(True,)])
    before = system_clock()
    theirs = int(database.run(_NOW)[0][0])
    yield clock(of, ours=(before + system_clock()) // 2, theirs=theirs)
    most = int(settings["max_connections"]) - int(settings["superuser_reserved_connections"])
    free = most - int(database.run(_USED)[0][0])
    advice = f"raise max_connections: every process of ours may open {_CONNECTIONS}" if free < _CONNECTIONS else ""
    yield Finding("connections", of, "warning" if advice else "ok", f"{free:,} free of {most:,}", advice)


def _durable(settings: dict[str, str], of: str, *, replica: bool) -> Iterator[Finding]:
    if replica:
        yield Finding(
            "server", of, "fault", "it is a replica: nothing can be written", "name the primary, or promote it"
        )
    faults = 0
    for name, cost in (
        ("fsync", "a crash of the machine may lose or damage what was acknowledged"),
        ("full_page_writes", "a crash of the machine may damage what was acknowledged"),
        ("synchronous_commit", "a crash may lose what was acknowledged in the last second"),
    ):
        if settings[name] == "off":
            faults += 1
            yield Finding("durability", of, "fault", f"{name} is off: {cost}", f"set {name} = on")
    standbys = settings["synchronous_standby_names"]
    if standbys and settings["synchronous_commit"] in {"local", "off"}:
        faults += 1
        found = f"standbys are named, but synchronous_commit is {settings['synchronous_commit']}: nobody waits for them"
        yield Finding("durability", of, "warning", found, "set synchronous_commit = on")
    if not faults:
        kept = (
            "a crash of this server, and a failover to a synchronous standby" if standbys else "a crash of this server"
        )
        beyond = "" if standbys else "; not promised: a failover (no synchronous standby is named)"
        yield Finding("durability", of, "ok", f"what is acknowledged survives {kept}{beyond}")


def sqlite(database: Bare, path: str, *, full: bool) -> Iterator[Finding]:
    """Yield whether SQLite finds its own files in order, and who may read the vault."""
    check = "integrity_check" if full else "quick_check"
    for schema, file in (("main", Path(path)), ("vault", vault_file(path))):
        found = [str(row[0]) for row in database.run(f"PRAGMA {schema}.{check}")]
        if found == ["ok"]:
            yield Finding("file", file.name, "ok", f"{check}: ok")
        else:
            yield Finding("file", file.name, "fault", f"{check}: {found[0]}", "the file is damaged: restore a backup")
    yield mode(vault_file(path))


def mode(path: Path) -> Finding:
    """Judge who may read a file or enter a folder."""
    wanted = 0o700 if path.is_dir() else 0o600
    found = stat.S_IMODE(path.stat().st_mode)
    if found & _OTHERS:
        return Finding("modes", path.name, "fault", f"mode {found:04o}: others may read it", f"chmod {wanted:o} {path}")
    return Finding("modes", path.name, "ok", f"mode {found:04o}")


def disk(folder: Path, of: str) -> Finding:
    """Judge the disk a folder is on."""
    usage = shutil.disk_usage(folder)
    return space(of, free=usage.free, total=usage.total)
