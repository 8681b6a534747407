"""The room of the desk for tables: a file and a mapping, what each row would become, and then the recording of it.

Between the look and the recording nothing is kept here: the page that shows what would be carries the file.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import HTMLResponse, Response

from api.commons.community_page import named
from api.guard import forms
from api.guard.doors import Here, Permit
from api.guard.sessions import same_word
from api.importing.errors import ImportingError
from api.importing.mapping import SheetMapping, mappings, read_mapping
from api.importing.samples import sample_faults
from api.importing.sheets import ENCODINGS, look
from api.importing.tables import Choices, find_table
from api.importing.tabling import import_table
from api.installation import Installation
from api.web import bodies
from api.web.auth import Principal
from api.web.problems import ProblemError, described
from api.words.rendering import pages_of
from schemas import Fault, say

if TYPE_CHECKING:
    from collections.abc import Mapping

router = APIRouter(tags=["people"], prefix="/manage/{community}/tables", default_response_class=HTMLResponse)

ByForm = Annotated[Principal, Depends(Permit("community.manage", by_form=True))]
Context = dict[str, Any]

FORM: Final = "multipart/form-data"
LARGEST: Final = 1_048_576  # 1 MiB of a table; more goes by the command line
MOST_ROWS: Final = 5_000
LONGEST_OWN: Final = 65_536  # characters of a mapping
_LARGEST_FORM = 2 * LARGEST + LONGEST_OWN + 65_536
_MOST_FIELDS = 12
_OWN = "own"
_LONGEST_NAME = 200
VERDICTS: Final = {
    "new": say("new"),
    "known": say("known already"),
    "changed": say("changed since"),
    "refused": say("refused"),
    "nothing": say("means nothing"),
}
_REQUEST: Final = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "properties": {
                        "csrf": {"type": "string"},
                        "do": {"enum": ["look", "record"]},
                        "file": {"type": "string", "format": "binary"},
                        "held": {"description": "The file as the page carried it.", "type": "string"},
                        "name": {"type": "string"},
                        "mapping": {"type": "string"},
                        "own": {"type": "string"},
                        "zone": {"type": "string"},
                        "dates": {"type": "string"},
                        "encoding": {"type": "string"},
                        "answers": {"type": "string"},
                    },
                }
            }
        },
    }
}


@dataclass(frozen=True, slots=True)
class Brought:
    """What a form brought: its fields, and the table."""

    fields: Mapping[str, str]
    table: bytes


@router.get("", summary="Tables brought by hand", responses=described(401, 403, 404))
def tables(
    community: str,
    request: Request,
    here: Here,
    asking: Annotated[Principal, Depends(Permit("community.manage"))],
) -> HTMLResponse:
    """Show the form that takes a table, and the mappings there are."""
    return _shown(request, here, community, asking, Brought({}, b""))


@router.post(
    "",
    summary="Look at a table, or record it, on that page",
    openapi_extra=_REQUEST,
    responses=described(400, 401, 403, 404, 411, 413, 415, 422, 503),
)
async def take(community: str, request: Request, here: Here, asking: ByForm) -> Response:
    """Say what each row of a table would become (`do=look`), or record it (`do=record`). Again is harmless."""
    brought = await _brought(request, asking)

    def taking() -> Response:
        here.known(community)
        return forms.mended(
            request,
            ("table", brought.fields),
            lambda: _shown(request, here, community, asking, brought, told=_told(here, community, brought)),
            lambda tried, status: _shown(request, here, community, asking, brought, tried=tried, status=status),
        )

    async with here.bulk.turn():
        return await run_in_threadpool(taking)


async def _brought(request: Request, asking: Principal) -> Brought:
    """Return what our own page's form carries. Raises a 400, 403, 411, 413 or 415 problem."""
    if bodies.media_type(request) != FORM:
        raise ProblemError(415, f"Content-Type: wanted {FORM}")
    declared = request.headers.get("content-length", "")
    if not declared.isdecimal():
        raise ProblemError(411, "a form: wanted a Content-Length, got none")
    if int(declared) > _LARGEST_FORM:
        await bodies.read_off(request.stream())
        raise bodies.too_large("a form", _LARGEST_FORM, f"{int(declared):,}")
    async with request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=_LARGEST_FORM) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        if asking.kind == "session" and not same_word(fields.get(forms.WORD), asking.csrf):
            raise ProblemError(403, "wanted the form of our own page")
        file = form.get("file")
        if isinstance(file, UploadFile) and file.size:
            return Brought(fields | {"name": (file.filename or "")[:_LONGEST_NAME]}, await file.read())
    return Brought(fields, _released(fields.get("held", "")))


