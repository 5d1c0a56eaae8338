"""The inspector over real HTTP: what is kept of every launch, who may read it, and how test mode ends."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from launch.inspection import CHECKS
from launch.inspector.store import KEEP, find_inspection, purge_inspections
from sandbox.his.backend import ticket_fields
from sandbox.his.vendors import His
from tests.backend_stage import Backend
from tests.browser_client import BrowserClient, Reply
from tests.stack import Stack

Browsers = Callable[[], BrowserClient]
PERSONA = "consent_given"


def report_of(stack: Stack, reference: str) -> dict[str, object]:
    """What ``zorgtegel inspect --json`` prints."""
    told: dict[str, object] = json.loads(stack.product.run_cli("inspect", reference, "--json"))
    return told


def results(report: dict[str, object]) -> dict[str, str]:
    checks = report["checks"]
    assert isinstance(checks, list)
    return {check["name"]: check["result"] for check in checks}


def last_reference(stack: Stack) -> str:
    return stack.records("LAUNCH_DECISION")[-1].reference


def count_contexts(stack: Stack) -> int:
    with stack.product.services.database.read() as connection:
        return sum(
            connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one()  # noqa: S608 - ours
            for table in ("context", "pending_launch", "used_token")
        )


def put_in_test_mode(stack: Stack, his: str) -> None:
    stack.product.register("reports_launches = true\n" + stack.product.registration_of(his))


def test_accepted_launch_leaves_a_report_in_which_every_check_passed(stack_on_both: Stack) -> None:
    stack = stack_on_both
    stack.new_browser().open(stack.jwt(PERSONA))
    report = report_of(stack, last_reference(stack))
    assert report["outcome"] == "accepted"
    assert list(results(report)) == list(CHECKS)
    assert set(results(report).values()) == {"passed"}
    assert report["opens_context"] is True


def test_refused_launch_shows_where_it_ended_and_what_was_not_reached(
    stack: Stack, new_browser: Browsers
) -> None:
    answer = new_browser().launch(stack.saml(PERSONA, entity_id="https://elders.example/metadata"))
    assert answer.status == 401
    found = results(report_of(stack, last_reference(stack)))
    assert found["signature"] == "passed"
    assert found["addresses"] == "failed"
    assert {found[name] for name in ("times", "claims", "bsn", "acceptance")} == {"not reached"}
    lines = stack.product.run_cli("inspect", last_reference(stack))
    assert re.search(r"failed +addresses +L502 meant for another entity id", lines)


@pytest.mark.parametrize("form", ["jwt", "saml"])
def test_report_masks_the_bsn_and_holds_no_name_and_no_token(
    stack: Stack, new_browser: Browsers, form: str
) -> None:
    fields = stack.jwt(PERSONA) if form == "jwt" else stack.saml(PERSONA)
    new_browser().launch(fields)
    patient = stack.zis.personas[PERSONA]
    told = stack.product.run_cli("inspect", last_reference(stack), "--json")
    assert f"*******{patient.bsn[-2:]}" in told
    for secret in (patient.bsn, patient.bsn[:7], patient.name.family, "Arts", *fields.values()):
        assert secret not in told


def test_names_in_the_token_are_told_claim_by_claim(stack: Stack, new_browser: Browsers) -> None:
    new_browser().launch(stack.jwt(PERSONA))
    claims = report_of(stack, last_reference(stack))["claims"]
    assert isinstance(claims, list)
    uses = {claim["name"]: claim["use"] for claim in claims}
    assert uses["patient"] == "required"
    assert uses["his"] == "optional"
    assert uses["exp"] == "read by the verifier"
    assert uses["ver"] == "ignored"


def test_report_is_sealed_at_rest(stack: Stack, new_browser: Browsers) -> None:
    new_browser().launch(stack.jwt(PERSONA))
    with stack.product.services.database.read() as connection:
        row = find_inspection(connection, last_reference(stack))
    assert row is not None
    assert b"passed" not in row.sealed
    assert b"issuer" not in row.sealed


def test_replay_by_another_browser_is_the_last_check_of_its_report(
    stack: Stack, new_browser: Browsers
) -> None:
    fields = stack.jwt(PERSONA)
    new_browser().open(fields)
    assert new_browser().launch(fields).status == 401
    report = report_of(stack, last_reference(stack))
    assert report["code"] == "L405"
    assert results(report)["bsn"] == "passed"
    assert results(report)["acceptance"] == "failed"


def test_get_is_reported_at_the_first_check(stack: Stack, new_browser: Browsers) -> None:
    new_browser().get("/cwz/launch")
    report = report_of(stack, last_reference(stack))
    assert report["code"] == "L100"
    assert results(report)["request"] == "failed"


def test_refusals_that_leave_no_record_leave_no_report(stack: Stack, new_browser: Browsers) -> None:
    browser = new_browser()
    for _ in range(63):
        browser.launch({"token": "x"})
    with stack.product.services.database.read() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM inspection")).scalar_one() == 60


def test_reports_are_deleted_after_thirty_days_and_not_before(stack: Stack, new_browser: Browsers) -> None:
    new_browser().launch(stack.jwt(PERSONA))
    services, now = stack.product.services, stack.clock.now()
    assert services.writer.submit(purge_inspections(now + KEEP - timedelta(seconds=1))) == (0,)
    assert services.writer.submit(purge_inspections(now + KEEP)) == (1,)


def test_each_look_at_a_report_is_recorded_with_who_looked(stack: Stack, new_browser: Browsers) -> None:
    new_browser().launch(stack.jwt(PERSONA))
    reference = last_reference(stack)
    stack.product.run_cli("inspect", reference, "--actor", "j.beheer")
    (look,) = stack.records("LAUNCH_INSPECTED")
    assert (look.fields["actor"], look.fields["subject"]) == ("j.beheer", reference)


@pytest.mark.parametrize("vendor", [His.JWT, His.VIPLIVE])
def test_launch_in_test_mode_ends_on_its_report_and_opens_nothing(
    stack: Stack, new_browser: Browsers, vendor: str
) -> None:
    put_in_test_mode(stack, vendor)
    asked = len(stack.zis.requests)
    browser = new_browser()
    answer = browser.launch(stack.form(vendor, stack.click(vendor)))
    assert answer.status == 200
    assert 'data-report="accepted"' in answer.body
    assert last_reference(stack) in answer.body
    assert not browser.cookies
    assert count_contexts(stack) == 0
    assert len(stack.zis.requests) == asked
    assert stack.records("LAUNCH_DECISION")[-1].fields["outcome"] == "reported"


def test_refusal_in_test_mode_shows_its_report_with_the_status_of_the_refusal(
    stack: Stack, new_browser: Browsers
) -> None:
    put_in_test_mode(stack, His.JWT)
    answer = refused(stack, new_browser(), role="224610007")
    assert answer.status == 403
    assert 'data-code="L503"' in answer.body
    assert "the grant does not map this role" in answer.body


def refused(stack: Stack, browser: BrowserClient, **changes: str) -> Reply:
    return browser.launch(stack.jwt(PERSONA, **changes))


def test_nobody_learns_from_a_report_how_a_signature_failed(stack: Stack, new_browser: Browsers) -> None:
    put_in_test_mode(stack, His.JWT)
    head, body, _ = stack.jwt(PERSONA)["token"].split(".")
    answer = new_browser().launch({"token": f"{head}.{body}.{'A' * 86}"})
    assert 'data-code="L203"' in answer.body
    kept = stack.product.run_cli("inspect", last_reference(stack))
    (cause,) = re.findall(r"L203 (\w+)", kept)
    assert cause not in answer.body


def test_other_vendors_see_no_report(stack: Stack, new_browser: Browsers) -> None:
    put_in_test_mode(stack, His.VIPLIVE)
    answer = refused(stack, new_browser(), role="224610007")
    assert answer.status == 403
    assert "data-report" not in answer.body


def test_ticket_asked_for_in_test_mode_is_answered_by_the_report(stack: Stack) -> None:
    put_in_test_mode(stack, His.JWT)
    backend = Backend(stack)
    answer = backend.ask(ticket_fields(backend.token(), backend.assertion()))
    assert answer.status == 200
    assert answer.content["outcome"] == "accepted"
    assert "ticket" not in answer.content
    assert results(dict(answer.content))["origin"] == "not needed"
    with stack.product.services.database.read() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM launch_ticket")).scalar_one() == 0


def test_ticket_from_before_test_mode_ends_in_the_report(stack: Stack, new_browser: Browsers) -> None:
    ticket = Backend(stack).ticket()
    put_in_test_mode(stack, His.JWT)
    answer = new_browser().launch(ticket)
    assert (answer.status, 'data-report="accepted"' in answer.body) == (200, True)
    assert count_contexts(stack) == 0


def test_redeemed_ticket_says_which_checks_were_made_before(stack: Stack, new_browser: Browsers) -> None:
    new_browser().open(Backend(stack).ticket())
    found = results(report_of(stack, last_reference(stack)))
    assert (found["origin"], found["signature"], found["acceptance"]) == ("passed", "not needed", "passed")


def test_dry_run_at_the_keyboard_tells_what_would_become_of_a_token(stack: Stack, tmp_path: Path) -> None:
    file = tmp_path / "token.txt"
    file.write_text(stack.jwt(PERSONA)["token"], "ascii")
    records = len(stack.records())
    at = f"{stack.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    told = stack.product.run_cli("trust", "dry-run", "--hospital", "cwz", "--at", at, str(file))
    assert "accepted (no refusal; the launch ends here)" in told
    assert "dry run: the BSN was judged as in a test environment" in told
    assert len(stack.records()) == records
    assert count_contexts(stack) == 0
