"""Dated exceptions: used only when the strict rule fails, while they hold, and named in the launch."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from lxml.etree import _Element

from launch.claims import TokenForm
from launch.errors import LaunchRefusedError
from launch.trust.model import LaunchGrade, Relaxation, RelaxationName
from sandbox.his.tokens import mint_jwt, mint_saml
from sandbox.kit.saml_changes import find, saml
from tests.launch_stage import JWT_ISSUER, SAML_ISSUER, Stage, certificate, jwt_key

DATA = saml("SubjectConfirmationData")


def relax(stage: Stage, name: RelaxationName, until: datetime | None = None, issuer: str = "") -> None:
    """From a day ago until ``until``, by default a day ahead."""
    day = timedelta(days=1)
    held = Relaxation(name, stage.now - day, until or stage.now + day, "a test")
    for each in (issuer,) if issuer else (JWT_ISSUER, SAML_ISSUER):
        stage.change_grant(each, relaxations=(held,))


def jwt(stage: Stage, seconds: int = 120, typ: str = "his-launch+jwt") -> str:
    content = stage.content(lifetime_seconds=seconds)
    return mint_jwt(content, jwt_key(), now=stage.now, header={"typ": typ})


def response(
    stage: Stage, seconds: int = 120, before_signing: Callable[[_Element], None] | None = None
) -> str:
    content = stage.content(SAML_ISSUER, lifetime_seconds=seconds)
    return mint_saml(content, certificate(), now=stage.now, before_signing=before_signing)


def without_data(root: _Element) -> None:
    """As ChipSoft's Zorgplatform sends it: a SubjectConfirmation with nothing in it."""
    data = find(root, DATA)
    parent = data.getparent()
    assert parent is not None
    parent.remove(data)


def without_origin(stage: Stage) -> str:
    stage.origin = None
    return jwt(stage)


def with_null_origin(stage: Stage) -> str:
    stage.origin = "null"
    return jwt(stage)


@dataclass(frozen=True)
class Case:
    """A launch that only this relaxation lets in. ``make`` may set the stage, too."""

    name: RelaxationName
    make: Callable[[Stage], str]
    code: str
    form: TokenForm = TokenForm.JWT


CASES = [
    pytest.param(Case(RelaxationName.TYP_JWT, lambda s: jwt(s, typ="JWT"), "L209"), id="typ"),
    pytest.param(Case(RelaxationName.LIFETIME_300_SECONDS, lambda s: jwt(s, 300), "L404"), id="lifetime"),
    pytest.param(
        Case(RelaxationName.SAML_WINDOW_720_SECONDS, lambda s: response(s, 720), "L404", TokenForm.SAML),
        id="window",
    ),
    pytest.param(
        Case(
            RelaxationName.NO_SUBJECT_CONFIRMATION_DATA,
            lambda s: response(s, before_signing=without_data),
            "L501",
            TokenForm.SAML,
        ),
        id="no data",
    ),
    pytest.param(Case(RelaxationName.MISSING_ORIGIN, without_origin, "L105"), id="no origin"),
    pytest.param(Case(RelaxationName.MISSING_ORIGIN, with_null_origin, "L105"), id="null origin"),
]


def refusal(stage: Stage, token: str, form: TokenForm = TokenForm.JWT) -> str:
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(token, form)
    return refused.value.code


@pytest.mark.parametrize("case", CASES)
@pytest.mark.proves("attack:A052")
@pytest.mark.proves("attack:A055")
@pytest.mark.proves("attack:A097")
def test_relaxed_launch_is_accepted_and_names_its_relaxation(case: Case) -> None:
    stage = Stage()
    relax(stage, case.name)
    assert stage.verify(case.make(stage), case.form).relaxations == (case.name.value,)


@pytest.mark.parametrize("case", CASES)
def test_without_the_relaxation_the_rule_is_strict(case: Case) -> None:
    stage = Stage()
    assert refusal(stage, case.make(stage), case.form) == case.code
    for other in RelaxationName:
        if other is not case.name:
            relax(stage, other)
            assert refusal(stage, case.make(stage), case.form) == case.code


@pytest.mark.parametrize("case", CASES)
def test_relaxation_is_off_by_itself_at_its_end(case: Case) -> None:
    stage = Stage()
    relax(stage, case.name, stage.now + timedelta(microseconds=1))
    assert stage.verify(case.make(stage), case.form).relaxations
    relax(stage, case.name, stage.now)
    assert refusal(stage, case.make(stage), case.form) == case.code


