"""A badge with all that it takes to verify it when nobody answers any more: one ZIP file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from api.installation import Installation
from api.web.archive import zipped
from badges import Issued, Thing
from schemas import parse_time

_README = """{name}
{line}

This is a badge and all that it takes to verify it: without a network, without an account, and when
whoever issued it is gone.

  badge.json      the badge, an Open Badges 3.0 credential, as {issuer} signed it
  did.json        the issuer's keys
  status.json     which badges had been revoked, as of this download{suspended}
{more}

With Guildbook
--------------

    guildbook verify THIS_FILE.zip

Nothing is fetched. {whose}
The status list is believed for a month after the download: whether the badge was revoked since, it
cannot say. Unpacked, the folder counts as what you know yourself:

    GUILDBOOK_DATA=/nowhere GUILDBOOK_DOCUMENTS=THIS_FOLDER guildbook verify THIS_FOLDER/badge.json

Without Guildbook
-----------------

The badge is a W3C Verifiable Credential with a Data Integrity proof (eddsa-rdfc-2022): any verifier of
those takes badge.json, with did.json as the document of {did}
and {lists} that it names.
{how}"""
_SUSPENDED = """
  suspension.json which badges had been suspended then"""
_MORE = """  proof.txt       that it was recorded in the community's log before it was signed (C2SP tlog-proof)
  log.vkey        the log's key, in the form of C2SP signed-note
  checkpoint.txt  the log's signed head, as of this download"""
_SAID = """  endorsements/   what others say of it, each a credential of its own: an EndorsementCredential"""
_OF_KEY = """The issuer is named by its key, so that nothing else is needed to tell whose signature it is."""
_OF_WEB = """It can be told that the badge is whole, but not who issued it: anybody could have written did.json.
Put a copy of did.json{and_key} from the issuer's own site into GUILDBOOK_DOCUMENTS, if you can: that
vouches for the issuer. Or let what is in the bundle count, by --trust-bundle."""
_HOW = """
That it was recorded is checked with SHA-256 and Ed25519 alone. proof.txt, which also stands in the
badge, has an `extra` line: base64 of JSON that opens the award's record.

  1. The part it shows must be what the second of its commitments stands for:
     SHA-256(salt || content). Content says whom the badge is for, by which rule, on what evidence.
     It must be what badge.json says.
  2. The record's leaf is SHA-256("guildbook.fact.1" || stream 16 bytes || version u32 || recorded i64
     || length of topic u16 || topic || number of parts u16 || all commitments), big-endian; its hash in
     the tree is SHA-256(0x00 || leaf), and that of two nodes SHA-256(0x01 || left || right).
  3. From there the hashes in proof.txt lead to the root in the checkpoint below them (RFC 6962).
  4. The checkpoint is signed by the key in log.vkey (C2SP signed-note).
"""


def bundle(here: Installation, issued: Issued) -> bytes:
    """Return a badge's bundle. Its files can be put into `GUILDBOOK_DOCUMENTS` as they are. Blocks.

    Raises `ErasedError` where the member was erased.
    """
    document, proof = here.awards.document(issued), here.awards.proof(issued)
    made: dict[str, bytes] = {
        "badge.json": orjson.dumps(document),
        "did.json": orjson.dumps(here.awards.did_document(issued.community, document["issuer"]["id"])),
        **{name: orjson.dumps(here.awards.status_list(listed)) for name, listed in _lists_of(document)},
    }
    if proof is not None:
        made["proof.txt"] = proof.encode()
        made["log.vkey"] = f"{here.book.log.key(issued.community)}\n".encode()
        made["checkpoint.txt"] = here.book.log.checkpoint(issued.community).encode()
    endorsements = here.endorsements.of(issued.community, Thing(issued))
    for one in endorsements:
        made[f"endorsements/{one.id}.json"] = orjson.dumps(here.endorsements.document(one))
    made["README.txt"] = _readme(document, logged=proof is not None, endorsed=bool(endorsements)).encode()
    pieces = ((name, [content]) for name, content in made.items())
    return b"".join(zipped(pieces, made=parse_time(document["validFrom"])))


def _readme(document: Mapping[str, Any], *, logged: bool, endorsed: bool) -> str:
    did = document["issuer"]["id"]
    and_key = " and log.vkey" if logged else ""
    several, kind = len(list(_lists_of(document))) > 1, "Bitstring Status List"
    name = f"{document['name']}, a badge of {document['issuer']['name']}"
    return _README.format(
        name=name,
        line="=" * len(name),
        issuer=document["issuer"]["name"],
        did=did,
        suspended=_SUSPENDED if several else "",
        lists=f"status.json and suspension.json as the {kind}s" if several else f"status.json as the {kind}",
        more="\n".join([*([_MORE] if logged else []), *([_SAID] if endorsed else [])]),
        whose=_OF_KEY if did.startswith("did:key:") else _OF_WEB.format(and_key=and_key),
        how=_HOW if logged else "",
    )


def _lists_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the status lists that a badge names: the file each goes into, and its name."""
    found = document["credentialStatus"]
    for entry in found if isinstance(found, list) else [found]:
        file = "status.json" if entry["statusPurpose"] == "revocation" else f"{entry['statusPurpose']}.json"
        yield file, str(entry["statusListCredential"]).rpartition("/")[2]
