"""The views' tables: one set for each generation, which one is live, and how far each has read.

Nobody makes them but `migrate_views` and a rebuild. Readers look up which generation is live in the same
transaction as what they read, so a switch is the change of one row: it waits for no reader, and none for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ledger import NotMigratedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager

STANDING = "standing"
AWARDS = "awards"
LAYOUT = 7
"""What the tables look like. Views of another layout are dropped and made anew: the ledger fills them again."""

# Made anew for every generation. `{name}` is the table's name with the generation behind it.
TABLES: dict[str, tuple[str, ...]] = {
    "member": (
        """CREATE TABLE {name} (
            community TEXT, member TEXT, accounts TEXT, body TEXT, changed BIGINT, due BIGINT,
            PRIMARY KEY (community, member)
        )""",
        "CREATE INDEX {name}_due ON {name} (due) WHERE due IS NOT NULL",
        "CREATE INDEX {name}_due_in ON {name} (community, due) WHERE due IS NOT NULL",
    ),
    "account": (
        """CREATE TABLE {name} (
            community TEXT, account TEXT, member TEXT,
            PRIMARY KEY (community, account)
        )""",
    ),
    # Members whose root was erased. Nothing lists them; what others are rests on who they were when they endorsed.
    "erased": (
        """CREATE TABLE {name} (
            community TEXT, member TEXT, accounts TEXT, body TEXT, changed BIGINT,
            PRIMARY KEY (community, member)
        )""",
    ),
    "filed": (
        """CREATE TABLE {name} (
            community TEXT, account TEXT, upto BIGINT, positions TEXT,
            PRIMARY KEY (community, account, upto)
        )""",
    ),
    "held": (
        """CREATE TABLE {name} (
            community TEXT, fact TEXT, key TEXT, body TEXT,
            PRIMARY KEY (community, fact, key)
        )""",
    ),
    "heard": (
        """CREATE TABLE {name} (
            community TEXT, channel TEXT, stretch BIGINT, body TEXT,
            PRIMARY KEY (community, channel, stretch)
        )""",
    ),
    # Those of the erased stay, without the credential's id: what was revoked stays revoked.
    "award": (
        """CREATE TABLE {name} (
            community TEXT, credential TEXT, account TEXT, kind TEXT, achievement TEXT,
            renewal BIGINT, status BIGINT, earned BIGINT, position BIGINT, stream TEXT, rule TEXT, issued BIGINT,
            expires BIGINT,
            PRIMARY KEY (community, stream)
        )""",
        "CREATE INDEX {name}_credential ON {name} (credential)",
        "CREATE INDEX {name}_account ON {name} (community, account)",
    ),
    "revocation": (
        """CREATE TABLE {name} (
            community TEXT, stream TEXT, revoked BIGINT, lost TEXT,
            PRIMARY KEY (community, stream)
        )""",
    ),
    # What awards had lost when a person last let them stand.
    "upheld": (
        """CREATE TABLE {name} (
            community TEXT, stream TEXT, upheld TEXT,
            PRIMARY KEY (community, stream)
        )""",
    ),
    # What the status lists say of which number, and said.
    "flag": (
        """CREATE TABLE {name} (
            community TEXT, purpose TEXT, number BIGINT, began BIGINT, ended BIGINT, position BIGINT,
            PRIMARY KEY (community, purpose, number, began)
        )""",
        "CREATE INDEX {name}_position ON {name} (community, position)",
    ),
    # Those that were not declined.
    "nomination": (
        """CREATE TABLE {name} (
            community TEXT, stream TEXT, account TEXT, nominator TEXT, achievement TEXT, at BIGINT, position BIGINT,
            PRIMARY KEY (community, stream)
        )""",
    ),
    # Those of the erased stay, without an id: what ended stays ended. `ended_by` is the position of what ended it.
    "endorsed": (
        """CREATE TABLE {name} (
            community TEXT, id TEXT, kind TEXT, subject TEXT, endorser TEXT, endorsee TEXT, named BIGINT,
            status BIGINT, given BIGINT, position BIGINT, stream TEXT, ended BIGINT, ended_by BIGINT,
            PRIMARY KEY (community, stream)
        )""",
        "CREATE INDEX {name}_id ON {name} (id)",
        "CREATE INDEX {name}_subject ON {name} (community, kind, subject)",
        "CREATE INDEX {name}_endorser ON {name} (community, endorser)",
        "CREATE INDEX {name}_endorsee ON {name} (community, endorsee)",
        "CREATE INDEX {name}_ended ON {name} (community, ended_by) WHERE ended_by IS NOT NULL",
    ),
}
_FIXED = (
    """CREATE TABLE progress (
        projection TEXT, generation BIGINT, community TEXT, position BIGINT,
        PRIMARY KEY (projection, generation, community)
    )""",
    "CREATE TABLE live (projection TEXT PRIMARY KEY, generation BIGINT, layout INTEGER)",
)
_FIRST = 1  # the generation an installation begins with


class Rows(Protocol):
    """A transaction: statements with `?` for each parameter."""

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Run one statement and return its rows."""

    def many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row."""

    def put(self, table: str, kinds: str, rows: Sequence[Sequence[Any]], *, again: str) -> None:
        """Insert rows whose columns are of these kinds (`text bigint ...`); `again` says what of one that is there."""

    def tables(self) -> list[str]:
        """Return the names of the views' tables."""

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns; [] where there is no such table."""

    def clear(self) -> None:
        """Drop everything, and leave a place for tables."""


class Store(Protocol):
    """The database of one shard's views. Everything raises `LedgerUnavailableError` when it is down, locked or full."""

    locks: bool
    """Whether a row can be locked for as long as a batch is folded; else its writer compares before it writes."""

    free: str
    """What makes a row that another has locked look absent, appended to a SELECT."""

    locked: str
    """What locks the rows of a SELECT, waiting for them."""

    def reading(self) -> AbstractContextManager[Rows]:
        """A transaction that sees one state throughout. Raises `SwitchedError` where a table has just been dropped."""

    def writing(self) -> AbstractContextManager[Rows]:
        """A transaction that commits where no error leaves it."""

    def dropping(self) -> AbstractContextManager[Rows]:
        """A writing transaction that waits only a moment for whoever reads a table."""

    def rebuilding(self) -> AbstractContextManager[None]:
        """Be the one process that rebuilds. Raises `RebuildError` where another is."""

    def version(self) -> int | None:
        """Return a number that is another once anything was committed; None where that is not told without waiting.

        For one thread at a time.
        """
        ...

    def close(self) -> None:
        """Close every connection."""


