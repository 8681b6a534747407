"""A mapping's own samples: tables in the file that must become what the file says of them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from api.importing.errors import SheetError
from api.importing.sheets import look
from api.importing.tables import Choices, find_table
from api.importing.taking import kind_of
from schemas import Fault, check_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from api.importing.mapping import SheetMapping

_SAMPLED = "a-community"


def sample_faults(mapping: SheetMapping) -> Iterator[Fault]:
    """Yield what samples become otherwise than they say; rows that are wrong become nothing."""
    for place, sample in enumerate(mapping.samples):
        pointer, raw = f"/samples/{place}", sample["table"].encode()
        try:
            sheet = look(lambda raw=raw: io.BytesIO(raw), size=len(raw))  # type: ignore[misc]  # mypy knows no such default
            table = find_table(sheet, mapping, Choices(_SAMPLED, mapping.zone or "UTC", sample.get("given", {})))
        except SheetError as error:
            yield Fault(pointer, f"{sample['name']}: {error}")
            continue
        events = [event for row in table.rows() for event in row.events]
        got = [_shown(event) for event in events]
        if got != sample["gives"]:
            yield Fault(pointer, f"{sample['name']}: wanted what `gives` says, got {got}")
        for event in events:
            faults = check_event(event)
            yield from (Fault(f"{pointer}{fault.pointer}", f"{sample['name']}: {fault.message}") for fault in faults)


def _shown(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"emit": kind_of(event), "id": event["id"], "time": event["time"], "data": event["data"]}