def test_launch_that_keeps_every_rule_uses_no_relaxation() -> None:
    stage = Stage()
    day = timedelta(days=1)
    held = tuple(Relaxation(name, stage.now - day, stage.now + day, "all") for name in RelaxationName)
    for issuer in (JWT_ISSUER, SAML_ISSUER):
        stage.change_grant(issuer, relaxations=held)
    assert stage.verify(jwt(stage)).relaxations == ()
    assert stage.verify_saml(response(stage, 300)).relaxations == ()


def test_launch_that_needs_several_names_them_all() -> None:
    stage = Stage(origin=None)
    day = timedelta(days=1)
    names = (
        RelaxationName.MISSING_ORIGIN,
        RelaxationName.NO_SUBJECT_CONFIRMATION_DATA,
        RelaxationName.SAML_WINDOW_720_SECONDS,
    )
    held = tuple(Relaxation(name, stage.now - day, stage.now + day, "all") for name in names)
    stage.change_grant(SAML_ISSUER, relaxations=held)
    launch = stage.verify_saml(response(stage, 720, without_data))
    assert launch.relaxations == tuple(name.value for name in names)


@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "logout+jwt", "jwt", "HIS-LAUNCH+JWT"])
@pytest.mark.proves("attack:A055")
def test_type_of_another_profile_is_never_relaxed(typ: str) -> None:
    stage = Stage()
    relax(stage, RelaxationName.TYP_JWT)
    assert refusal(stage, jwt(stage, typ=typ)) == "L209"


@pytest.mark.proves("attack:A052")
def test_relaxed_lifetime_ends_at_300_seconds() -> None:
    stage = Stage()
    relax(stage, RelaxationName.LIFETIME_300_SECONDS)
    assert refusal(stage, jwt(stage, 301)) == "L404"
    assert stage.verify(jwt(stage, 121)).relaxations == ("lifetime_300_seconds",)
    assert stage.verify(jwt(stage, 120)).relaxations == ()


@pytest.mark.proves("attack:A097")
def test_relaxed_window_ends_at_720_seconds() -> None:
    stage = Stage()
    relax(stage, RelaxationName.SAML_WINDOW_720_SECONDS)
    assert refusal(stage, response(stage, 721), TokenForm.SAML) == "L404"
    assert stage.verify_saml(response(stage, 301)).relaxations == ("saml_window_720_seconds",)


@pytest.mark.parametrize("origin", ["https://evil.example", "", "NULL", "null ", "http://his.vendor.example"])
def test_wrong_origin_is_never_relaxed(origin: str) -> None:
    stage = Stage(origin=origin)
    relax(stage, RelaxationName.MISSING_ORIGIN)
    assert refusal(stage, jwt(stage)) == "L105"


def test_confirmation_data_that_is_there_is_checked_though_it_might_be_absent() -> None:
    stage = Stage()
    relax(stage, RelaxationName.NO_SUBJECT_CONFIRMATION_DATA)

    def elsewhere(root: _Element) -> None:
        find(root, DATA).set("Recipient", "https://elsewhere.example/launch")

    def without_end(root: _Element) -> None:
        del find(root, DATA).attrib["NotOnOrAfter"]

    assert refusal(stage, response(stage, before_signing=elsewhere), TokenForm.SAML) == "L502"
    assert refusal(stage, response(stage, before_signing=without_end), TokenForm.SAML) == "L501"


def test_audience_and_destination_bind_an_assertion_without_confirmation_data() -> None:
    stage = Stage()
    relax(stage, RelaxationName.NO_SUBJECT_CONFIRMATION_DATA)

    def for_another(root: _Element) -> None:
        without_data(root)
        find(root, saml("Audience")).text = "https://elsewhere.example/saml/metadata"

    def sent_elsewhere(root: _Element) -> None:
        without_data(root)
        root.set("Destination", "https://elsewhere.example/launch")

    for change in (for_another, sent_elsewhere):
        assert refusal(stage, response(stage, before_signing=change), TokenForm.SAML) == "L502"


@pytest.mark.parametrize("minimum", list(LaunchGrade))
def test_launch_of_a_weaker_grade_than_the_grant_asks_is_refused(minimum: LaunchGrade) -> None:
    for grade in LaunchGrade:
        stage = Stage(grade=grade)
        stage.change_grant(JWT_ISSUER, minimum_grade=minimum)
        if grade.strength < minimum.strength:
            assert refusal(stage, jwt(stage)) == "L303"
        else:
            assert stage.verify(jwt(stage)).grade == grade.value


def test_grades_are_ordered_by_how_hard_they_are_to_forge() -> None:
    assert sorted(LaunchGrade, key=lambda grade: grade.strength) == [
        LaunchGrade.ONE_HOP,
        LaunchGrade.TICKET,
        LaunchGrade.TWO_HOP,
        LaunchGrade.SMART,
    ]
