"""A certificate: one page that says what the badge says, the same bytes every time, and the badge attached."""

from __future__ import annotations

import io
import json
import time
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from badges import (
    BakingError,
    Certificate,
    DesignError,
    Paper,
    Policy,
    Verdict,
    badge_svg,
    certificate,
    design_of,
    to_json,
    verify,
)
from badges.pictures.attached import attached
from badges.verifying.reading import read
from tests.badges.samples import HELPER, LIST_URL, NOW, signed, signed_jwt, status_list

PAGE = "https://guild.example/b/0190f3c2-7a10-7000-8000-0242ac120002"
PICTURE = badge_svg(design_of(HELPER))
LONGEST_NAME = "Maria Guadalupe de la Concepción Fernández-Villaverde y Rodríguez de Castro-Bustamante"


def made(recipient: str | None = "Ada Lovelace", paper: Paper = "a4", *, ended: str = "", **earned) -> bytes:
    """Return Ada's certificate; `earned` changes what it says of the achievement, unsigned."""
    badge = signed()
    badge["credentialSubject"]["achievement"] |= earned
    since = "2026-05-03T08:00:00Z"
    shown = Certificate(
        credential=badge,
        name=recipient,
        page=PAGE,
        picture=PICTURE,
        accent="#24306e",
        revoked=since if ended == "revoked" else None,
        suspended=since if ended == "suspended" else None,
    )
    return certificate(shown, paper)


def text_of(pdf: bytes) -> str:
    """Return the words of the only page, as another library reads them."""
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(page.extract_text().split())


@pytest.fixture(scope="module")
def plain() -> bytes:
    return made()


def test_it_says_what_the_badge_says(plain):
    words = text_of(plain)

    for told in (
        "WEAVERS RECOGNISES", "Ada Lovelace", "Helper", HELPER["description"], HELPER["criteria"], "1 March 2026",
        "1 March 2027", "Five answers, accepted by those who asked", "Rule helper, version 2; charter version 3",
        "b/0190f3c2-7a10-7000-8000-0242ac120002", "did:key:z6Mk", "Credential https://guild.example/credentials/0190f3c2-7a10-7000-8000-0242ac120002",
    ):  # fmt: skip
        assert str(told) in words
    assert "REVOKED" not in words


def test_a_name_that_may_not_be_shown_is_not_there():
    hidden = made(None)
    assert "earned by member k3j5x2m7q4r6t8v0w1y2z3a4b5" in text_of(hidden)
    assert "Ada" not in text_of(hidden) + str(PdfReader(io.BytesIO(hidden)).metadata)


def test_a_leader_s_term_is_told_as_one():
    badge = signed()
    badge["credentialSubject"] |= {"activityStartDate": "2026-02-01T00:00:00Z", "role": "host"}
    shown = Certificate(credential=badge, name="Ada", page=PAGE, picture=PICTURE, accent="#24306e", kind="role")
    words = text_of(certificate(shown))

    assert "who was entrusted with the role" in words
    assert "FROM 1 February 2026 UNTIL 1 March 2027" in words


@pytest.mark.parametrize(
    ("issued", "told"),
    [("2026-11-22T08:00:00Z", " ISSUED 22 November 2026"), ("2026-03-01T23:59:59Z", "")],
    ids=["later", "the-same-day"],
)
def test_what_was_issued_on_another_day_than_it_was_earned_says_when(issued, told):
    shown = Certificate(credential=signed(), name="Ada", page=PAGE, picture=PICTURE, accent="#24306e", issued=issued)
    assert f"EARNED 1 March 2026{told} GOOD UNTIL" in text_of(certificate(shown))


@pytest.mark.parametrize("ended", ["revoked", "suspended"])
def test_a_badge_that_does_not_hold_says_so(ended):
    assert f"{ended.upper()} 3 May 2026" in text_of(made(ended=ended))


@pytest.mark.parametrize(("paper", "size"), [("a4", (842, 595)), ("letter", (792, 612))])
def test_it_is_one_page_however_long_its_words_are(paper, size):
    long = "Answers the questions of others, again and again, with patience. " * 30
    found = PdfReader(
        io.BytesIO(made(LONGEST_NAME, paper, name="W" * 120, description=long, criteria={"narrative": long[:-9]}))
    )

    assert len(found.pages) == 1
    assert (round(found.pages[0].mediabox.width), round(found.pages[0].mediabox.height)) == size
    assert LONGEST_NAME in text_of(made(LONGEST_NAME, paper))


def test_it_is_the_same_every_time_and_bears_the_time_of_the_award(plain):
    about: Any = PdfReader(io.BytesIO(plain)).metadata

    assert made() == plain
    assert (about.title, about.author) == ("Helper · Ada Lovelace · Weavers", "Weavers")
    assert about.creation_date.isoformat() == "2026-03-01T10:00:00+00:00"


def test_it_can_be_read_aloud_and_kept_in_an_archive(plain):
    root: Any = PdfReader(io.BytesIO(plain)).trailer["/Root"]
    about = root["/Metadata"].get_data().decode()

    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert "pdfaid:part>3<" in about.replace("\n", "")
    assert "pdfuaid:part>1<" in about.replace("\n", "")


