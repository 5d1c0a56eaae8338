"""What an inspection notes while one launch is judged."""

from dataclasses import replace
from datetime import timedelta

import pytest

from context.hospital import Environment
from context.launch import VerifiedLaunch
from launch.claims import SignedToken, TokenForm
from launch.errors import LaunchRefusedError
from launch.inspection import CHECKS, CheckResult, Inspection
from launch.inspector.claims import ClaimTable, ClaimUse, describe_claims, mask_bsn
from launch.inspector.report import WITHHELD, LaunchReport, make_report
from launch.trust.model import Relaxation, RelaxationName
from launch.verify import UnverifiedLaunch, verify_launch
from sandbox.his.tokens import mint_jwt
from tests.launch_stage import JWT_ISSUER, Stage, jwt_key

REAL_BSN = "123456782"


def inspect(stage: Stage, text: str, *, dry_run: bool = False) -> tuple[Inspection, VerifiedLaunch | None]:
    """The inspection of a token, and the launch that came out of it."""
    inspection = Inspection()
    unverified = UnverifiedLaunch(TokenForm.JWT, text, stage.origin, stage.now, stage.grade)
    try:
        launch = verify_launch(
            unverified,
            stage.hospital,
            stage.trust,
            stage.maps,
            stage.now,
            stage.opener,
            inspection,
            dry_run=dry_run,
        )
    except LaunchRefusedError:
        return inspection, None
    return inspection, launch


def genuine(stage: Stage, **changes: str) -> str:
    return mint_jwt(stage.content(**changes), jwt_key(), now=stage.now)


def in_production(stage: Stage) -> None:
    stage.hospital = replace(stage.hospital, environment=Environment.PRODUCTION)
    stage.change_grant(JWT_ISSUER, environment=Environment.PRODUCTION)


def result_of(inspection: Inspection, name: str) -> CheckResult:
    return next(check.result for check in inspection.whole() if check.name == name)


def test_relaxed_check_says_which_relaxation_let_it_pass() -> None:
    stage = Stage()
    ahead = stage.now + timedelta(days=1)
    relaxation = Relaxation(RelaxationName.MISSING_ORIGIN, stage.now, ahead, "test")
    stage.change_grant(JWT_ISSUER, relaxations=(relaxation,))
    stage.origin = None
    inspection, _ = inspect(stage, genuine(stage))
    assert result_of(inspection, "origin") is CheckResult.RELAXED
    assert next(check.detail for check in inspection.checks if check.name == "origin") == "missing_origin"


def test_every_check_made_is_one_of_the_list() -> None:
    stage = Stage()
    inspection, _ = inspect(stage, genuine(stage))
    assert {check.name for check in inspection.checks} == CHECKS.keys() - {"request", "acceptance"}


@pytest.mark.parametrize("reports", [True, False])
def test_test_bsn_in_production_is_judged_as_in_test_only_in_test_mode(reports: bool) -> None:
    stage = Stage()
    in_production(stage)
    stage.change_vendor(JWT_ISSUER, reports_launches=reports)
    inspection, launch = inspect(stage, genuine(stage))
    assert inspection.dry_run is reports
    assert (launch is not None and launch.report_only) is reports
    assert result_of(inspection, "bsn") is (CheckResult.PASSED if reports else CheckResult.FAILED)


def test_real_bsn_is_refused_in_a_dry_run() -> None:
    stage = Stage()
    in_production(stage)
    inspection, launch = inspect(stage, genuine(stage, bsn=REAL_BSN), dry_run=True)
    assert launch is None
    assert inspection.checks[-1].code == "L602"


def test_dry_run_can_only_be_reported() -> None:
    stage = Stage()
    _, launch = inspect(stage, genuine(stage), dry_run=True)
    assert launch is not None
    assert launch.report_only


def test_ordinary_launch_is_not_report_only() -> None:
    stage = Stage()
    _, launch = inspect(stage, genuine(stage))
    assert launch is not None
    assert not launch.report_only


def test_report_comes_back_from_its_json_as_it_was() -> None:
    stage = Stage()
    inspection, _ = inspect(stage, genuine(stage, role="1"))
    report = make_report(inspection, "cwz", "2026-11-22T09:00:00Z", "L503")
    assert LaunchReport.from_json(report.to_json()) == report


@pytest.mark.parametrize("text", [b"", b"[]", b'{"checks": []}', b'{"checks": [{}], "claims": []}'])
def test_what_is_no_report_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        LaunchReport.from_json(text)


@pytest.mark.parametrize(("code", "shown"), [("L203", WITHHELD), ("L207", WITHHELD), ("L502", "the cause")])
def test_causes_of_signatures_and_ciphers_are_for_hospital_it_alone(code: str, shown: str) -> None:
    inspection = Inspection()
    inspection.fail("signature", code, "the cause")
    report = make_report(inspection, "cwz", "2026-11-22T09:00:00Z", code)
    told = {check.name: check.detail for check in report.for_the_vendor().checks}
    assert told["signature"] == shown
    assert {check.name: check.detail for check in report.checks}["signature"] == "the cause"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("999911120", "*******20"),
        ("12345678", "not nine digits (8 characters)"),
        ("Jansen", "not nine digits (6 characters)"),
    ],
)
def test_bsn_shows_two_digits_at_most(text: str, masked: str) -> None:
    assert mask_bsn(text) == masked


def test_names_are_told_apart_by_their_use() -> None:
    table = ClaimTable(("patient.id", "sub", "role"), ("his",), ("ver",))
    claims: dict[str, object] = {"iss": "x", "patient": {"id": "1"}, "ver": "1", "colour": "red"}
    lines = describe_claims(table, SignedToken(TokenForm.JWT, "user", claims, {}))
    assert {(line.name, line.use, line.present) for line in lines} == {
        ("patient.id", ClaimUse.REQUIRED, True),
        ("sub", ClaimUse.REQUIRED, True),
        ("role", ClaimUse.REQUIRED, False),
        ("ver", ClaimUse.IGNORED, True),
        ("iss", ClaimUse.VERIFIER, True),
        ("colour", ClaimUse.UNKNOWN, True),
    }


@pytest.mark.parametrize("name", ["patient-999911120", "x\n", "y" * 200])
def test_name_that_may_identify_or_break_a_line_is_not_shown(name: str) -> None:
    (line,) = describe_claims(ClaimTable(), SignedToken(TokenForm.JWT, None, {name: "1"}, {}))
    assert line.name.startswith("(not shown")
