"""What a JSON-LD document says, and all that is refused before it is signed or believed."""

from __future__ import annotations

import copy
import hashlib
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyld import jsonld

from badges import UnsafeDocumentError, credential
from badges.linked.canonical import canonize, check_issuable, escape, statements
from badges.linked.rdfc import Quad, canonicalize
from badges.work import working
from schemas import contexts
from tests.badges.oracles import said_by_oxigraph
from tests.badges.samples import facts, vector

V2 = contexts.CREDENTIALS_V2
STRING = "http://www.w3.org/2001/XMLSchema#string"
EXAMPLES = contexts.EXAMPLES_V2


def minimal(**members):
    """Return a small credential with more members."""
    return {
        "@context": [V2, contexts.OPEN_BADGES],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential"],
        "issuer": "did:example:issuer",
        "credentialSubject": {"id": "did:example:subject"},
    } | members


def by_pyld(document):
    """Return what PyLD says alone, contexts from our table."""

    def load(url, _options):
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": url,
            "document": copy.deepcopy(contexts.document(url)),
        }

    options = {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load}
    return jsonld.normalize(document, options)


# --- known answers --------------------------------------------------------------------------------


def test_the_guide_s_example_gives_its_canonical_form():
    """Open Badges 3.0 implementation guide, "Linked Data Proof" example."""
    known = vector("ob-spec/ldp-known-answer.json")
    config = known["proofConfig"] | {"@context": known["unsecured"]["@context"]}

    document, proof = canonize(known["unsecured"]).nquads, canonize(config).nquads
    assert (document, proof) == (known["documentCanon"], known["proofCanon"])
    assert hashlib.sha256(document.encode()).hexdigest() == known["documentHash"]
    assert hashlib.sha256(proof.encode()).hexdigest() == known["proofHash"]


def test_the_w3c_example_gives_its_canonical_form():
    """VC-DI-EDDSA "Test Vectors", eddsa-rdfc-2022."""
    known = vector("vc-di-eddsa/eddsa-rdfc-2022/known-answer.json")
    signed = vector("vc-di-eddsa/eddsa-rdfc-2022/signedDataInt.json")
    unsecured = {name: value for name, value in signed.items() if name != "proof"}

    assert canonize(unsecured).nquads == known["canonDocDataInt.txt"]
    assert canonize(known["proofConfigDataInt.json"]).nquads == known["proofCanonDataInt.txt"]


def test_the_fullest_badge_known_is_within_the_budget():
    document = vector("ob-spec/example-fullOpenBadge-1.json")
    unsecured = {name: value for name, value in document.items() if name != "proof"}

    assert canonize(unsecured).nquads == by_pyld(unsecured)


texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=20
)


VALUES = st.sampled_from(
    [
        *("x", "y", 1, 2.5, -0.0, 1e30, True, "urn:a"),
        {"@value": "x", "@language": "en"},
        {"@value": "x", "@language": "de", "@direction": "rtl"},
        {"@value": 3, "@type": "http://www.w3.org/2001/XMLSchema#double"},
        {"@value": {"b": [1, "x"]}, "@type": "@json"},
        *({"@id": "urn:a"}, {"@id": "_:n"}, {"@list": []}),
    ]
)
IDS, TYPES = st.sampled_from(["urn:a", "urn:b", "_:n", "_:m"]), st.sampled_from([["urn:T"], ["urn:T", "_:t"]])


def graphs(inner):
    node = st.fixed_dictionaries({"@id": st.just("urn:g"), "urn:p": inner})
    return st.fixed_dictionaries({"@graph": st.lists(node, max_size=2)})


SPELLED = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries({}, optional={"@id": IDS, "@type": TYPES, "urn:p": inner, "urn:q": inner})
        | st.lists(inner, max_size=3).map(lambda items: {"@list": items})
        | graphs(inner)
    ),
    max_leaves=8,
)
"""Values as JSON-LD lets them be written, lists, graphs, languages and directions among them."""


def found_by_pyld(document):
    """Return the statements that PyLD finds, each once."""
    dataset = jsonld.to_rdf(document, {"rdfDirection": "i18n-datatype"})
    return {
        Quad(
            _term(triple["subject"]),
            _term(triple["predicate"]),
            _term(triple["object"]),
            "" if name == "@default" else name,
        )
        for name, triples in dataset.items()
        for triple in triples
    }


def _term(part):
    if part["type"] != "literal":
        return part["value"]
    return f'"{part["value"]}"^^<{part["datatype"]}>{part.get("language", "")}'


@given(one=SPELLED, other=SPELLED)
@settings(max_examples=300)
def test_statements_are_those_that_pyld_finds_alone(one, other):
    document = {"@id": "urn:top", "urn:p": one, "urn:q": other}
    try:
        found, _ = statements(document)
    except UnsafeDocumentError:
        return
    theirs = canonicalize(found_by_pyld(document))
    assert len(theirs.splitlines()) == len(found)
    assert canonicalize(Quad(*map(plainly, quad)) for quad in found) == theirs