def test_its_fonts_are_in_it(plain):
    resources: Any = PdfReader(io.BytesIO(plain)).pages[0]["/Resources"]
    for font in resources["/Font"].values():
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_words_are_never_markup():
    hostile = '#panic("x") $x$ *b* `c` <label> @ref https://x.example \\ // #read("/etc/passwd")'
    assert '#panic("x") $x$ *b*' in text_of(made(hostile, description=hostile))


@given(st.text(max_size=60), st.text(max_size=200))
@settings(max_examples=20)
def test_any_words_make_one_page_or_a_clear_refusal(name, words):
    try:
        found = made(name, description=words, criteria={"narrative": words[::-1]})
    except DesignError as error:
        assert "could not be displayed" in str(error)  # noqa: PT017  the property is this "or"
        return
    assert len(PdfReader(io.BytesIO(found)).pages) == 1


def test_what_is_no_word_is_left_out():
    words = text_of(
        made("Ada \U0001f469\u200d\U0001f680 Lovelace \u2b50\ufe0f", description="Helped \U0001f389\u2728 a lot")
    )

    assert "Ada Lovelace" in words
    assert "Helped a lot" in words


@pytest.mark.parametrize("nothing", ["\U0001f389\U0001f49c", "\u200b"], ids=["emoji", "invisible"])
def test_names_without_words_are_told_by_their_addresses(nothing):
    badge = signed()
    badge["issuer"]["name"] = badge["credentialSubject"]["achievement"]["name"] = nothing
    found = certificate(Certificate(credential=badge, name=nothing, page=PAGE, picture=PICTURE, accent="#24306e"))
    about: Any = PdfReader(io.BytesIO(found)).metadata

    assert "WEAVERS RECOGNISES helper earned by member k3j5x2m7q4r6t8v0w1y2z3a4b5" in text_of(found)
    assert (about.title, about.author) == ("helper · weavers", "weavers")


def test_scripts_of_the_world():
    """Hebrew and Greek are in our own fonts; what no font here has is refused with what to do."""
    assert made("Ελένη Παπαδοπούλου")
    assert made("ליאורה כהן")
    with pytest.raises(DesignError, match=r"wanted a font that has every character, got: .*install one, such as Noto"):
        made("\U00012000 of Uruk\U0001f9ff")


# --- the credential in it -------------------------------------------------------------------------


def test_the_badge_is_attached_to_it_and_verifies(plain):
    ((name, (content,)),) = PdfReader(io.BytesIO(plain)).attachments.items()

    assert name == "credential.json"
    assert content == to_json(signed())
    assert attached(plain).encode() == content
    found = verify(plain, policy=Policy(documents={LIST_URL: status_list(1)}), at=NOW)
    assert (found.verdict, read(plain).form) == (Verdict.VALID, "pdf")


def pdf_with(*files: bytes, packing: bytes = b"/FlateDecode", pack=zlib.compress) -> bytes:
    """Return what looks like a PDF of others to who looks for its files alone."""
    parts = [b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n"]
    for number, file in enumerate(files, 2):
        packed = pack(file)
        told = b"<< /Length %d /Type  /EmbeddedFile /Filter [%s] /Params <</Size 9>> >>" % (len(packed), packing)
        parts.append(b"%d 0 obj\n%s\nstream\r\n%s\nendstream\nendobj\n" % (number, told, packed))
    return b"".join(parts) + b"%%EOF"


def test_pdfs_of_others_are_read():
    token = signed_jwt()
    assert attached(pdf_with(b"notes", token.encode())) == token
    assert json.loads(attached(pdf_with(b'{"a": 1}', packing=b"", pack=bytes))) == {"a": 1}


@pytest.mark.parametrize(
    ("pdf", "words"),
    [
        (b"%PDF-1.7", "wanted one credential attached to the PDF, got 0"),
        (pdf_with(b"notes"), "got 0 among 1 files"),
        (pdf_with(b"{}", b"{}"), "got 2"),
        (pdf_with(*[b"{}"] * 17), "at most 16 files"),
        (pdf_with(b"{}", packing=b"/LZWDecode"), "packed by /FlateDecode, got '/LZWDecode'"),
        (pdf_with(b"{}", packing=b"/ASCIIHexDecode /FlateDecode"), "packed by /FlateDecode"),
        (pdf_with(b"{}", pack=bytes), "compressed text"),
        (pdf_with(b"{}" * 99, pack=lambda raw: zlib.compress(raw)[:-6]), "to its end"),
        (pdf_with(b"{" + b" " * 3_000_000), "at most 1048576 bytes"),
        (b"%PDF-1.7 /Type /EmbeddedFile", "wanted a whole file"),
        (b"%PDF-1.7 1 0 obj <</Type/EmbeddedFile>> stream\n{}", "wanted a whole file"),
        (b"%PDF-" + b"x" * 2_100_000, "at most 2097152 bytes"),
    ],
)  # fmt: skip
def test_pdfs_without_exactly_one_credential_are_refused_soon(pdf, words):
    begun = time.thread_time()
    with pytest.raises(BakingError, match=words):
        attached(pdf)

    assert time.thread_time() - begun < 1


@given(st.binary(max_size=200), st.binary(max_size=60))
def test_arbitrary_bytes_raise_nothing_else(raw, more):
    for pdf in (b"%PDF-" + raw, pdf_with(raw) + more, b"%PDF-1 obj<</Type/EmbeddedFile>>stream\n" + raw + b"endstream"):
        try:
            attached(pdf)
        except BakingError:
            continue
