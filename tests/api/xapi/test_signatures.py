"""Certificates that are odd in every byte are refused in words, and a payload may be any JSON at all."""

from __future__ import annotations

import base64
import json

import pytest

from api.xapi.signatures import MEDIA, UnsignedError, check
from tests.api.xapi.telling import number, told
from tests.api.xapi.test_attachments import certificate, encoded, signature

ODD: tuple[object, ...] = (
    None,
    0,
    "x",
    [],
    {},
    [[]],
    {"id": []},
    {"objectType": []},
    {"objectType": "SubStatement"},
    {"member": [1, {}]},
)


def of(der: bytes) -> bytes:
    return signature(told(), x5c=[base64.b64encode(der).decode()])


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_a_certificate_with_any_byte_changed_is_refused_or_taken():
    der = base64.b64decode(certificate())
    taken = 0
    for at in range(min(len(der), 400)):
        for bit in (0x01, 0x04, 0x80):
            try:
                check(told(), MEDIA, of(der[:at] + bytes([der[at] ^ bit]) + der[at + 1 :]))
                taken += 1
            except UnsignedError:
                pass
    assert taken  # where what was changed is not looked at, as a name


@pytest.mark.parametrize("name", ["actor", "verb", "object", "context", "result", "timestamp", "attachments", "id"])
@pytest.mark.parametrize("odd", ODD, ids=json.dumps)
def test_a_payload_that_is_no_statement_is_refused(name: str, odd: object):
    payload = told(id=number(1)) | {name: odd}
    if name == "attachments" and (not odd or not isinstance(odd, list)):
        payload["actor"] = odd
    with pytest.raises(UnsignedError):
        check(told(id=number(1)), MEDIA, signature(payload))


@pytest.mark.parametrize("payload", ODD, ids=json.dumps)
def test_a_payload_that_is_no_object_is_refused(payload: object):
    with pytest.raises(UnsignedError):
        check(told(id=number(1)), MEDIA, signature(payload))
    with pytest.raises(UnsignedError):
        check(told(), MEDIA, encoded(payload) + b"..")
