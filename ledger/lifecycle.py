"""What has a life of its own: charters and awards (`award.py`), as aggregates in the same table and sequence.

Their events are stored in the shape of every fact (`shape.py`), so that a reader need not tell them apart.
Awards are written in bulk as version 1 (`awards.py`); the aggregate is loaded only to end one.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import IntegrityError, JSONTranscoder, Mapper
from eventsourcing.utils import Environment, get_topic

from ledger.award import Award, instant_of, moment
from ledger.draft import canonical
from ledger.errors import EpochError, LedgerUnavailableError, UnknownAwardError, UnknownShapeError
from ledger.facts import NAMING, VERSION
from ledger.rows import NewRow, StoredFact
from ledger.shape import Place, Randomness, open_fields, pack, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from uuid import UUID

    from eventsourcing.domain import DomainEventProtocol
    from eventsourcing.persistence import AggregateRecorder, ApplicationRecorder, InfrastructureFactory, StoredEvent
    from eventsourcing.utils import EnvType

    from ledger.people import CommunityKeys, People

CHARTER_PUBLISHED = f"charter.published.v{VERSION}"
AWARD_ISSUED = f"award.issued.v{VERSION}"
AWARD_REVOKED = f"award.revoked.v{VERSION}"
AWARD_UPHELD = f"award.upheld.v{VERSION}"
AWARD_SUSPENDED = f"award.suspended.v{VERSION}"
AWARD_RESUMED = f"award.resumed.v{VERSION}"
AWARD_NOMINATED = f"award.nominated.v{VERSION}"
AWARD_DECLINED = f"award.declined.v{VERSION}"
MEMBER_ERASED = f"member.erased.v{VERSION}"
KEY_ADDED = f"key.added.v{VERSION}"
KEY_RETIRED = f"key.retired.v{VERSION}"
KEY_REVOKED = f"key.revoked.v{VERSION}"
LOG_BEGUN = f"log.begun.v{VERSION}"

TRIES = 8  # one is undone only by another writer who gets in between


class Charter(Aggregate):
    """The charters of one community: version n is its nth publication."""

    class Created(Aggregate.Created):
        """The first publication."""

        community: str
        charter_version: int
        effective: int  # µs
        by: str
        document: dict[str, Any]

    class Published(Aggregate.Event):
        """A later publication."""

        community: str
        charter_version: int
        effective: int  # µs
        by: str
        document: dict[str, Any]

        def apply(self, aggregate: Charter) -> None:
            """Move on to this version."""
            aggregate.charter_version = self.charter_version

    def __init__(self, community: str, charter_version: int) -> None:
        self.community = community
        self.charter_version = charter_version

    @classmethod
    def first(cls, stream: UUID, community: str, **published: Any) -> Charter:  # noqa: ANN401 - the event's fields
        """Publish version 1."""
        return cls._create(cls.Created, id=stream, community=community, charter_version=1, **published)

    def publish(self, **published: Any) -> None:  # noqa: ANN401 - the event's fields
        """Publish the next version."""
        self.trigger_event(
            self.Published,
            community=self.community,
            charter_version=self.charter_version + 1,
            **published,
        )


class _Kept(NamedTuple):
    """How an event class is stored."""

    topic: str
    sealed: tuple[str, ...] = ()  # under the key of the event's `account`
    optional: tuple[str, ...] = ()  # not stored where it is ""


_KEPT: dict[type, _Kept] = {
    Charter.Created: _Kept(CHARTER_PUBLISHED),
    Charter.Published: _Kept(CHARTER_PUBLISHED),
    Award.Issued: _Kept(AWARD_ISSUED),  # its parts are sealed by `awards.award`, which alone writes it
    Award.Revoked: _Kept(AWARD_REVOKED, ("reason",), ("ground",)),
    Award.Upheld: _Kept(AWARD_UPHELD, ("reason",)),
    Award.Suspended: _Kept(AWARD_SUSPENDED, ("reason",)),
    Award.Resumed: _Kept(AWARD_RESUMED, ("reason",)),
}
_FIRST: dict[str, tuple[type[Aggregate.Created], type[Aggregate]]] = {
    CHARTER_PUBLISHED: (Charter.Created, Charter),
    AWARD_ISSUED: (Award.Issued, Award),
}
_LATER: dict[str, type[Aggregate.Event]] = {
    CHARTER_PUBLISHED: Charter.Published,
    AWARD_REVOKED: Award.Revoked,
    AWARD_UPHELD: Award.Upheld,
    AWARD_SUSPENDED: Award.Suspended,
    AWARD_RESUMED: Award.Resumed,
}


def own_row(
    place: Place,
    opened: Mapping[str, Any],
    sealed: Sequence[Mapping[str, Any]],
    people: People,
    keys: CommunityKeys,
    random: Randomness,
) -> NewRow:
    """Return the row of a fact of our own, each of `sealed` a part, under the keys of all whom it names together.

    What would be for someone erased is left out.
    """
    under = tuple(sorted({opened[name] for name in NAMING if name in opened}))
    cipher = people.cipher(keys, under) if sealed else None
    parts = [(under, cipher, canonical(each)) for each in sealed] if cipher else []
    return NewRow(*place, pack(place, canonical({**opened, "v": VERSION}), parts, random))


class FactMapper(Mapper["UUID"]):
    """Stores the events of our aggregates as facts, and reads them back; needs no key to read."""

    def __init__(self, people: People) -> None:
        super().__init__(JSONTranscoder())
        self._people = people

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredFact:
        """Return an event as a row of the ledger."""
        kept, fields = _KEPT[type(domain_event)], dict(vars(domain_event))
        fields.pop("originator_topic", None)
        stream, version = fields.pop("originator_id"), fields.pop("originator_version")
        community = fields.pop("community")
        fields["time"] = instant_of(fields.pop("timestamp"))
        sealed = {name: fields.pop(name) for name in kept.sealed if name in fields}
        fields = {name: value for name, value in fields.items() if value or name not in kept.optional}
        place = Place(stream.bytes, version, kept.topic)
        parts = [sealed] if sealed else []
        keys = self._people.community(community)
        row = own_row(place, fields, parts, self._people, keys, Randomness(64))
        return StoredFact(stream, version, kept.topic, row.state, community, keys.epoch)

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[UUID]:
        """Return the event in a row. Raises `UnknownShapeError` where it is no aggregate's."""
        topic, first = stored_event.topic, stored_event.originator_version == 1
        if topic not in (_FIRST if first else _LATER):
            raise UnknownShapeError(f"aggregate event: wanted {sorted(_FIRST)} or later ones, got {topic}")
        made = _FIRST[topic][0] if first else _LATER[topic]
        opened = open_fields(unpack(stored_event.state))
        fields = {name: opened.get(name, "") for name in made.__dataclass_fields__}
        fields |= {
            "originator_id": stored_event.originator_id,
            "originator_version": stored_event.originator_version,
            "timestamp": moment(opened["time"]),
            "community": cast("StoredFact", stored_event).community,
        }
        if first:
            fields["originator_topic"] = get_topic(_FIRST[topic][1])
        return made(**fields)


