"""Badges that want to run, given to the verifier in every form: on its page, and in frames, they do nothing.

They are opened in a real browser without our Content-Security-Policy: escaping alone must do.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from api.holding.embedding import frame
from api.web.access import PAGE_POLICY
from api.words.rendering import Pages
from badges import sign, sign_jwt, to_json
from tests.api.people import COMMUNITY, a_spring
from tests.api.test_hostile_pictures import PAYLOADS as PICTURES
from tests.api.test_hostile_pictures import whole
from tests.api.verifying.test_verify_page import ORIGIN, outcome, verified
from tests.badges.samples import GOLDEN, METHOD, SIGNER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Dialog, Page, Route

    from tests.api.conftest import Guild

RUN = "alert(1)"
CONTEXTS = ("https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")
SVG = base64.b64encode(f'<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}"/>'.encode()).decode()

PAYLOADS = (
    f"<script>{RUN}</script>",
    f"<ScRiPt>{RUN}</sCrIpT>",
    f"<script src='data:text/javascript,{RUN}'></script>",
    f"<img src=x onerror={RUN}>",
    f"<img src=x onerror='{RUN}'/>",
    f'"><img src=x onerror={RUN}>',
    f"'><img src=x onerror={RUN}>",
    f'" autofocus onfocus={RUN} x="',
    f"' autofocus onfocus={RUN} x='",
    f"` autofocus onfocus={RUN} x=`",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"</code></pre><script>{RUN}</script>",
    f"--><script>{RUN}</script><!--",
    f"]]><script>{RUN}</script>",
    f"<svg onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<math><mtext><img src=x onerror={RUN}></mtext></math>",
    f"<body onload={RUN}>",
    f"<iframe src='javascript:{RUN}'></iframe>",
    f"<iframe srcdoc='<script>{RUN}</script>'></iframe>",
    f"<object data='data:image/svg+xml;base64,{SVG}'></object>",
    f"<embed src='data:image/svg+xml;base64,{SVG}'>",
    f"<details open ontoggle={RUN}>",
    f"<video><source onerror={RUN}></video>",
    f"<audio src=x onerror={RUN}>",
    f"<input autofocus onfocus={RUN}>",
    f"<select autofocus onfocus={RUN}>",
    f"<textarea autofocus onfocus={RUN}>",
    f"<marquee onstart={RUN}>x</marquee>",
    f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'>",
    "<meta http-equiv=refresh content='0;url=https://elsewhere.example/'>",
    "<link rel=stylesheet href=https://elsewhere.example/x.css>",
    "<img src=https://elsewhere.example/seen.png>",
    "<base href=https://elsewhere.example/>",
    "<form action=https://elsewhere.example/><button autofocus>",
    f"<style>@import 'https://elsewhere.example/x.css'; *{{background:url(javascript:{RUN})}}</style>",
    f"<a href=javascript:{RUN}>x</a>",
    f"javascript:{RUN}",
    f"JaVaScRiPt&colon;{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"vbscript:{RUN}",
    f'https://a.example/"onmouseover="{RUN}',
    f"https://a.example/?<script>{RUN}</script>#'-{RUN}-'",
    "{{ 7 * 7 }}{% for x in () %}{{ config }}",
    f"${{{RUN}}}`${{{RUN}}}`",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"\u2028<script>{RUN}</script>\u202e<script>{RUN}</script>",
    f"+ADw-script+AD4-{RUN}+ADw-/script+AD4-",
)
FOUND = """() => [...document.querySelectorAll("iframe")].flatMap((frame, number) => {
    const all = [...frame.contentDocument.querySelectorAll("*")];
    const names = ["href", "src", "action", "formaction", "data", "srcdoc", "poster", "style", "srcset"];
    return all.flatMap(each => [
        ...names.map(name => each.getAttribute(name)).filter(Boolean),
        ...each.getAttributeNames().filter(name => name.startsWith("on")),
    ]).map(found => [number, found]);
})"""
EXPECTED = re.compile(
    r"/(?!/)|#|https://www\.linkedin\.com/profile/add\?[\w%&=.+-]+$|http://127\.0\.0\.1:8700/|border:0;max-width:100%$"
)


class Watch:
    """Opens pages of ours side by side, each in a frame, without their policy; notes dialogs and requests to others."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.bodies: Sequence[str] = []
        self.seen: list[str] = []
        page.on("dialog", self._dismissed)
        page.route("**/*", self._served)

    def _dismissed(self, dialog: Dialog) -> None:
        self.seen.append("a dialog")
        dialog.dismiss()

    def _served(self, route: Route) -> None:
        url = route.request.url
        number = re.fullmatch(rf"{ORIGIN}/shown/([0-9]+)", url)
        if url == f"{ORIGIN}/":
            frames = "".join(f'<iframe src="/shown/{n}"></iframe>' for n in range(len(self.bodies)))
            route.fulfill(body=f"<!doctype html>{frames}", content_type="text/html; charset=utf-8")
        elif number:
            route.fulfill(body=self.bodies[int(number[1])], content_type="text/html; charset=utf-8")
        else:
            if not re.match(rf"{ORIGIN}/(static|credentials|b)/", url):
                self.seen.append(url)
            route.abort()

    def opens(self, bodies: Sequence[str]) -> None:
        self.bodies = bodies
        self.page.goto(f"{ORIGIN}/", wait_until="load")
        self.page.wait_for_timeout(100)  # ms, for what waits a little before it runs

    def shows(self, bodies: Sequence[str]) -> None:
        """Open pages, and fail where anything runs, asks a stranger, or leads to what is no page of ours."""
        self.opens(bodies)
        strange = [each for each in self.page.evaluate(FOUND) if not EXPECTED.match(each[1])]
        assert (self.seen, strange) == ([], [])


