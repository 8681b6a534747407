"""What is attached to statements, both ways, and signatures over them, which are held before anything is kept."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from api.xapi.multipart import parts
from tests.api.xapi.telling import BOUNDARY, SCHOOL, ada, attachment, mixed, number, part, sha2, told, wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.xapi.telling import Store

PHOTO = b"\x89PNG\r\n\r\n--not the end\r\n\x00"
SIGNED = "http://adlnet.gov/expapi/attachments/signature"


def test_what_is_attached_is_given_back_to_who_asks_for_it(store: Store) -> None:
    statement = told(id=number(1), attachments=[attachment(PHOTO), attachment(b"", contentType="text/plain")])
    answer = store.attached(statement, part(PHOTO), part(b"", Content_Type="text/plain"))
    assert (answer.status_code, answer.json()) == (200, [number(1)])
    assert store.one(number(1))["attachments"] == statement["attachments"]

    for asked in ({"statementId": number(1)}, {}):
        got = store.get(attachments="true", **asked)
        assert got.headers["content-type"].startswith("multipart/mixed; boundary=")
        first, *others = parts(got.content, got.headers["content-type"])
        assert first.headers == {"content-type": "application/json"}
        found = json.loads(first.content)
        assert (found if asked else found["statements"][0])["id"] == number(1)
        assert {each.headers["x-experience-api-hash"]: each.content for each in others} == {
            sha2(PHOTO): PHOTO, sha2(b""): b"",
        }  # fmt: skip
        assert {each.headers["content-type"] for each in others} == {"image/png", "text/plain"}


def test_one_part_may_be_of_several_statements_and_is_given_back_once(store: Store) -> None:
    statements = [told(what=f"course/{n}", attachments=[attachment(PHOTO)]) for n in (1, 2)]
    assert store.attached(statements, part(PHOTO)).status_code == 200
    got = store.get(attachments="true")
    assert len(parts(got.content, got.headers["content-type"])) == 2


def test_what_lies_elsewhere_need_not_come_along(store: Store) -> None:
    statement = told(id=number(1), attachments=[attachment(PHOTO, fileUrl=f"{SCHOOL}/photo.png")])
    assert store.take(statement) == [number(1)]
    got = store.get(attachments="true")
    assert len(parts(got.content, got.headers["content-type"])) == 1
    assert wrong(store.post(told(attachments=[attachment(PHOTO)]))) == []


def test_a_statement_alone_may_come_in_parts_too(store: Store) -> None:
    assert store.attached(told(id=number(1))).json() == [number(1)]
    headers = {"Content-Type": f'multipart/mixed; boundary="{BOUNDARY}"'}
    body = mixed(told(attachments=[attachment(PHOTO)]), part(PHOTO)).replace(b"\r\n--between", b"\n--between")
    answer = store.ask("PUT", "statements", params={"statementId": number(2)}, content=body, headers=headers)
    assert answer.status_code == 204, answer.text


BODIES: dict[str, Callable[[], bytes]] = {
    "a part nobody names": lambda: mixed(told(), part(PHOTO)),
    "no part that is named": lambda: mixed(told(attachments=[attachment(PHOTO)])),
    "other bytes": lambda: mixed(
        told(attachments=[attachment(PHOTO)]), part(PHOTO + b".", X_Experience_API_Hash=sha2(PHOTO))
    ),
    "no hash": lambda: mixed(told(attachments=[attachment(PHOTO)]), part(PHOTO, X_Experience_API_Hash="")),
    "no encoding": lambda: mixed(told(attachments=[attachment(PHOTO)]), part(PHOTO, Content_Transfer_Encoding="")),
    "base64": lambda: mixed(told(attachments=[attachment(PHOTO)]), part(PHOTO, Content_Transfer_Encoding="base64")),
    "a first part of another kind": lambda: mixed(told(), first="text/plain"),
    "no end": lambda: mixed(told())[: -len(BOUNDARY) - 6],
    "no parts": lambda: b"",
    "no headers": lambda: b"--between\r\nnothing\r\n--between--\r\n",
    "a header that is none": lambda: b"--between\r\nnothing\r\n\r\n{}\r\n--between--\r\n",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_parts_that_are_none_are_refused_and_nothing_is_kept(store: Store, body: Callable[[], bytes]) -> None:
    headers = {"Content-Type": f"multipart/mixed; boundary={BOUNDARY}"}
    assert wrong(store.ask("POST", "statements", content=body(), headers=headers)) == []
    assert store.found() == []


def test_parts_without_a_boundary_are_none(store: Store) -> None:
    assert wrong(store.ask("POST", "statements", content=b"", headers={"Content-Type": "multipart/mixed"})) == []


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65_537, 2_048)


@cache
def certificate() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "The School")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key().public_key())
    made = made.serial_number(1).not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    signed = made.not_valid_after(datetime(2036, 1, 1, tzinfo=UTC)).sign(key(), SHA256())
    return base64.b64encode(signed.public_bytes(Encoding.DER)).decode()


def encoded(told: Any) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=")


def signature(statement: Any, **header: Any) -> bytes:
    """Return a JWS over a statement."""
    said = {"alg": "RS256", "x5c": [certificate()], **header}
    pieces = encoded({name: value for name, value in said.items() if value}) + b"." + encoded(statement)
    return pieces + b"." + base64.urlsafe_b64encode(key().sign(pieces, padding.PKCS1v15(), SHA256())).rstrip(b"=")


def signed(store: Store, raw: bytes, *, media: str = "application/octet-stream", **statement: Any) -> Any:
    """Post a statement with a signature."""
    item = attachment(raw, usageType=SIGNED, contentType=media, display={"en": "signature"})
    told_ = told(id=number(1), attachments=[item], **statement)
    return store.attached(told_, part(raw, Content_Type=media))


def test_a_signed_statement_is_kept_with_its_signature(store: Store) -> None:
    raw = signature(told(id=number(1)))
    answer = signed(store, raw)
    assert answer.status_code == 200, answer.text
    got = store.get(statementId=number(1), attachments="true")
    assert parts(got.content, got.headers["content-type"])[1].content == raw


def test_a_signature_without_certificate_is_kept_for_who_knows_the_key(store: Store) -> None:
    assert signed(store, signature(told(id=number(1)), x5c=None)).status_code == 200


def flipped(raw: bytes) -> bytes:
    head, payload, last = raw.split(b".")
    return b".".join((head, payload, (b"B" if last[:1] == b"A" else b"A") + last[1:]))


FORGED: dict[str, Callable[[], bytes]] = {
    "a bit of it is another": lambda: flipped(signature(told(id=number(1)))),
    "it is of another statement": lambda: signature(told(id=number(1), actor=ada("bo"))),
    "it is of no statement": lambda: signature([1]),
    "it is not RSA": lambda: signature(told(id=number(1)), alg="ES256"),
    "it is of nothing": lambda: signature(told(id=number(1)), alg="none"),
    "its algorithm is no text": lambda: signature(told(id=number(1)), alg={"a": 1}),
    "its certificate is none": lambda: signature(told(id=number(1)), x5c=["AAAA"]),
    "its certificates are no list": lambda: signature(told(id=number(1)), x5c="AAAA"),
    "its certificate is a number": lambda: signature(told(id=number(1)), x5c=[7]),
    "it is in two parts": lambda: signature(told(id=number(1))).rpartition(b".")[0],
    "it is not base64": lambda: b"*.*.*",
    "it is not JSON": lambda: b"AAAA.AAAA.AAAA",
    "it is empty": lambda: b"",
}


@pytest.mark.parametrize("raw", FORGED.values(), ids=FORGED)
def test_a_signature_that_is_none_is_refused(store: Store, raw: Callable[[], bytes]) -> None:
    assert wrong(signed(store, raw())) == []
    assert store.found() == []


def test_a_signature_is_of_its_own_kind_and_comes_along(store: Store) -> None:
    raw = signature(told(id=number(1)))
    assert wrong(signed(store, raw, media="text/plain")) == []
    item = attachment(raw, usageType=SIGNED, contentType="application/octet-stream", fileUrl=f"{SCHOOL}/s")
    assert wrong(store.post(told(id=number(1), attachments=[item]))) == []