def migrated(rows: Rows) -> bool:
    """Make the tables where they are missing or of another layout; return whether anything was done."""
    if layout(rows) == LAYOUT:
        return False
    rows.clear()
    for statement in _FIXED:
        rows.run(statement)
    make_generation(rows, _FIRST, ())
    for projection in (STANDING, AWARDS):
        rows.run("INSERT INTO live VALUES (?, ?, ?)", (projection, _FIRST, LAYOUT))
    return True


def layout(rows: Rows) -> int | None:
    """Return the layout of the tables there are; None where there are none, or none that say so."""
    if "layout" not in rows.columns("live"):
        return None
    found = rows.run("SELECT layout FROM live WHERE projection = ?", (STANDING,))
    return int(found[0][0]) if found else None


def checked(rows: Rows) -> None:
    """Raise `NotMigratedError` unless the tables are those of this release."""
    found = layout(rows)
    if found != LAYOUT:
        got = "no tables" if found is None else f"layout {found}"
        raise NotMigratedError(f"views: wanted layout {LAYOUT}, got {got}; run `guildbook migrate`")


def live(rows: Rows, projection: str) -> int:
    """Return the generation that readers see. Raises `NotMigratedError` where the tables are another release's."""
    found = rows.run("SELECT generation FROM live WHERE projection = ? AND layout = ?", (projection, LAYOUT))
    if not found:
        raise NotMigratedError(f"views: wanted layout {LAYOUT}, got another; run `guildbook migrate`")
    return int(found[0][0])


def make_generation(rows: Rows, generation: int, communities: Iterable[str]) -> None:
    """Make the empty tables of a generation, and let it have read nothing of each community yet."""
    for table, statements in TABLES.items():
        for statement in statements:
            rows.run(statement.format(name=f"{table}_{generation}"))
    begin(rows, STANDING, generation, communities)


def begin(rows: Rows, projection: str, generation: int, communities: Iterable[str]) -> None:
    """Let a projection have read nothing yet of communities that it has not begun."""
    new = [(projection, generation, community, 0) for community in sorted(communities)]
    rows.put("progress", "text bigint text bigint", new, again="ON CONFLICT DO NOTHING")


def generations(tables: Iterable[str]) -> set[int]:
    """Return the generations that these tables are of."""
    parts = (table.rpartition("_") for table in tables)
    return {int(number) for name, _, number in parts if name in TABLES and number.isdigit()}