@pytest.fixture
def watch(page: Page) -> Watch:
    return Watch(page)


def hostile(payload: str) -> dict[str, Any]:
    """Return a badge that says `payload` wherever a text or an address may stand."""
    image = {"id": payload, "type": "Image", "caption": payload}
    achievement = {
        "id": payload,
        "type": ["Achievement"],
        "name": payload,
        "description": payload,
        "criteria": {"id": payload, "narrative": f"{payload}\n\n[x]({payload})\n\n![x]({payload})"},
        "image": image,
        "tag": [payload],
        "resultDescription": [{"id": payload, "type": ["ResultDescription"], "name": payload, "resultType": "Result"}],
    }
    return {
        "@context": [*CONTEXTS, payload],
        "id": payload,
        "type": ["VerifiableCredential", "OpenBadgeCredential", payload],
        "name": payload,
        "description": {"@value": payload, "@language": payload},
        "image": image,
        "issuer": {"id": payload, "type": ["Profile"], "name": payload, "url": payload, "image": image},
        "validFrom": payload,
        "validUntil": payload,
        "credentialSubject": {
            "id": payload,
            "type": ["AchievementSubject"],
            "role": payload,
            "achievement": achievement,
            "result": [{"type": ["Result"], "resultDescription": payload, "value": payload}],
            payload: payload,
        },
        "evidence": [{"id": payload, "type": ["Evidence"], "name": payload, "narrative": payload}],
        "credentialStatus": {"id": payload, "type": payload, "statusListCredential": payload, "statusPurpose": payload},
        "credentialSchema": [{"id": payload, "type": payload}],
        "refreshService": {"id": payload, "type": payload},
        "endorsement": [{"issuer": payload, payload: payload}],
        "proof": {"type": "DataIntegrityProof", "cryptosuite": payload, "verificationMethod": payload},
        payload: {payload: payload},
    }


def as_json(payload: str) -> str:
    return json.dumps(hostile(payload))


def signed(payload: str) -> str:
    """Return a badge that verifies, and says `payload` where a name or a narrative stands."""
    badge = json.loads((GOLDEN / "badge.json").read_text())
    for name in ("proof", "credentialStatus", "validUntil"):
        badge.pop(name)
    badge["issuer"] |= {"name": payload}
    badge["credentialSubject"]["achievement"] |= {"name": payload, "description": payload}
    badge["credentialSubject"]["achievement"]["criteria"] |= {"narrative": payload}
    return to_json(sign(badge, SIGNER, verification_method=METHOD, created=1_772_359_200_000_000)).decode()


def token(payload: str) -> str:
    """Return a token whose header and claims say `payload`, with the signature of another."""

    def part(found: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(found).encode()).rstrip(b"=").decode()

    header = {"alg": payload, "typ": payload, "kid": payload, "jwk": {payload: payload}, payload: payload}
    claims = hostile(payload) | {"iss": payload, "sub": payload, "jti": payload, "nbf": payload}
    genuine = sign_jwt(json.loads((GOLDEN / "badge.json").read_text()), SIGNER, kid=METHOD)
    return f"{part(header)}.{part(claims)}.{genuine.rpartition('.')[2]}"


def known_token(payload: str) -> str:
    """Return a token that is read, and says `payload` in its claims and in the header that it may have."""

    def part(found: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(found).encode()).rstrip(b"=").decode()

    header = {"alg": "EdDSA", "typ": "JWT", "kid": payload}
    return f"{part(header)}.{part(json.loads(signed(payload)))}.{part({})}"


