"""Whatever happens in whatever order, the standings are those of a clean replay: a story told by hypothesis.

Events arrive, arrive again, contradict what is stored, are withdrawn before or after they came; accounts are
linked and parted; people are erased, and post again; charters change; followers stop in the middle, die between fold
and commit, and begin anew; views are rebuilt, or a rebuild dies. After each story: positions without a gap, each
event stored once where it was first acknowledged, and everyone's timelines as a fold of the whole ledger makes them.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger import Book
from projections import Follower, Standings, rebuild
from projections.asked import explain
from projections.asked.folds import replay
from projections.fold.people import Account
from projections.views.worker import charters_of
from tests.world import COMMUNITY, World

PEOPLE = st.sampled_from(["ada", "bo", "cy", "dee"])
NUMBERS = st.integers(0, 11)
DAYS = st.integers(0, 40)
LAWS: tuple[dict[str, Any], ...] = tuple(
    {
        "charter": 1,
        "name": "Guild",
        "ladder": [{"level": 1, "name": "One"}, {"level": 2, "name": "Two"}],
        "badges": [{"badge": "loved", "name": "Loved", "description": "d", "criteria": "c"}],
        "rules": [
            {
                "rule": "one",
                "version": least,
                "grants": {"level": 1},
                "all": [{"count": "contribution", "at_least": least}],
            },
            {
                "rule": "two",
                "version": 1,
                "grants": {"level": 2},
                "all": [
                    {"holds": {"level": 1}},
                    {
                        "distinct": "endorser",
                        "of": "endorsement",
                        "where": {"endorser_level": {"at_least": 1}},
                        "within": "20d",
                        "at_least": 1,
                    },
                ],
            },
            {
                "rule": "loved",
                "version": 1,
                "grants": {"badge": "loved"},
                "all": [{"days": "contribution", "within": "10d", "at_least": 2}],
            },
        ],
    }
    for least in (1, 2)
)
LAWS[1]["rules"][1] |= {
    "on_lapse": {"after": "1d", "then": "review"},
    "keep_while": {"all": [{"count": "contribution", "since": "award", "at_most": 1}]},
    "holders": "keep",
    "looks_back": "now",
}


class _Killed(BaseException):
    """Stands for the end of a process in the middle of its work."""


class Story(RuleBasedStateMachine):
    """One book on SQLite, and all that may befall it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="guildbook-story-")
        path = Path(self.folder.name)
        self.world = World(str(path / "book.sqlite"), path / "data")
        self.world.publish(LAWS[0])
        self.the_follower_is_a_new_process()
        self.acknowledged: dict[str, int] = {}
        self.sent: dict[str, dict[str, Any]] = {}
        self.erased: set[str] = set()

    def post(self, event: dict[str, Any]) -> None:
        key = event["id"]
        self.sent.setdefault(key, event)
        (outcome,) = self.world.book.append([event], community=COMMUNITY, identity=True)
        if key not in self.acknowledged:
            assert outcome.outcome == "stored"
            self.acknowledged[key] = outcome.position or 0
        else:
            same = event == self.sent[key]
            likely = "duplicate" if same else "conflict"
            assert outcome.outcome == likely or (self.erased and not same)  # whose it was, nobody can tell any more
            assert outcome.position == self.acknowledged[key]

    @rule(number=NUMBERS, who=PEOPLE, at=DAYS)
    def works(self, number: int, who: str, at: int) -> None:
        self.post({**self.world.work(who, at, item=f"i:{number}"), "id": f"work-{number}"})

    @rule(number=NUMBERS, by=PEOPLE, of=PEOPLE, at=DAYS)
    def endorses(self, number: int, by: str, of: str, at: int) -> None:
        self.post({**self.world.voice(by, of, at, item=f"i:{number}"), "id": f"voice-{number}"})

    @rule(number=NUMBERS, kind=st.sampled_from(["work", "voice"]), at=DAYS)
    def withdraws(self, number: int, kind: str, at: int) -> None:
        event = self.world.event("retraction", at, retracts=f"{kind}-{number}", reason="mistake")
        self.post({**event, "id": f"withdrawn-{kind}-{number}"})

    @rule(number=NUMBERS, one=PEOPLE, other=PEOPLE, change=st.sampled_from(["linked", "unlinked"]), at=DAYS)
    def links(self, number: int, one: str, other: str, change: str, at: int) -> None:
        if one != other:
            accounts = [{"platform": "forum", "id": each} for each in (one, other)]
            event = self.world.event(
                "identity", at, member=accounts[0], account=accounts[1], change=change, method="oauth"
            )
            self.post({**event, "id": f"identity-{number}"})

    @rule(
        number=NUMBERS,
        case=st.sampled_from(["c1", "c2"]),
        action=st.sampled_from(["hidden", "removed", "restored", "appealed"]),
        about=st.one_of(PEOPLE, NUMBERS, st.none()),
        at=DAYS,
    )
    def is_moderated(self, number: int, case: str, action: str, about: str | int | None, at: int) -> None:
        told: dict[str, Any] = {"case": case, "action": action}
        if isinstance(about, str):
            told["member"] = {"platform": "forum", "id": about}
        elif about is not None or action in ("hidden", "removed"):
            told["item"] = f"i:{about or 0}"
        self.post({**self.world.event("moderation", at, **told), "id": f"moderation-{number}"})

    @rule(who=PEOPLE)
    def is_erased(self, who: str) -> None:
        account = self.world.book.account(COMMUNITY, "forum", who)
        if account is not None:
            row = self.world.views.member(COMMUNITY, account)
            accounts = row.accounts if row else (account,)
            self.world.book.erase(COMMUNITY, accounts)
            self.erased.update(accounts)

    @rule(law=st.sampled_from(LAWS))
    def the_charter_changes(self, law: dict[str, Any]) -> None:
        self.world.clock.now += 1_000
        self.world.publish(law)

    @rule(limit=st.integers(1, 5))
    def the_follower_takes_a_turn(self, limit: int) -> None:
        self.world.follower.run_once(limit)

    @rule()
    def the_follower_is_a_new_process(self) -> None:
        self.world.follower = Follower(self.world.book, self.world.views, keep=2)  # facts; the rest is on disk

    @rule(limit=st.integers(1, 5))
    def the_follower_dies_between_fold_and_commit(self, limit: int) -> None:
        with contextlib.suppress(_Killed), self.world.views.shards[0].turn(COMMUNITY) as batch:
            if batch is not None:
                self.world.follower.project(batch, limit)
            raise _Killed
        self.the_follower_is_a_new_process()

    @rule()
    def the_views_are_rebuilt(self) -> None:
        rebuild(self.world.book, self.world.views)

    @rule()
    def a_rebuild_dies(self) -> None:
        def progress(_: int) -> None:
            raise _Killed

        with contextlib.suppress(_Killed):
            rebuild(self.world.book, self.world.views, progress=progress)

    @rule()
    def every_process_begins_anew(self) -> None:
        world = self.world
        world.book.close()
        world.book = Book.open(world.database, data=world.folder, clock=world.clock)
        self.the_follower_is_a_new_process()

    @invariant()
    def positions_have_no_gaps(self) -> None:
        book = self.world.book
        assert [fact.position for fact in book.read(COMMUNITY, 0, 1_000)] == list(range(1, book.head(COMMUNITY) + 1))

    def teardown(self) -> None:
        try:
            book, views = self.world.book, self.world.views
            facts = {fact.position: fact for fact in book.read(COMMUNITY, 0, 1_000)}
            own = [fact for fact in facts.values() if fact.topic.startswith(("charter.", "member."))]
            assert len(facts) == len(self.acknowledged) + len(own)
            self.world.follower.catch_up()
            head = book.head(COMMUNITY)
            assert views.position(COMMUNITY) == head
            whole = replay(book, COMMUNITY, charters_of(book, COMMUNITY), head)
            clean = whole.derived
            assert self.world.timelines() == {one: clean[one] for one in clean if one not in self.erased}
            standings, at = Standings(book, views, clock=self.world.clock), self.world.clock.now
            for member in map(Account, self.world.timelines()):
                pages = standings.verdicts(COMMUNITY, member, as_of=at)
                rules = {rule.slug: rule for rule in standings.charter(COMMUNITY).rules}
                for page in pages:
                    page.pop("progress")
                    rule = rules[page["rule"].partition("@")[0]]
                    assert page == explain.verdict(rule, whole.ground(member), at)
        finally:
            self.world.close()
            self.folder.cleanup()


TestAnyInterleaving = Story.TestCase
TestAnyInterleaving.settings = settings(max_examples=9, stateful_step_count=30)