def plainly(term):
    """Return a term as `_term` writes it."""
    if term.startswith("<"):
        return term[1:-1]
    if not term.startswith('"'):
        return term
    text, _, kind = term[1:].rpartition('"')
    language, datatype = ("", kind[3:-1]) if kind.startswith("^^") else (kind[1:], "")
    datatype = datatype or ("http://www.w3.org/1999/02/22-rdf-syntax-ns#langString" if language else STRING)
    return f'"{text.replace(chr(92) + chr(34), chr(34))}"^^<{datatype}>{language}'


@given(name=texts, criteria=texts, narrative=texts, tag=texts)
@settings(max_examples=40)
def test_two_other_canonicalizers_agree_on_any_words(name, criteria, narrative, tag):
    made = credential(facts(narrative=narrative, community_name=name))
    made["credentialSubject"]["achievement"] |= {"criteria": {"narrative": criteria}, "tag": [tag]}

    assert canonize(made).nquads == by_pyld(made) == said_by_oxigraph(made)


def test_every_node_of_our_credentials_has_a_name():
    assert "_:" not in canonize(credential(facts())).nquads


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"colour": "red"}, "terms that the contexts define, got 'colour'"),
        ({"type": ["VerifiableCredential", "Colourful"]}, "ids and types .*, got 'Colourful'"),
        ({"id": "relative/id"}, "absolute ids and types"),
        ({"id": ""}, "absolute ids and types"),
        ({"id": "https://x.example/a b"}, "an absolute IRI"),
        ({"id": "https://x.example/>.<urn:x"}, "an absolute IRI"),
        ({"issuer": "nobody"}, "absolute ids and types"),
        ({"credentialSubject": {"id": "did:example:subject", "favourite": 1}}, "'favourite'"),
        ({"validUntil": None}, "got null"),
        ({"name": {"@value": None}}, "got null"),
        ({"name": {"@value": "x", "@language": "en> <urn:x"}}, "a language tag"),
        ({"name": "\ud800"}, "a lone surrogate"),
        ({"\udfff": "x"}, "a lone surrogate"),
        ({"https://x.example/p": float("nan")}, "a finite number"),
        ({"@included": [{"@id": "urn:x", "https://x.example/p": 1}]}, "got @included"),
        ({"@reverse": {"https://x.example/p": {"@id": "urn:x"}}}, "got @reverse"),
        ({"https://x.example/p": {"@value": "x", "@index": "hidden"}}, "got @index"),
        ({"_:p": "x"}, "properties that are absolute IRIs"),
        ({"https://x.example/a b": "x"}, "terms that the contexts define"),
        ({"@graph": [{"@id": "urn:x"}]}, "about one thing|absolute IRIs|colliding"),
        ({"@context": [V2, None]}, "wanted JSON-LD"),
        ({"@context": [V2, 7]}, "wanted JSON-LD"),
        ({"@context": [V2, {"VerifiableCredential": "https://x.example/vc"}]}, "protected term redefinition"),
        ({"@context": [V2, {"@vocab": 7}]}, "wanted JSON-LD"),
    ],
)
def test_what_readers_could_take_differently_is_refused(members, words):
    with pytest.raises(UnsafeDocumentError, match=words):
        canonize(minimal(**members))


def test_a_context_that_is_not_at_hand_is_refused_by_its_name():
    with pytest.raises(contexts.UnknownContextError, match=r"x\.example/context"):
        canonize(minimal(**{"@context": [V2, "https://x.example/context"]}))


def test_a_nested_context_is_refused_too():
    with pytest.raises(contexts.UnknownContextError, match=r"x\.example/context"):
        canonize(minimal(credentialSubject={"@context": "https://x.example/context", "id": "urn:x"}))


def test_an_extra_context_adds_but_never_replaces():
    extra = {
        "https://x.example/context": {"@context": {"colour": "https://x.example/colour"}},
        V2: {"@context": {"@vocab": "https://evil.example/"}},
    }
    document = minimal(**{"@context": [V2, "https://x.example/context"], "colour": "red"})

    nquads = canonize(document, extra=extra).nquads
    assert '<https://x.example/colour> "red"' in nquads
    assert "evil" not in nquads


def test_a_document_s_own_context_does_not_outlive_the_call():
    own = minimal(**{"@context": [V2, {"colour": "https://x.example/colour"}], "colour": "red"})
    assert "x.example/colour" in canonize(own).nquads

    with pytest.raises(UnsafeDocumentError, match="'colour'"):
        canonize(minimal(colour="red"))


def test_size_is_bounded():
    with pytest.raises(UnsafeDocumentError, match="units of work"):
        canonize(minimal(credentialSubject=[{"id": f"urn:{one}"} for one in range(20_000)]))