def old(payload: str) -> str:
    """Return an assertion of Open Badges 2.0 that says `payload` throughout."""
    issuer = {"id": payload, "type": "Issuer", "name": payload, "url": payload}
    badge = {"id": payload, "type": "BadgeClass", "name": payload, "description": payload, "issuer": issuer}
    return json.dumps(
        {
            "@context": "https://w3id.org/openbadges/v2",
            "type": "Assertion",
            "id": payload,
            "recipient": {"type": "email", "hashed": False, "identity": payload},
            "badge": badge | {"criteria": {"narrative": payload}},
            "issuedOn": payload,
            "narrative": payload,
            "evidence": [{"id": payload, "narrative": payload}],
            "verification": {"type": "hosted"},
        }
    )


def test_the_browser_would_run_many_of_them(watch: Watch):
    """Else the tests below show nothing."""
    assert len(set(PAYLOADS)) >= 50
    watch.opens([f"<!doctype html><title>x</title><p>{payload}</p>" for payload in PAYLOADS])
    assert watch.seen.count("a dialog") >= 20
    assert len([each for each in watch.seen if "elsewhere" in each]) >= 3


@pytest.mark.parametrize(
    ("made", "payloads"),
    [
        (as_json, PAYLOADS),
        (token, PAYLOADS[::4]),
        (known_token, PAYLOADS[1::4]),
        (old, PAYLOADS[2::4]),
        (str, PAYLOADS[3::4]),
    ],
)
def test_what_is_unsigned_does_nothing(watch: Watch, spring: Guild, made, payloads):
    watch.shows([verified(spring, text=made(payload)).text for payload in payloads])


def test_what_is_signed_does_nothing_either(watch: Watch, spring: Guild):
    answers = [verified(spring, text=signed(payload)).text for payload in PAYLOADS]
    assert {outcome(each) for each in answers} == {"Valid"}
    watch.shows(answers)


def test_links_and_names_of_files_do_nothing(watch: Watch, spring: Guild):
    watch.shows([verified(spring, link=payload).text for payload in PAYLOADS])
    watch.shows([verified(spring, file=(payload, b"nothing")).text for payload in PAYLOADS])


def test_pictures_are_not_shown(watch: Watch, spring: Guild):
    """A drawing that carries a badge, and more: nothing of it is put on the page."""
    credential = signed("x")
    inside = f'<ob:credential xmlns:ob="https://purl.imsglobal.org/ob/v3p0"><![CDATA[{credential}]]></ob:credential>'
    files = [whole(payload + inside).encode() for payload in PICTURES]
    watch.shows([verified(spring, file=("badge.svg", file)).text for file in files])


def test_the_page_has_its_policy_all_the_same(spring: Guild):
    answer = verified(spring, text=signed(PAYLOADS[0]))
    assert answer.headers["content-security-policy"] == PAGE_POLICY
    assert "unsafe" not in PAGE_POLICY


def test_the_frame_for_other_pages_does_nothing_either(watch: Watch, spring: Guild):
    result = {"tone": "valid", "icon": "shield"}
    pages = Pages()

    def embedded(payload: str) -> str:
        shown = {"id": "0", "page": f"{ORIGIN}/b/0", "name": payload, "issuer": payload}
        return pages.text("embed.html", shown | {"result": result | {"title": payload}})

    watch.shows([embedded(payload) for payload in PAYLOADS])
    watch.shows([f"<!doctype html><p>{frame(spring.here, '0', payload)}</p>" for payload in PAYLOADS])


def test_a_charter_with_hostile_names_makes_harmless_frames(watch: Watch, guild: Guild):
    charter = json.loads(json.dumps(guild.here.standings.charter(COMMUNITY).document))
    charter["name"] = f"</title><img src=x onerror={RUN}>"
    charter["badges"][0] |= {"name": f'"><svg onload={RUN}>', "description": f"<script>{RUN}</script>"}
    charter["outcomes"][0]["can"] = f"<img src=x onerror={RUN}>"
    guild.here.book.publish_charter(COMMUNITY, charter, effective=0, by="test")
    guild.tell(a_spring())
    badge = guild.badge()
    told = guild.client.get("/oembed", params={"url": f"{ORIGIN}/b/{badge.id}"}).json()
    watch.shows(
        [
            guild.client.get(f"/b/{badge.id}").text,
            guild.client.get(f"/b/{badge.id}/embed").text,
            verified(guild, link=f"{ORIGIN}/b/{badge.id}").text,
            f"<!doctype html>{told['html']}",
        ]
    )
