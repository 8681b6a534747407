"""Statements as a door hands them to the book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger import NewStatement, Question

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger import Book

VERB = "https://verbs.example"


def people(*names: str) -> dict[Any, Any]:
    """Return account objects of a forum by how the book names them."""
    return {("forum", "", name): {"platform": "forum", "id": name} for name in names}


def new(
    name: str, *agents: str, verb: str = "made", related: Iterable[str] = (), activity: str = "", **more: Any
) -> NewStatement:
    """Return a statement to keep: of `agents`, Ada where none is named."""
    terms = [("verb", f"{VERB}/{verb}"), *([("activity", activity)] if activity else [])]
    content = more.pop("content", f'{{"id":"{name}"}}'.encode())
    return NewStatement(
        id=name,
        content=content,
        agents=people(*(agents or ("ada",))),
        related=people(*related),
        terms=[*terms, *more.pop("terms", ())],
        **more,
    )


def asked(*, verb: str = "", **more: Any) -> Question:
    groups = [[("verb", f"{VERB}/{verb}")]] if verb else []
    agent = more.pop("agent", None)
    return Question(groups=[*groups, *more.pop("groups", [])], agent=("forum", "", agent) if agent else None, **more)


def found(book: Book, limit: int = 100, *, community: str = "bar", **question: Any) -> list[str]:
    """Return what the statements say that are asked for, but for what is around their ids."""
    kept = book.statements.ask(community, asked(**question), limit)
    return [each.content.decode()[7:-2] if each.content else "" for each in kept]
