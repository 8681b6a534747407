"""`python -m bench.rings [--tuning] [FILE]`: the table of docs/fairness.md, in some minutes.

FILE: a real history, gzipped events one a line; schemes are planted in it too. `--tuning`: on the seeds that the
bounds were chosen by, instead of those they are judged by. The same seeds give the same table, but for seconds.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import Progress

from bench.rings import honest, schemes
from bench.rings.judging import judged, looks
from bench.rings.story import Act

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.rings.judging import Judged
    from bench.rings.schemes import Scheme
    from bench.rings.story import Story

LOOKS = 182  # days from one look at an honest history to the next
MANY = 3  # rings of each size, in a history of thousands

_BY: dict[str, Callable[[Scheme], str]] = {
    "size": lambda ring: str(len(ring.members)),
    "voices given outside": lambda ring: f"{ring.outside:.0%}",
    "tempo": lambda ring: ring.tempo,
    "shape": lambda ring: ring.shape,
    "members": lambda ring: "some honest before" if ring.turned else "all new",
}


def main(words: Sequence[str]) -> None:
    """Judge, and print the tables as Markdown."""
    seeds = schemes.TUNING if "--tuning" in words else schemes.HELD_OUT
    files = [Path(word) for word in words if not word.startswith("--")]
    found: dict[str, list[Judged]] = {"made": [], "made, no lengths": []}
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=len(seeds) * (2 + len(files)))
        for seed in seeds:
            progress.update(task, description=f"seed {seed}")
            base = honest.made(seed)
            for name, story in (("made", base), ("made, no lengths", _bare(base))):
                found[name].append(judged(story, seed, each_size=1))
                progress.advance(task)
        for file in files:
            base = honest.told(file)
            name = file.name.partition(".")[0]
            found[name] = []
            for seed in seeds:
                found[name].append(judged(base, seed, each_size=MANY))
                progress.advance(task)
    _rings(found)
    _others(found)
    _honest(found)
    for file in files:
        _unplanted(honest.told(file), file.name.partition(".")[0])


def _bare(base: Story) -> Story:
    return [act._replace(length=None) if isinstance(act, Act) else act for act in base]


def _rings(found: dict[str, list[Judged]]) -> None:
    for title, named in _BY.items():
        rows: defaultdict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
        for name, some in found.items():
            for scheme, caught in _of(some, "ring"):
                rows[named(scheme)][name].append(caught)
        _table(
            (f"rings by {title}", *found), [[row, *(_part(rows[row][name]) for name in found)] for row in sorted(rows)]
        )
    _table(
        ("", *found),
        [["**all rings**", *(_part([caught for _, caught in _of(found[name], "ring")]) for name in found)]],
    )


def _others(found: dict[str, list[Judged]]) -> None:
    rows = [
        [kind, *(_part([caught for _, caught in _of(found[name], kind)]) for name in found)]
        for kind in ("flood", "puppets", "double")
    ]
    _table(("other schemes", *found), rows)


def _honest(found: dict[str, list[Judged]]) -> None:
    rows = [
        ["members a history, mean", *(f"{mean(one.honest for one in some):,.0f}" for some in found.values())],
        ["touched, mean", *(f"{mean(one.touched / one.honest for one in some):.2%}" for some in found.values())],
        ["touched, worst", *(f"{max(one.touched / one.honest for one in some):.2%}" for some in found.values())],
        ["mutual pairs, mean", *(f"{mean(one.pairs for one in some):,.0f}" for some in found.values())],
        ["both in a proposal", *(f"{sum(o.broken for o in s) / sum(o.pairs for o in s):.2%}" for s in found.values())],
        [
            "seconds a look, median of all",
            *(f"{sorted(o.seconds for o in s)[len(s) // 2]:.1f}" for s in found.values()),
        ],
    ]
    _table(("honest people", *found), rows)


def _unplanted(base: Story, name: str) -> None:
    """Print what would be proposed of a history as it is, looked at twice a year."""
    ever: set[frozenset[str]] = set()
    last: set[frozenset[str]] = set()
    count = 0
    for _, groups in looks(base, LOOKS):
        last = {frozenset(map(str, group)) for group in groups}
        ever |= last
        count += 1
    people = {who for group in ever for who in group}
    rows = [[str(count), str(len(ever)), str(len(people)), str(len(last)), str(len({w for g in last for w in g}))]]
    heads = ("looks, twice a year", "proposals ever", "people in them", "proposals at the last", "people in them")
    _table((f"{name}, nothing planted: {heads[0]}", *heads[1:]), rows)


def _of(some: Sequence[Judged], kind: str) -> list[tuple[Scheme, bool]]:
    return [(scheme, caught) for one in some for scheme, caught in one.schemes if scheme.kind == kind]


def _part(caught: Sequence[bool]) -> str:
    return f"{sum(caught)} of {len(caught)} ({mean(caught):.0%})" if caught else ""


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    print("|", " | ".join(heads), "|")
    print("|", " | ".join("---" for _ in heads), "|")
    for row in rows:
        print("|", " | ".join(row), "|")
    print()


if __name__ == "__main__":
    main(sys.argv[1:])
