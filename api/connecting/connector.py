"""Connector files: read, checked whole, and told with all that is wrong with them.

What can be known of a mapping without a delivery is known when it is read: each expression compiles, each fact type
and each of its fields exists, and the file's own samples become what they say.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

from api.connecting.deliveries import seen
from api.connecting.errors import ConnectorError, ExpressionError
from api.connecting.expressions import Expression
from api.connecting.mapping import Emit, Mapped, Meaning
from api.connecting.pulled import PulledReading
from api.connecting.signing import NO_DOOR, Scheme
from schemas import FACT_TYPES, Fault, check_connector, check_event, fact_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from api.connecting.deliveries import Delivery
    from api.connecting.mapping import Template
    from api.connecting.pulled import Poll, Relay

_SAMPLED = "a-community"
_WHENEVER = "2026-01-01T00:00:00Z"  # of what came when it came
_BY_SIGNATURE = ("hmac-sha256", "ed25519")


@dataclass(frozen=True, slots=True)
class Challenge:
    """How to answer the platform's question whether we are there."""

    when: Expression
    reply: Expression
    brings: Expression | None  # the secret, in one that comes before there is any


@dataclass(frozen=True, slots=True)
class Sample:
    """A delivery, and the events that it becomes."""

    name: str
    told: Mapping[str, Any]
    gives: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Connector:
    """A platform's door: who may post, what it means. `about` and `setup` are for people."""

    name: str
    version: int
    title: str
    about: str
    setup: Sequence[str]
    scheme: Scheme
    challenge: Challenge | None
    answer: Expression | None
    meaning: Meaning
    samples: Sequence[Sample]
    poll: Poll | None = None
    relay: Relay | None = None

    @property
    def door(self) -> bool:
        """Whether the platform posts by itself: else it is asked, or listened to."""
        return self.poll is None and self.relay is None

    def map(self, delivery: Delivery, community: str) -> Mapped:
        """Return what a delivery becomes in a community. Raises nothing."""
        return self.meaning.map(delivery.told, community)

    def map_body(self, body: Mapping[str, Any], community: str) -> Mapped:
        """Return what was heard, or read, becomes in a community. Raises nothing."""
        return self.meaning.map(seen(body, {}, {}), community)


def read_connector(text: str, name: str) -> Connector:
    """Return the connector that a file describes. Raises `ConnectorError` with all that is wrong with it."""
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConnectorError(
            name, [Fault("", f"wanted YAML, got: {str(error).replace(chr(10), ' ')[:200]}")]
        ) from error
    if faults := check_connector(document):
        raise ConnectorError(name, faults)
    reading = _Reading(document)
    connector = reading.connector()
    if reading.faults or connector is None:
        raise ConnectorError(name, reading.faults)
    if faults := tuple(_sampled(connector)):
        raise ConnectorError(name, faults)
    return connector


def connectors() -> Mapping[str, Connector]:
    """Return the connectors of platforms that post, which come with this release, by name."""
    return {name: each for name, each in every_connector().items() if each.door}


@cache
def every_connector() -> Mapping[str, Connector]:
    """Return all connectors that come with this release, by name: also of what is asked, or listened to."""
    found = sorted(files("api").joinpath("connectors").iterdir(), key=lambda each: each.name)
    read = [read_connector(each.read_text("utf-8"), each.name) for each in found if each.name.endswith(".yaml")]
    return {each.name: each for each in read}


