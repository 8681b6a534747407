"""The command line: `guildbook`. Every command teaches itself by `--help`."""

from __future__ import annotations

import typer

from api.commands import (
    alarms,
    beginning,
    charter,
    cohorts,
    connecting,
    demo,
    endorsing,
    fairness,
    giving,
    handing_out,
    identity,
    importing,
    issuer,
    keeping,
    leading,
    leaving,
    log,
    measures,
    notifying,
    operating,
    pulling,
    quarters,
    recognising,
    relocating,
    serving,
    showing,
    trying,
    verifying,
)

app = typer.Typer(
    name="guildbook",
    help="The book in which a community of practice records what its members do, and recognises it.\n\n"
    "Settings are environment variables that begin with GUILDBOOK_ (see docs/reference.md); without any, the "
    "book is a SQLite file in ./guildbook-data. Begin with `guildbook demo`, or with `guildbook init NAME`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for module in (
    demo,
    beginning,
    serving,
    keeping,
    charter,
    importing,
    connecting,
    pulling,
    showing,
    trying,
    leading,
    cohorts,
    measures,
    quarters,
    alarms,
    fairness,
    handing_out,
    notifying,
    verifying,
    recognising,
    endorsing,
    giving,
    identity,
    leaving,
    log,
    issuer,
    relocating,
    operating,
):
    module.add_to(app)


if __name__ == "__main__":
    app()