def test_depth_is_bounded():
    deep: dict[str, object] = {"id": "urn:deep"}
    for _ in range(60):
        deep = {"https://x.example/p": deep}

    with pytest.raises(UnsafeDocumentError, match="48 levels"):
        canonize(minimal(credentialSubject=deep))


@pytest.mark.parametrize("named", [[V2] * 300, [V2, contexts.OPEN_BADGES] * 50], ids=["alike", "in turn"])
def test_contexts_are_counted(named):
    """What is named after others is taken in anew: it could say otherwise what they said."""
    with pytest.raises(UnsafeDocumentError, match="units of work"):
        canonize(minimal(**{"@context": named}))


def test_a_long_term_cannot_be_multiplied():
    context = [V2, {"p": "https://x.example/" + "p" * 100_000}]

    with pytest.raises(UnsafeDocumentError, match="units of work"):
        canonize(minimal(**{"@context": context, "p": [{"p": str(one)} for one in range(500)]}))


def test_terms_of_its_own_are_few():
    terms = {f"t{one}": f"urn:{one}" for one in range(10_000)}

    with pytest.raises(UnsafeDocumentError, match="units of work"):
        canonize(minimal(**{"@context": [V2, terms]}))


def test_what_is_said_of_one_thing_is_not_compared_with_all_the_rest():
    """As PyLD alone does; so twice as much said takes twice the work, wherever in the document it is said."""

    def work(number):
        types = [f"urn:{one}" for one in range(number)]
        with working(1_000_000) as spent:
            canonize(minimal(**{"urn:q": [{"id": "urn:x", "urn:p": one} for one in types], "urn:p": types}))
        return spent.spent

    assert work(800) < 2 * work(400)
    assert canonize(minimal(**{"urn:p": ["x"] * 2_000})).nquads.count("<urn:p>") == 1


def test_a_context_is_applied_once_for_all_who_use_it():
    scoped = {"p": {"@id": "urn:p", "@context": {f"t{one}": f"urn:{one}" for one in range(480)}}}

    def work(number):
        subjects = [{"id": f"urn:{one}", "p": {"id": "urn:x"}} for one in range(number)]
        with working(1_000_000) as spent:
            canonize(minimal(**{"@context": [V2, scoped], "credentialSubject": subjects}))
        return spent.spent

    assert work(200) - work(100) < 100 * 150


def test_a_long_id_cannot_be_multiplied():
    properties = {f"urn:{one}": one for one in range(400)}
    document = minimal(credentialSubject={"id": "urn:" + "x" * 200_000, **properties})
    tracemalloc.start()
    with pytest.raises(UnsafeDocumentError, match="units of work"):
        canonize(document)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < 40_000_000  # bytes, where the statements would have 80 million


def test_poison_in_a_document_is_refused_early():
    friends = [{"id": f"_:n{one}", "knows": [f"_:n{other}" for other in range(9) if other != one]} for one in range(9)]
    context = [V2, {"knows": {"@id": "https://x.example/knows", "@type": "@id"}}]
    begun = time.thread_time()

    with pytest.raises(UnsafeDocumentError, match="units of work"):
        canonize(minimal(**{"@context": context, "credentialSubject": friends}))
    assert time.thread_time() - begun < 3


# --- characters -----------------------------------------------------------------------------------


def test_escapes_are_those_of_the_specification():
    """RDFC-1.0 "Canonical N-Quads form"."""
    assert escape('\b\t\n\f\r"\\') == r"\b\t\n\f\r\"\\"
    assert escape("\x00\x1f\x7f\ufffe\uffff") == r"\u0000\u001F\u007F\uFFFE\uFFFF"
    assert escape("é\u2028😀\x85") == "é\u2028😀\x85"


@pytest.mark.parametrize("text", ["a\x01b", "a\x7fb", "a\bb", "a\ufffeb"])
def test_controls_are_read_but_never_signed(text):
    said = canonize(minimal(name=text))

    with pytest.raises(UnsafeDocumentError, match="without control characters"):
        check_issuable(said)


@pytest.mark.parametrize("text", ["tab\tline\nreturn\r", r"C:\books\fables", 'say "yes"'])
def test_ordinary_escapes_may_be_signed(text):
    check_issuable(canonize(minimal(name=text)))


def test_lists_that_some_verifiers_sort_otherwise_are_not_signed():
    said = canonize(minimal(**{"@context": [V2, EXAMPLES], "labels": ["😀 x", "\uff21 y"]}))

    with pytest.raises(UnsafeDocumentError, match="every verifier sorts alike"):
        check_issuable(said)


def test_direction_is_signed_and_not_lost():
    """JSON-LD 1.1 "i18n Datatype", as established verifiers do."""
    said = canonize(minimal(name={"@value": "x", "@language": "EN", "@direction": "rtl"})).nquads

    assert '"x"^^<https://www.w3.org/ns/i18n#en_rtl>' in said
