"""Signed texts of a log: notes, keys, checkpoints and proofs, by the specifications, and refused when touched."""

from __future__ import annotations

import base64
import struct
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.transparency import (
    Checkpoint,
    Kind,
    Proof,
    TransparencyError,
    VerifierKey,
    cosign,
    merkle_root,
    open_checkpoint,
    open_note,
    origin_of,
    sign_checkpoint,
    sign_note,
    verifier_key,
    verify_proof,
)
from tests.ledger.logs import ORIGIN, Log, signer

# signed-note "Example"
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = """This is an example message.

\N{EM DASH} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
# tlog-checkpoint: its first example, whose key is not told
BEHIND_THE_SOFA = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

TIME = 1_772_323_200  # 2026-03-01T00:00:00Z
LOG = Log(300)
NAMES = ["witness.example/w1", "witness.example/w2", "witness.example/w3"]
WITNESSES = [verifier_key(name, signer(name), Kind.COSIGNATURE) for name in NAMES]
TEXT = Checkpoint(ORIGIN, 300, LOG.root(300)).text
COSIGNATURES = "".join(cosign(TEXT, name, signer(name), time=TIME) for name in NAMES)
PROOF = LOG.proof(5)
COSIGNED = LOG.proof(5, cosignatures=COSIGNATURES)


def refused(match):
    return pytest.raises(TransparencyError, match=match)


def line(name, data):
    return f"\N{EM DASH} {name} {base64.b64encode(data).decode()}\n"


def test_the_example_of_the_specification_is_verified():
    key = VerifierKey.parse(EXAMPLE_KEY)
    assert (key.name, key.kind, key.key_id.hex()) == ("example.com/foo", Kind.NOTE, "530d903a")
    assert str(key) == EXAMPLE_KEY
    note = open_note(EXAMPLE, [key])
    assert note.text == "This is an example message.\n"
    assert [(each.key, each.time) for each in note.signatures] == [(key, None)]
    assert open_note(EXAMPLE.encode(), [key]) == note


def test_a_signature_is_made_as_the_specification_says():
    key = signer("ada")
    note = sign_note("One.\n\nTwo.\n", "example.com/ada", key)
    key_id = sha256(b"example.com/ada\n\x01" + key.public_key).digest()[:4]
    assert note == "One.\n\nTwo.\n\n" + line("example.com/ada", key_id + key.sign(b"One.\n\nTwo.\n"))
    assert open_note(note, [verifier_key("example.com/ada", key)]).text == "One.\n\nTwo.\n"


def test_a_cosignature_is_made_as_the_specification_says():
    key = signer(NAMES[0])
    key_id = sha256(NAMES[0].encode() + b"\n\x04" + key.public_key).digest()[:4]
    raw = base64.b64decode(cosign(BEHIND_THE_SOFA, NAMES[0], key, time=1_679_315_147).split(" ")[2])
    assert raw[:12] == key_id + struct.pack(">Q", 1_679_315_147)
    Ed25519PublicKey.from_public_bytes(key.public_key).verify(
        raw[12:],
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    )


@given(st.text(), st.binary(min_size=32, max_size=32), st.sampled_from(Kind))
def test_keys_are_read_as_they_are_written(name, public, kind):
    try:
        key = VerifierKey(name, public, kind)
    except TransparencyError:
        assert not name or "+" in name or any(each.isspace() or each < " " for each in name)
        return
    assert VerifierKey.parse(str(key)) == key


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "wanted name"),
        ("example.com/foo", "wanted name"),
        ("example.com/foo+530d903a", "wanted name"),
        (EXAMPLE_KEY.replace("530d903a", "530d903b"), "wanted the hash 530d903a"),
        (EXAMPLE_KEY.replace("530d903a", "530D903A"), "wanted the hash 530d903a"),
        (EXAMPLE_KEY.replace("foo", "bar"), "wanted the hash"),
        (EXAMPLE_KEY.replace("foo", "f oo"), "no space"),
        (EXAMPLE_KEY.replace("example.com/foo", ""), "not empty"),
        (EXAMPLE_KEY.replace("foo", "\ud800"), "wanted UTF-8"),
        (EXAMPLE_KEY[:-4], "wanted 32 bytes"),
        (EXAMPLE_KEY + "=", "wanted base64"),
        (EXAMPLE_KEY.replace("+Ae", "+Bu"), "wanted type 1"),
        (EXAMPLE_KEY + "\n", "wanted base64"),
        ("foo+01020304+", "wanted base64"),
    ],
)
def test_keys_that_are_none_are_refused(text, reason):
    with refused(reason):
        VerifierKey.parse(text)


def test_signatures_of_unknown_keys_are_ignored_whoever_they_say_they_are():
    ada, bo = (verifier_key(f"example.com/{name}", signer(name)) for name in ("ada", "bo"))
    note = sign_note("Text.\n", ada.name, signer("ada"))
    good = note.removeprefix("Text.\n\n")
    by_bo = sign_note("Text.\n", bo.name, signer("bo")).removeprefix("Text.\n\n")
    same_name = line(ada.name, b"\x00\x00\x00\x00" + bytes(64))
    same_id = line("example.com/other", ada.key_id + bytes(64))
    of_another_kind = line("example.com/pq", bytes(4) + bytes(2_428))
    for lines in (good + same_name, same_id + good, of_another_kind + good, by_bo + good + by_bo):
        found = open_note("Text.\n\n" + lines, [ada])
        assert [(each.key, each.line) for each in found.signatures] == [(ada, good)]
    both = open_note("Text.\n\n" + by_bo + good + by_bo, [ada, bo])
    assert {each.key for each in both.signatures} == {ada, bo}
    assert len(both.signatures) == 2


def test_one_signature_of_a_known_key_that_does_not_hold_spoils_the_note():
    ada = verifier_key("example.com/ada", signer("ada"))
    note = sign_note("Text.\n", ada.name, signer("ada"))
    for spoilt in (bytes(64), bytes(63), b"\x00"):
        with refused("wanted a signature that example.com/ada.* verifies"):
            open_note(note + line(ada.name, ada.key_id + spoilt), [ada])
    with refused("wanted a signature by a known key, got none"):
        open_note(note, [])
    with refused(r"wanted a signature by example.com/bo\+.*, got none"):
        open_note(note, [verifier_key("example.com/bo", signer("bo"))])


SIGNED = EXAMPLE.split("\n\n")[1]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", "got no empty line"),
        ("Text.\n" + SIGNED, "got no empty line"),
        (EXAMPLE[:-1], "wanted a newline after the last"),
        ("Text.\n\n", "wanted a newline after the last"),
        (EXAMPLE.replace("\N{EM DASH}", "-"), "wanted a dash"),
        (EXAMPLE.replace("\N{EM DASH} ", "\N{EM DASH}"), "wanted a dash"),
        (EXAMPLE.replace("foo Uw", "foo"), "wanted a dash, a name and base64"),
        (EXAMPLE.replace("foo Uw", "foo  Uw"), "wanted base64"),
        (EXAMPLE.replace("example.com/foo", "example.com/f+o"), "no plus"),
        (EXAMPLE.replace("example.com/foo", "example.com/f\u00a0o"), "no space"),
        (EXAMPLE.replace("example.com/foo", ""), "not empty"),
        (EXAMPLE.replace("QM=", "QN="), "wanted base64"),  # the same bytes, written otherwise
        (EXAMPLE.replace("QM=", "QM"), "wanted base64"),
        (EXAMPLE + "\N{EM DASH} x.example AAAAAA==\n", "wanted more than 4 bytes"),
        (EXAMPLE + "more\n", "wanted a dash"),
        (EXAMPLE.replace("\n", "\r\n"), r"no control character but newline, got '\\r'"),
        (EXAMPLE.replace("is an", "is\tan"), "no control character"),
        (EXAMPLE.replace("is an", "is\x00an"), "no control character"),
        (EXAMPLE.encode().replace(b"is an", b"is\xffan"), "wanted UTF-8"),
        (EXAMPLE.replace("is an", "is\ud800an"), "wanted UTF-8"),
        ("a" * 131_072 + EXAMPLE, "wanted at most 131072 bytes"),
        (EXAMPLE + SIGNED * 64, "wanted at most 64 signatures, got 65"),
    ],
)
def test_what_is_no_note_is_refused(raw, reason):
    with refused(reason):
        open_note(raw, [VerifierKey.parse(EXAMPLE_KEY)])


def test_a_note_of_sixteen_signatures_of_the_longest_kind_is_read():
    more = "".join(line(f"example.com/{number}", bytes(5_000)) for number in range(15))
    assert open_note(more.join([EXAMPLE, ""]), [VerifierKey.parse(EXAMPLE_KEY)]).text


def test_what_cannot_be_a_note_is_not_signed():
    with refused("wanted a newline at its end"):
        sign_note("Text.", "example.com/ada", signer("ada"))
    with refused("no control character"):
        sign_note("Te\txt.\n", "example.com/ada", signer("ada"))
    with refused("no space"):
        sign_note("Text.\n", "ada of example.com", signer("ada"))
    for time in (0, -1, 2**63):
        with refused("wanted a time"):
            cosign(TEXT, NAMES[0], signer(NAMES[0]), time=time)


def test_a_checkpoint_is_three_lines():
    found = Checkpoint.parse(BEHIND_THE_SOFA)
    assert found.origin == "example.com/behind-the-sofa"
    assert found.size == 20_852_163
    assert found.root.hex() == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
    assert found.text == BEHIND_THE_SOFA
    extended = Checkpoint.parse(BEHIND_THE_SOFA + "more\nand more\n")
    assert extended == found._replace(extensions=("more", "and more"))
    assert extended.text == BEHIND_THE_SOFA + "more\nand more\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a\n1\n", "wanted origin, size and root"),
        (BEHIND_THE_SOFA[:-1], "wanted origin, size and root"),
        (BEHIND_THE_SOFA + "\n", "wanted origin, size and root"),
        (BEHIND_THE_SOFA + "\nmore\n", "wanted origin, size and root"),
        ("\n" + BEHIND_THE_SOFA, "wanted origin, size and root"),
        (BEHIND_THE_SOFA.replace("20852163", "020852163"), "size of a checkpoint: wanted a decimal"),
        (BEHIND_THE_SOFA.replace("20852163", "+20852163"), "wanted a decimal"),
        (BEHIND_THE_SOFA.replace("20852163", "-1"), "wanted a decimal"),
        (BEHIND_THE_SOFA.replace("20852163", "1e3"), "wanted a decimal"),
        (BEHIND_THE_SOFA.replace("20852163", "20_852_163"), "wanted a decimal"),
        (BEHIND_THE_SOFA.replace("20852163", "9223372036854775808"), "wanted a decimal"),
        (BEHIND_THE_SOFA.replace("20852163", "9" * 10_000), "wanted a decimal"),
        (BEHIND_THE_SOFA.replace("20852163", "\N{ARABIC-INDIC DIGIT ONE}"), "wanted a decimal"),
        (BEHIND_THE_SOFA.replace("20852163", "0"), "wanted the root of an empty tree"),
        (BEHIND_THE_SOFA.replace("Cs", ""), "root of a checkpoint: wanted base64"),
        (BEHIND_THE_SOFA.replace("CsUY", ""), "wanted 32 bytes in base64, got 29"),
        (BEHIND_THE_SOFA.replace("q2I=", "q2J="), "wanted base64"),
        (BEHIND_THE_SOFA.replace("m/X", "m_X"), "wanted base64"),
        (BEHIND_THE_SOFA.replace("Cs", "\N{LATIN SMALL LETTER E WITH ACUTE}s"), "wanted base64"),
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused(text, reason):
    with refused(reason):
        Checkpoint.parse(text)


def test_a_signed_head_is_read_under_the_key_of_its_log():
    for size in (0, 1, 300):
        head = open_checkpoint(LOG.head(size), LOG.key)
        assert head.checkpoint == Checkpoint(ORIGIN, size, LOG.root(size))
        assert head.cosigned == ()
    assert LOG.head(0).split("\n")[2] == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="  # of nothing
    extended = sign_note(TEXT + "more\n", ORIGIN, LOG.signer)
    assert open_checkpoint(extended, LOG.key).checkpoint.extensions == ("more",)


def test_a_head_of_another_log_or_key_is_refused():
    other = Log(300, "badges.example.org/communities/potters/log")
    with refused("wanted a signature by badges.example.org/communities/weavers/log"):
        open_checkpoint(other.head(), LOG.key)
    assert open_checkpoint(LOG.head(), LOG.key)  # what is remembered of it is of this key
    with refused("wanted a signature by"):
        open_checkpoint(LOG.head(), replace(LOG.key, public=other.signer.public_key))
    stolen = sign_note(Checkpoint(other.origin, 300, other.root(300)).text, ORIGIN, LOG.signer)
    with refused("wanted one of the log badges.example.org/communities/weavers/log, got one of 'b.*potters/log'"):
        open_checkpoint(stolen, LOG.key)
    with refused("wanted a signature by the log's key"):
        open_checkpoint(TEXT + "\n" + COSIGNATURES, LOG.key, WITNESSES)
    with refused("wanted one of type 1, got type 4"):
        open_checkpoint(LOG.head(), replace(LOG.key, kind=Kind.COSIGNATURE))
    with refused("wanted one of type 4, got type 1"):
        open_checkpoint(LOG.head(), LOG.key, [LOG.key])


def test_a_head_that_could_not_be_read_again_is_not_signed():
    for head in (
        Checkpoint(f"{ORIGIN}\n1", 300, LOG.root(300)),
        Checkpoint(ORIGIN, 300, LOG.root(300), ("",)),
        Checkpoint(ORIGIN, 300, b""),
        Checkpoint(ORIGIN, 0, LOG.root(300)),
        Checkpoint(ORIGIN, -1, LOG.root(300)),
        Checkpoint("the weavers", 300, LOG.root(300)),
    ):
        with refused("wanted"):
            sign_checkpoint(head, LOG.signer)


def test_an_origin_is_an_address_without_its_scheme():
    assert origin_of("https://badges.example.org/communities/weavers/log/") == ORIGIN
    assert origin_of("http://127.0.0.1:8000/communities/weavers/log") == "127.0.0.1:8000/communities/weavers/log"
    for url in ("", "https://", "weavers/log", "https://example.org/a+b"):
        with refused("name of a key"):
            origin_of(url)


def test_cosignatures_of_known_witnesses_are_told_with_their_times():
    head = open_checkpoint(LOG.head() + COSIGNATURES, LOG.key, WITNESSES[:2])
    assert [(each.key, each.time) for each in head.cosigned] == [(key, TIME) for key in WITNESSES[:2]]
    other_text = cosign(TEXT.replace("300", "301"), NAMES[0], signer(NAMES[0]), time=TIME)
    for wrong, reason in (
        (other_text, "wanted a signature that"),
        (line(NAMES[0], WITNESSES[0].key_id + struct.pack(">Q", 2**63) + bytes(64)), "8 bytes of a time"),
        (line(NAMES[0], WITNESSES[0].key_id + bytes(72)), "8 bytes of a time"),
        (line(NAMES[0], WITNESSES[0].key_id + bytes(64)), "8 bytes of a time"),
        (line(NAMES[0], WITNESSES[0].key_id + b"\xff" * 20_000), "8 bytes of a time"),
    ):
        with refused(reason):
            open_checkpoint(LOG.head() + wrong, LOG.key, WITNESSES)


def test_a_proof_is_written_as_the_specification_says():
    assert (
        "\n".join(
            [
                "c2sp.org/tlog-proof@v1",
                "index 5",
                *(base64.b64encode(each).decode() for each in LOG.inclusion(5, 300)),
                "",
                LOG.head(),
            ]
        )
        == PROOF
    )
    found = Proof.parse(PROOF)
    assert (found.index, list(found.hashes), found.checkpoint) == (5, LOG.inclusion(5, 300), LOG.head())
    with_extra = replace(found, extra=b"anything")
    assert with_extra.text.split("\n")[1] == "extra YW55dGhpbmc="
    assert Proof.parse(with_extra.text) == with_extra
    assert verify_proof(with_extra.text, LOG.entries[5], LOG.key).index == 5
    assert verify_proof(with_extra, LOG.entries[5], LOG.key).index == 5


def test_proofs_of_any_entry_verify():
    for size in (1, 2, 255, 256, 257, 300):
        for index in {0, size // 2, size - 1}:
            proven = verify_proof(LOG.proof(index, size), LOG.entries[index], LOG.key)
            assert (proven.index, proven.head.checkpoint.size) == (index, size)


def test_a_proof_is_as_long_as_was_said():
    """At a million leaves it goes into a badge: 20 hashes of 45 characters, and a signed head."""
    head = sign_checkpoint(Checkpoint(ORIGIN, 2**20, merkle_root([])), LOG.signer)
    assert len(Proof(12_345, (bytes(32),) * 20, head).text.encode()) < 1_300


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "proof: wanted c2sp.org/tlog-proof@v1"),
        (PROOF.replace("@v1", "@v2"), "wanted c2sp.org/tlog-proof@v1"),
        (PROOF.split("\n\n", maxsplit=1)[0], "wanted c2sp.org/tlog-proof@v1, its lines and a checkpoint"),
        (PROOF.replace("index 5\n", ""), "wanted the line of the index"),
        (PROOF.replace("index 5", "index 05"), "index of a proof: wanted a decimal"),
        (PROOF.replace("index 5", "index  5"), "index of a proof: wanted a decimal"),
        (PROOF.replace("index 5", "index 300"), "wanted a leaf from 0 to size - 1, got leaf 300 of 300"),
        (PROOF.replace("index 5", "index 4"), "wanted the root"),
        (PROOF.replace("index 5", "extra \nindex 5"), "extra data of a proof: wanted base64"),
        (PROOF.replace("index 5", "extra AAAA\nextra AAAA\nindex 5"), "wanted the line of the index"),
        (PROOF.replace("index 5\n", "index 5\n" + "A" * 43 + "=\n"), "wanted 9 hashes .*, got 10: cut or extended"),
        (PROOF.replace("index 5\n", "index 5\n" + ("A" * 43 + "=\n") * 60), "wanted at most 63 hashes, got 69"),
        (PROOF.replace("\n\n", "\n\n\n", 1), "wanted origin, size and root|wanted a signature"),
        (PROOF.replace("index 5\n", "index 5\n\n"), "wanted"),
        (PROOF + "\n", "wanted"),
        (PROOF[:-1], "wanted a newline after the last"),
        ("\n" + PROOF, "proof: wanted"),
        (PROOF.replace("\n", "\r\n"), "no control character"),
        (PROOF + "a" * 131_072, "wanted at most 131072 bytes"),
    ],
)
def test_a_text_that_proves_nothing_is_refused_with_the_reason(text, reason):
    with refused(reason):
        verify_proof(text, LOG.entries[5], LOG.key)


def test_another_entry_log_or_key_is_refused():
    with refused("the leaf, its place, or a hash of the proof is another"):
        verify_proof(PROOF, LOG.entries[6], LOG.key)
    with refused("wanted a signature by"):
        verify_proof(PROOF, LOG.entries[5], replace(LOG.key, name="badges.example.org/communities/potters/log"))
    with refused("wanted a signature by"):
        verify_proof(PROOF, LOG.entries[5], replace(LOG.key, public=signer("another").public_key))
    fork = Log(300, of="others")
    with refused("wanted the root"):
        verify_proof(replace(Proof.parse(PROOF), checkpoint=fork.head()).text, LOG.entries[5], LOG.key)


def test_every_single_bit_of_a_proof_counts():
    """All of them, some 7,000: whichever is flipped, the proof is refused."""
    raw, entry, accepted = PROOF.encode(), LOG.entries[5], []
    for at in range(len(raw)):
        for bit in range(8):
            spoilt = bytearray(raw)
            spoilt[at] ^= 1 << bit
            try:
                accepted.append(verify_proof(bytes(spoilt), entry, LOG.key))
            except TransparencyError as error:
                assert "wanted" in str(error)  # noqa: PT017 - thousands of times; `raises` would count alike
    assert accepted == []


@given(st.data())
@settings(max_examples=300)
def test_a_proof_that_was_cut_extended_or_mixed_is_refused(data):
    raw = COSIGNED.encode()
    begin, end = sorted([data.draw(st.integers(0, len(raw))), data.draw(st.integers(0, len(raw)))])
    middle = data.draw(st.one_of(st.binary(max_size=40), st.just(raw[begin:end][::-1]), st.just(b"")))
    spoilt = raw[:begin] + middle + raw[end:]
    if spoilt != raw:
        with refused("wanted"):
            verify_proof(spoilt, LOG.entries[5], LOG.key, witnesses=WITNESSES, quorum=3)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
def test_anything_else_is_refused(raw):
    with refused("wanted"):
        verify_proof(raw, LOG.entries[5], LOG.key)


def test_a_quorum_is_of_different_witnesses():
    entry = LOG.entries[5]
    assert len(verify_proof(COSIGNED, entry, LOG.key, witnesses=WITNESSES, quorum=3).head.cosigned) == 3
    two = LOG.proof(5, cosignatures=COSIGNATURES[: COSIGNATURES.rindex("\N{EM DASH}")])
    verify_proof(two, entry, LOG.key, witnesses=WITNESSES, quorum=2)
    with refused("witnesses: wanted 3 to have cosigned, got 2"):
        verify_proof(two, entry, LOG.key, witnesses=WITNESSES, quorum=3)
    with refused("witnesses: wanted 1 to have cosigned, got 0"):
        verify_proof(PROOF, entry, LOG.key, witnesses=WITNESSES, quorum=1)
    for witnesses, quorum in (([], 1), (WITNESSES, 4), (WITNESSES, -1)):
        with refused("quorum: wanted 0 to"):
            verify_proof(COSIGNED, entry, LOG.key, witnesses=witnesses, quorum=quorum)
    twice = verifier_key("witness.example/again", signer(NAMES[0]), Kind.COSIGNATURE)
    again = LOG.proof(5, cosignatures=COSIGNATURES + cosign(TEXT, twice.name, signer(NAMES[0]), time=TIME))
    with refused("quorum: wanted 0 to"):
        verify_proof(again, entry, LOG.key, witnesses=[WITNESSES[0], twice], quorum=2)


def test_a_witness_that_signed_another_head_spoils_the_proof():
    wrong = cosign(TEXT.replace("300", "299"), NAMES[2], signer(NAMES[2]), time=TIME)
    with refused("wanted a signature that witness.example/w3"):
        verify_proof(LOG.proof(5, cosignatures=wrong), LOG.entries[5], LOG.key, witnesses=WITNESSES)
    verify_proof(LOG.proof(5, cosignatures=wrong), LOG.entries[5], LOG.key, witnesses=WITNESSES[:2])