class _Reading:
    """A file of the right shape being read; faults are gathered, and the reading goes on."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self.faults: list[Fault] = []

    def connector(self) -> Connector | None:
        """Return the connector; None where there are faults."""
        said = self._document
        scheme, challenge = self._scheme(), self._challenge()
        pulled = PulledReading(said, self._fault, self._expression)
        poll, relay = pulled.poll(), pulled.relay()
        event, source = self._expression("/event", said["event"]), self._expression("/source", said["source"])
        emits = {key: self._emits(f"/map/{_escaped(key)}", each) for key, each in said["map"].items()}
        answer = self._expression("/answer", said["answer"]) if "answer" in said else None
        if self.faults or event is None or source is None:
            return None
        return Connector(
            name=said["connector"],
            version=said["version"],
            title=said["title"],
            about=said.get("about", ""),
            setup=said.get("setup", []),
            scheme=scheme,
            challenge=challenge,
            answer=answer,
            meaning=Meaning(event, source, said.get("ignore", []), emits),
            samples=[
                Sample(each["name"], seen(each["body"], each.get("headers", {}), each.get("query", {})), each["gives"])
                for each in said.get("samples", [])
            ],
            poll=poll,
            relay=relay,
        )

    def _fault(self, pointer: str, words: str) -> None:
        self.faults.append(Fault(pointer, words))

    def _expression(self, pointer: str, text: str) -> Expression | None:
        try:
            return Expression(text)
        except ExpressionError as error:
            self._fault(pointer, str(error))
            return None

    def _scheme(self) -> Scheme:
        ways = [name for name in ("verify", "poll", "relay") if name in self._document]
        if len(ways) != 1:
            self._fault("", f"wanted one of verify, poll, relay; got {' and '.join(ways) or 'none'}")
        if "verify" not in ways:
            return NO_DOOR
        said = dict(self._document["verify"])
        if said["alg"] in _BY_SIGNATURE and "header" not in said:
            self._fault("/verify/header", f"wanted the header in which {said['alg']} stands, got none")
        if said["alg"] == "token" and not {"header", "field"} & said.keys():
            self._fault("/verify", "wanted a header or a field in which the token stands, got neither")
        for part in ("timestamp", "id"):
            if (f"{{{part}}}" in said.get("signed", "")) != (part in said):
                self._fault(f"/verify/{part}", f"wanted the header of {{{part}}} if it is signed, and only then")
        if "{body}" not in said.get("signed", "{body}"):
            self._fault("/verify/signed", "wanted {body} in what is signed, got a text without it")
        if "field" in said:
            said["field"] = self._expression("/verify/field", said["field"])
        return Scheme(**said)

    def _challenge(self) -> Challenge | None:
        said = self._document.get("challenge")
        if said is None:
            return None
        when = self._expression("/challenge/when", said["when"])
        reply = self._expression("/challenge/reply", said["reply"])
        brings = self._expression("/challenge/brings", said["brings"]) if "brings" in said else None
        return Challenge(when, reply, brings) if when and reply else None

    def _emits(self, pointer: str, said: Sequence[Mapping[str, Any]]) -> list[Emit]:
        made = [self._emit(f"{pointer}/{place}", each) for place, each in enumerate(said)]
        return [each for each in made if each is not None]

    def _emit(self, pointer: str, said: Mapping[str, Any]) -> Emit | None:
        if said["emit"] not in FACT_TYPES:
            self._fault(f"{pointer}/emit", f"wanted one of {', '.join(FACT_TYPES)}; got {said['emit']!r}")
            return None
        read = {
            name: self._expression(f"{pointer}/{name}", said[name]) if name in said else None
            for name in ("each", "when", "id", "time", "again", "undone")
        }
        schema = fact_schema(said["emit"])
        for name in sorted(set(schema["required"]) - said["data"].keys()):
            self._fault(f"{pointer}/data", f"wanted {name}, which every {said['emit']} has, got none")
        if ("undone" in said) != ("again" in said and said["emit"] != "retraction"):
            self._fault(f"{pointer}/undone", "wanted it where something can happen again, and only there")
        data = self._template(f"{pointer}/data", said["data"], schema)
        if "time" not in said and "verify" in self._document:
            self._fault(f"{pointer}/time", "wanted when it happened, got none")
        if read["id"] is None or data is None:
            return None
        return Emit(
            said["emit"], read["each"], read["when"], read["id"], read["time"], data, read["again"], read["undone"]
        )

    def _template(self, pointer: str, said: object, schema: Mapping[str, Any]) -> Template | None:
        """Read the expressions of data, holding its fields and its constants against the schema of the fact."""
        if isinstance(said, dict):
            return self._object(pointer, said, schema)
        if isinstance(said, list):
            parts = [
                self._template(f"{pointer}/{place}", each, schema.get("items", {})) for place, each in enumerate(said)
            ]
            return [part for part in parts if part is not None]
        if not isinstance(said, str):
            self._fault(pointer, f"wanted an expression; a constant is written as `{said}` in backquotes, got {said!r}")
            return None
        found = self._expression(pointer, said)
        if found and found.constant and "enum" in schema and found.constant[0] not in schema["enum"]:
            self._fault(pointer, f"wanted one of {', '.join(map(str, schema['enum']))}; got {found.constant[0]!r}")
        return found

    def _object(self, pointer: str, said: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Template]:
        known = schema.get("properties")
        made: dict[str, Template] = {}
        for name, inner in said.items():
            place = f"{pointer}/{_escaped(str(name))}"
            if known is not None and name not in known:
                self._fault(place, f"wanted one of {', '.join(known)}; got {name!r}")
                continue
            template = self._template(place, inner, (known or {}).get(name, {}))
            if template is not None:
                made[name] = template
        return made


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _sampled(connector: Connector) -> Iterator[Fault]:
    """Yield what the file's own samples become otherwise than they say."""
    for place, sample in enumerate(connector.samples):
        pointer, mapped = f"/samples/{place}", connector.meaning.map(sample.told, _SAMPLED)
        got = [_shown(event) for event in mapped.events]
        if mapped.kind in {"unknown", "misfit"}:
            words = mapped.words or mapped.key
            yield Fault(pointer, f"{sample.name}: wanted it mapped or ignored, got {mapped.kind}: {words}")
        elif len(got) != len(sample.gives) or any(_differs(*pair) for pair in zip(sample.gives, got, strict=True)):
            yield Fault(pointer, f"{sample.name}: wanted what `gives` says, got {got}")
        for event in mapped.events:
            faults = check_event({"time": _WHENEVER, **event})
            yield from (Fault(f"{pointer}{fault.pointer}", f"{sample.name}: {fault.message}") for fault in faults)


def _shown(event: Mapping[str, Any]) -> dict[str, Any]:
    kind = event["type"].removeprefix("org.guildbook.").removesuffix(".v1")
    told = {name: event[name] for name in ("id", "time", "source", "data") if name in event}
    return {"emit": kind, **told}


def _differs(said: Mapping[str, Any], got: Mapping[str, Any]) -> bool:
    """Tell whether a sample says something else of an event; its source it need not say."""
    return {"source": got["source"], **said} != got