class Lifecycles(Application["UUID"]):
    """The aggregates of one book, over the recorder that also keeps the facts."""

    def __init__(self, factory: InfrastructureFactory, recorder: AggregateRecorder, people: People) -> None:
        self._parts = factory, recorder, FactMapper(people)
        self._people = people
        super().__init__()

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """Return nothing of the process's environment: all is given."""
        return Environment(name, env)

    def construct_factory(self, env: Environment) -> InfrastructureFactory:  # noqa: ARG002 - the library's signature
        """Return the given factory."""
        return self._parts[0]

    def construct_recorder(self) -> ApplicationRecorder:
        """Return the given recorder; there are no notifications between communities, whose order is their own."""
        return cast("ApplicationRecorder", self._parts[1])

    def construct_mapper(self) -> Mapper[UUID]:
        """Return the mapper of facts."""
        return self._parts[2]

    def publish_charter(
        self, stream: UUID, community: str, *, document: dict[str, Any], effective: int, by: str, now: int
    ) -> int:
        """Record the next version of a community's charter and return its position.

        Raises `LedgerUnavailableError` where others keep publishing in between.
        """
        published: dict[str, Any] = {"effective": effective, "by": by, "document": document}
        for _ in range(TRIES):
            try:
                charter = cast("Charter", self.repository.get(stream))
            except AggregateNotFoundError:
                charter = Charter.first(stream, community, timestamp=moment(now), **published)
            else:
                charter.publish(timestamp=moment(now), **published)
            with self._another_was_first(community):
                return self.save(charter)[0].notification.id
        raise LedgerUnavailableError(f"charter: wanted to publish once in {TRIES} tries, others were first")

    def decide(self, stream: UUID, community: str, decide: Callable[[Award], None]) -> int | None:
        """Let an award of the community be decided on, and return where that stands, None where it changes nothing.

        Raises `UnknownAwardError`, and `LedgerUnavailableError` where others keep writing in between.
        """
        for _ in range(TRIES):
            try:
                award: object = self.repository.get(stream)
            except (AggregateNotFoundError, UnknownShapeError) as error:
                raise UnknownAwardError(f"award: wanted one of {community!r}, got stream {stream}") from error
            if not isinstance(award, Award) or award.community != community:
                raise UnknownAwardError(f"award: wanted one of {community!r}, got stream {stream}")
            decide(award)
            if not award.pending_events:
                return None
            with self._another_was_first(community):
                return self.save(award)[-1].notification.id
        raise LedgerUnavailableError(f"award: wanted to write once in {TRIES} tries, others were first")

    @contextlib.contextmanager
    def _another_was_first(self, community: str) -> Iterator[None]:
        """Let a save be tried again, under the epoch of now, where a writer or an erasure came in between."""
        try:
            yield
        except IntegrityError:
            pass
        except EpochError:
            self._people.renewed(community)
