"""Two-hop and SMART launches through the whole product, a provider, a FHIR server and the hospital."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from sqlalchemy import text

from sandbox.his.tokens import sign_segments
from sandbox.idp.vendors import CLIENT_ID
from tests.browser_client import BrowserClient
from tests.idp_stage import AskedBack, query_of

GRADES = ("two_hop", "smart")
both = pytest.mark.parametrize("grade", GRADES)


def claims_of(token: str) -> dict[str, Any]:
    """The payload of a JWT, unverified."""
    body = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def change_smart(asked_back: AskedBack, **changes: object) -> None:
    """Let the EHR say something else in its smart-configuration."""
    smart = asked_back.idp.provider._smart
    before = smart.configuration

    def changed(fault: object) -> dict[str, Any]:
        document = {**before(None), **changes}
        return {name: value for name, value in document.items() if value is not None}

    smart.configuration = changed  # type: ignore[method-assign]


def token_forms(asked_back: AskedBack) -> list[Mapping[str, str]]:
    """What the token endpoint is asked from now on."""
    smart = asked_back.idp.provider._smart
    before = smart.token
    seen: list[Mapping[str, str]] = []

    def watched(form: Mapping[str, str]) -> tuple[dict[str, Any], int]:
        seen.append(dict(form))
        return before(form)

    smart.token = watched  # type: ignore[method-assign]
    return seen


def count_requests(asked_back: AskedBack) -> int:
    with asked_back.stack.product.services.database.read() as connection:
        return int(connection.execute(text("SELECT count(*) FROM outgoing_request")).scalar_one())


@pytest.mark.proves("feature:A01")
@both
def test_good_launch_shows_the_patient_and_leaves_one_decision(asked_back: AskedBack, grade: str) -> None:
    browser = asked_back.stack.new_browser()
    reply = asked_back.launch(browser, grade)
    assert (reply.status, reply.body) == (303, "")
    page = browser.get(reply.location)
    assert page.status == 200
    assert "DE VRIES-VAN DER BERG" in page.body
    assert "van Arts" in page.body
    (decision,) = asked_back.decisions()
    issuer = f"{asked_back.idp.url}/{'oidc' if grade == 'two_hop' else 'smart'}"
    assert (decision["outcome"], decision["grade"], decision["issuer"]) == ("accepted", grade, issuer)
    assert decision["practice_ura"] == "90000001"


@pytest.mark.proves("attack:A110")
def test_code_that_comes_twice_is_sent_to_the_ehr_once(asked_back: AskedBack) -> None:
    forms = token_forms(asked_back)
    browser = asked_back.stack.new_browser()
    callback = asked_back.authorize(browser)
    assert [browser.get(callback).status for _ in range(2)] == [303, 401]
    assert len(forms) == 1


@pytest.mark.proves("attack:A116")
def test_code_that_says_it_is_from_another_issuer_is_refused_and_not_sent(asked_back: AskedBack) -> None:
    forms = token_forms(asked_back)
    browser = asked_back.stack.new_browser()
    callback = asked_back.authorize(browser)
    reply = browser.get(callback.replace("%2Fsmart", "%2Foidc"))
    assert (reply.status, "L407" in reply.body) == (401, True)
    assert forms == []
    assert browser.get(callback).status == 303


@both
def test_each_patient_comes_as_clicked_when_two_launches_cross(asked_back: AskedBack, grade: str) -> None:
    browser = asked_back.stack.new_browser()
    first = asked_back.start(browser, grade, persona="consent_given")
    second = asked_back.start(browser, grade, persona="consent_refused")

    def come_back(url: str) -> Any:
        return (
            asked_back.posting(url).by(browser)
            if grade == "two_hop"
            else browser.get(asked_back.returning(url))
        )

    refused = browser.get(come_back(second.location).location)
    assert (refused.status, "L603" in refused.body) == (403, True)
    shown = browser.get(come_back(first.location).location)
    assert (shown.status, "DE VRIES-VAN DER BERG" in shown.body) == (200, True)


def test_two_hop_asks_for_an_id_token_by_form_without_asking_the_user(asked_back: AskedBack) -> None:
    started = asked_back.start(asked_back.stack.new_browser(), "two_hop")
    assert (started.status, started.body) == (303, "")
    assert started.location.partition("?")[0] == f"{asked_back.idp.url}/oidc/authorize"
    asked = query_of(started.location)
    assert len(asked.pop("state")) == 43
    assert len(asked.pop("nonce")) == 33
    assert asked.pop("login_hint")
    assert asked == {
        "response_type": "id_token",
        "response_mode": "form_post",
        "scope": "openid",
        "prompt": "none",
        "client_id": CLIENT_ID,
        "redirect_uri": f"{asked_back.stack.base_url()}/launch",
    }


def test_smart_asks_for_a_code_with_pkce_and_the_fhir_server_as_audience(asked_back: AskedBack) -> None:
    forms = token_forms(asked_back)
    browser = asked_back.stack.new_browser()
    started = asked_back.start(browser, "smart")
    assert started.location.partition("?")[0] == f"{asked_back.idp.url}/smart/authorize"
    asked = query_of(started.location)
    assert browser.get(asked_back.returning(started.location)).status == 303
    (form,) = forms
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert asked["code_challenge"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert 43 <= len(form["code_verifier"]) <= 128
    wanted = {
        "response_type": "code",
        "code_challenge_method": "S256",
        "client_id": CLIENT_ID,
        "redirect_uri": f"{asked_back.stack.base_url()}/launch/callback",
        "aud": f"{asked_back.idp.url}/fhir",
        "scope": "launch openid fhirUser patient/Patient.read user/Practitioner.read "
        "user/PractitionerRole.read user/Organization.read",
    }
    assert {name: asked[name] for name in wanted} == wanted


def test_states_nonces_and_verifiers_are_fresh_each_time(asked_back: AskedBack) -> None:
    browser = asked_back.stack.new_browser()
    queries = [query_of(asked_back.start(browser, "smart").location) for _ in range(3)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({query[name] for query in queries}) == 3


def test_client_proves_itself_with_our_published_key(asked_back: AskedBack) -> None:
    forms = token_forms(asked_back)
    browser = asked_back.stack.new_browser()
    assert asked_back.launch(browser, "smart").status == 303
    claims = claims_of(forms[0]["client_assertion"])
    endpoint = f"{asked_back.idp.url}/smart/token"
    assert (claims["iss"], claims["sub"], claims["aud"]) == (CLIENT_ID, CLIENT_ID, endpoint)
    assert 0 < claims["exp"] - claims["iat"] <= 300
    assert claims["iat"] == int(asked_back.stack.clock.now().timestamp())
    assert asked_back.launch(browser, "smart").status == 303
    assert claims_of(forms[1]["client_assertion"])["jti"] != claims["jti"]


@pytest.mark.parametrize(
    "said",
    [
        {"token_endpoint_auth_methods_supported": ["none"], "capabilities": ["launch-ehr"]},
        {"token_endpoint_auth_signing_alg_values_supported": ["PS512"]},
    ],
)
def test_client_is_public_where_it_cannot_sign(asked_back: AskedBack, said: dict[str, object]) -> None:
    change_smart(asked_back, **said)
    forms = token_forms(asked_back)
    assert asked_back.launch(asked_back.stack.new_browser(), "smart").status == 303
    assert forms[0]["client_id"] == CLIENT_ID
    assert "client_assertion" not in forms[0]


def test_ehr_that_knows_new_scopes_only_is_asked_for_those(asked_back: AskedBack) -> None:
    change_smart(asked_back, capabilities=["launch-ehr", "permission-v2"])
    started = asked_back.start(asked_back.stack.new_browser(), "smart")
    assert "patient/Patient.r " in query_of(started.location)["scope"]


def test_configuration_is_asked_once_in_five_minutes(asked_back: AskedBack) -> None:
    browser = asked_back.stack.new_browser()
    assert asked_back.start(browser, "smart").status == 303
    change_smart(asked_back, token_endpoint="https://elders.example/token")
    asked_back.stack.clock.advance(299)
    assert asked_back.start(browser, "smart").status == 303
    asked_back.stack.clock.advance(2)
    assert asked_back.start(browser, "smart").status == 503


@pytest.mark.proves("attack:A131")
def test_ehr_that_is_asked_in_vain_is_asked_again(asked_back: AskedBack) -> None:
    browser = asked_back.stack.new_browser()
    assert asked_back.start(browser, "smart", "without_pkce").status == 503
    assert asked_back.launch(browser, "smart").status == 303


@pytest.mark.proves("attack:A116")
@both
def test_suspension_between_request_and_answer_holds(asked_back: AskedBack, grade: str) -> None:
    browser = asked_back.stack.new_browser()
    started = asked_back.start(browser, grade)
    issuer = f"{asked_back.idp.url}/{'oidc' if grade == 'two_hop' else 'smart'}"
    asked_back.stack.product.run_cli("trust", "suspend", issuer)
    reply = (
        asked_back.posting(started.location).by(browser)
        if grade == "two_hop"
        else browser.get(asked_back.returning(started.location))
    )
    assert (reply.status, "L302" in reply.body) == (401, True)
    again = asked_back.start(browser, grade)
    assert (again.status, "L302" in again.body) == (401, True)


@pytest.mark.parametrize("query", ["", "iss=x", "launch=x", "iss=x&iss=y&launch=z", "iss=&launch=x"])
def test_smart_start_without_both_parameters_is_refused(asked_back: AskedBack, query: str) -> None:
    reply = asked_back.stack.new_browser().get(f"/cwz/launch/smart?{query}")
    assert (reply.status, "L101" in reply.body) == (400, True)


@pytest.mark.parametrize("segment", ["x", "aHR0cHM6Ly9vbmJla2VuZA", "aHR0cHM6Ly9vbmJla2VuZB", "%2e%2e", "=="])
def test_start_for_an_unknown_issuer_is_refused(asked_back: AskedBack, segment: str) -> None:
    reply = asked_back.stack.new_browser().get(f"/cwz/launch/start/{segment}")
    assert (reply.status, "L301" in reply.body) == (401, True)


def test_start_that_names_another_issuer_than_its_path_is_refused(asked_back: AskedBack) -> None:
    start = asked_back.click("two_hop").partition("?")[0]
    query = urlencode({"iss": f"{asked_back.idp.url}/smart"})
    reply = asked_back.stack.new_browser().get(f"{start}?{query}")
    assert (reply.status, "L301" in reply.body) == (401, True)


def test_start_for_a_vendor_without_sign_on_service_is_refused(asked_back: AskedBack) -> None:
    issuer = asked_back.stack.his.issuer("jwt")
    segment = base64.urlsafe_b64encode(issuer.encode()).rstrip(b"=").decode()
    reply = asked_back.stack.new_browser().get(f"/cwz/launch/start/{segment}")
    assert (reply.status, "L303" in reply.body) == (401, True)


@pytest.mark.proves("attack:A127")
@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "OPTIONS"])
@pytest.mark.parametrize("door", ["start", "smart", "callback"])
def test_other_method_than_get_is_405_and_uses_nothing_up(
    asked_back: AskedBack, method: str, door: str
) -> None:
    browser = asked_back.stack.new_browser()
    paths = {
        "start": lambda: asked_back.click("two_hop"),
        "smart": lambda: asked_back.click("smart"),
        "callback": lambda: asked_back.authorize(browser),
    }
    path = paths[door]()
    assert browser.request(method, path).status == 405
    assert browser.get(path).status == 303


@pytest.mark.proves("attack:A132")
def test_too_many_requests_in_a_minute_are_refused_and_the_next_minute_is_open(
    asked_back: AskedBack,
) -> None:
    asked_back.stack.product.services.asking.sign_on._requests._limit = 3  # type: ignore[attr-defined]
    browser = asked_back.stack.new_browser()
    replies = [asked_back.start(browser, "two_hop").status for _ in range(4)]
    assert replies == [303, 303, 303, 429]
    assert asked_back.start(browser, "smart").status == 303
    asked_back.stack.clock.advance(60)
    assert asked_back.start(browser, "two_hop").status == 303


@pytest.mark.proves("attack:A115")
def test_flood_of_refused_starts_is_metered_and_leaves_no_rows(asked_back: AskedBack) -> None:
    browser = asked_back.stack.new_browser()
    for _ in range(70):
        assert browser.get("/cwz/launch/callback?code=x&state=y").status == 401
    assert len(asked_back.decisions()) == 60


def test_browser_keeps_its_name_through_a_start(asked_back: AskedBack) -> None:
    browser = asked_back.stack.new_browser()
    asked_back.start(browser, "two_hop")
    first = browser.cookies[("__Host-browser", "/")].value
    asked_back.start(browser, "smart")
    assert browser.cookies[("__Host-browser", "/")].value == first
    assert set(browser.cookies) == {("__Host-browser", "/")}


def test_cookie_of_a_start_is_bound_to_host_and_https(asked_back: AskedBack) -> None:
    started = asked_back.start(asked_back.stack.new_browser(), "smart")
    cookie = started.headers["Set-Cookie"]
    assert cookie.startswith("__Host-browser=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=None"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_role_that_the_user_works_in_is_read_when_the_ehr_names_it(asked_back: AskedBack) -> None:
    smart = asked_back.idp.provider._smart
    before = smart._id_token

    def with_role(visit: Any, nonce: str) -> str:
        head, body, _ = before(visit, nonce).split(".")
        claims = claims_of(f"{head}.{body}.")
        claims["fhirUser"] = f"PractitionerRole/role-{visit.user.user_id}"
        key = asked_back.idp.keys.smart
        raw = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
        return sign_segments(raw, json.dumps(claims).encode(), key.private, key.algorithm)

    smart._id_token = with_role  # type: ignore[method-assign]
    browser = asked_back.stack.new_browser()
    # Two roles are no doubt then: the EHR says which one it is.
    reply = asked_back.launch(browser, "smart", "two_roles")
    assert reply.status == 303, reply.body
    assert browser.get(reply.location).status == 200


def test_each_browser_may_have_several_requests_under_way(asked_back: AskedBack) -> None:
    browser: BrowserClient = asked_back.stack.new_browser()
    callbacks = [asked_back.authorize(browser) for _ in range(3)]
    assert len({parse_qs(callback.partition("?")[2])["state"][0] for callback in callbacks}) == 3
    assert [browser.get(callback).status for callback in reversed(callbacks)] == [303] * 3


@pytest.mark.proves("attack:A115")
def test_housekeeping_forgets_requests_that_nobody_answered(asked_back: AskedBack) -> None:
    browser = asked_back.stack.new_browser()
    for grade in GRADES:
        assert asked_back.start(browser, grade).status == 303
    left = []
    for _ in range(3):
        left.append(count_requests(asked_back))
        asked_back.stack.clock.advance(150)
        asked_back.stack.product.services.housekeeper._purge()
    assert left == [2, 1, 0]