def _released(held: str) -> bytes:
    """Return the table that a page carried; nothing where it carried none. Raises a 400 problem."""
    if not held:
        return b""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(base64.b64decode(held, validate=True))) as packed:
            return packed.read(LARGEST + 1)
    except (binascii.Error, ValueError, EOFError, OSError, zlib.error) as error:
        raise ProblemError(400, "held: wanted the file as our page carried it, got something else") from error


def _held(table: bytes) -> str:
    return base64.b64encode(gzip.compress(table, mtime=0)).decode() if table and len(table) <= LARGEST else ""


def _told(here: Installation, community: str, brought: Brought) -> Context:
    """Return what became, or would become, of a table. Raises a 422 problem with the field that is wrong."""
    fields = brought.fields
    if fields.get("do") not in {"look", "record"}:
        raise _wrong("/do", "wanted look or record, got something else")
    if not brought.table:
        raise _wrong("/file", "wanted a file with a table, got none")
    found = _mapping(fields)
    zone = fields.get("zone", "").strip() or found.zone or here.standings.charter(community).zone.key
    dates = [line.strip() for line in fields.get("dates", "").splitlines() if line.strip()]
    raw, choices = brought.table, Choices(community, zone, _answers(fields.get("answers", "")), dates)
    try:
        sheet = look(lambda: io.BytesIO(raw), size=len(raw), encoding=fields.get("encoding") or None, largest=LARGEST)
        table = find_table(sheet, found, choices, most=MOST_ROWS)
        return import_table(here, table, preview=fields["do"] == "look")
    except ImportingError as error:
        raise _wrong("/file", str(error)) from error


def _mapping(fields: Mapping[str, str]) -> SheetMapping:
    own = fields.get(_OWN, "").strip()
    if fields.get("mapping") != _OWN:
        found = mappings().get(fields.get("mapping", ""))
        if found is None:
            raise _wrong("/mapping", "wanted one of these mappings, got another")
        return found
    if not own or len(own) > LONGEST_OWN:
        raise _wrong("/own", f"wanted a mapping of 1 to {LONGEST_OWN:,} characters, got {len(own):,}")
    try:
        found = read_mapping(own, "your mapping")
    except ImportingError as error:
        raise _wrong("/own", str(error)) from error
    if faults := [f"{fault.pointer}: {fault.message}" for fault in sample_faults(found)]:
        raise _wrong("/own", "; ".join(faults))
    return found


def _answers(text: str) -> dict[str, str]:
    pairs = [line.partition("=") for line in text.splitlines() if line.strip()]
    if strange := [name for name, sign, _ in pairs if not sign]:
        raise _wrong("/answers", f"wanted NAME=ANSWER in each line, got {strange[0][:60]!r}")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _wrong(pointer: str, words: str) -> ProblemError:
    return ProblemError(422, "nothing was recorded", errors=[Fault(pointer, words)])


def _shown(  # the page, whatever was done on it
    request: Request,
    here: Installation,
    community: str,
    asking: Principal,
    brought: Brought,
    *,
    told: Context | None = None,
    tried: forms.Tried | None = None,
    status: int = 200,
) -> HTMLResponse:
    known = here.known(community)
    charter = here.standings.charter(community)
    recorded = told is not None and not told["preview"]
    page: Context = {
        "community": named(known, charter),
        "mappings": sorted(mappings().values(), key=lambda each: each.title.lower()),
        "encodings": ENCODINGS,
        "zone": charter.zone.key,
        "largest": LARGEST,
        "most": MOST_ROWS,
        "said": {} if recorded else {name: value for name, value in brought.fields.items() if name != "held"},
        "held": "" if recorded else _held(brought.table),
        "told": told,
        "verdicts": VERDICTS,
        "tried": tried,
    }
    return pages_of(request).page("desk_tables.html", page, asking=asking, status=status)
