"""The catalogue: what may be recorded, and that nothing else can be."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import AuditFieldError
from audit.events import CATALOGUE, EventSpec, OutcomeIndicator, spec_of
from audit.fields import FIELD_KINDS, TEXT_LIMIT, AuditFieldValue, FieldKind
from audit.text import ProtectedText
from context.ports import AuditEvent

RIGHT: Mapping[FieldKind, AuditFieldValue] = MappingProxyType(
    {
        FieldKind.TEXT: "text",
        FieldKind.TEXTS: ("one", "two"),
        FieldKind.COUNT: 3,
        FieldKind.FLAG: True,
        FieldKind.PROTECTED: ProtectedText("999990019"),
    }
)
WRONG: Mapping[FieldKind, tuple[object, ...]] = MappingProxyType(
    {
        FieldKind.TEXT: (1, True, ("a",), ProtectedText("x"), "x" * (TEXT_LIMIT + 1), "\ud800", b"x", 1.5),
        FieldKind.TEXTS: ("text", ["a"], (1,), ("\ud800",), ("a",) * 201),
        FieldKind.COUNT: ("3", True, -1, 2**53, 1.0),
        FieldKind.FLAG: (1, "true"),
        FieldKind.PROTECTED: ("999990019", ProtectedText("\ud800")),
    }
)


def complete(spec: EventSpec, outcome: str = "accepted") -> dict[str, AuditFieldValue]:
    """Every field that the event allows, each with a right value."""
    fields = {name: RIGHT[FIELD_KINDS[name]] for name in sorted(spec.allowed)}
    return {**fields, "outcome": outcome} if "outcome" in spec.allowed else fields


def required(spec: EventSpec, outcome: str) -> frozenset[str]:
    return spec.required | spec.required_when.get(("outcome", outcome), frozenset())


each_event = pytest.mark.parametrize("spec", CATALOGUE.values(), ids=list(CATALOGUE))
each_case = pytest.mark.parametrize(
    ("spec", "outcome"),
    [
        pytest.param(spec, outcome, id=f"{name}-{outcome}")
        for name, spec in CATALOGUE.items()
        for outcome in sorted(value for _, value in spec.required_when) or ("accepted",)
    ],
)


def test_catalogue_and_the_domain_name_the_same_events() -> None:
    assert set(CATALOGUE) == {event.value for event in AuditEvent}


def test_unknown_event_is_refused() -> None:
    with pytest.raises(AuditFieldError):
        spec_of("RECORD_DELETED")


def test_every_field_of_the_catalogue_has_a_kind_and_is_used() -> None:
    used = frozenset[str]().union(*(spec.allowed for spec in CATALOGUE.values()))
    assert used <= FIELD_KINDS.keys()
    assert FIELD_KINDS.keys() <= used


@each_case
def test_complete_event_is_accepted(spec: EventSpec, outcome: str) -> None:
    spec.check(complete(spec, outcome))


@pytest.mark.proves("promise:P2")
@each_case
def test_event_without_a_required_field_is_refused_by_name(spec: EventSpec, outcome: str) -> None:
    for name in required(spec, outcome):
        fields = complete(spec, outcome)
        del fields[name]
        with pytest.raises(AuditFieldError, match=name):
            spec.check(fields)
        with pytest.raises(AuditFieldError, match=name):
            spec.check({**fields, name: None})


@each_case
def test_event_with_its_required_fields_only_is_accepted(spec: EventSpec, outcome: str) -> None:
    wanted = required(spec, outcome)
    spec.check({name: value for name, value in complete(spec, outcome).items() if name in wanted})


@each_event
def test_field_of_another_event_is_refused(spec: EventSpec) -> None:
    for name in FIELD_KINDS.keys() - spec.allowed:
        with pytest.raises(AuditFieldError, match=name):
            spec.check({**complete(spec), name: RIGHT[FIELD_KINDS[name]]})


@each_event
def test_value_of_the_wrong_kind_is_refused_without_repeating_it(spec: EventSpec) -> None:
    for name in spec.allowed:
        for value in WRONG[FIELD_KINDS[name]]:
            with pytest.raises(AuditFieldError, match=name) as caught:
                spec.check({**complete(spec), name: value})  # type: ignore[dict-item]
            assert "999990019" not in str(caught.value)


@pytest.mark.proves("promise:P2")
def test_access_to_a_patient_names_who_whom_role_and_policy() -> None:
    """NEN 7513:2018: 7.3.1 user, 7.3.4 role, 7.4.3 object, 7.4.6 authorisation policy."""
    for name, spec in CATALOGUE.items():
        if spec.code == "110110" or name == "CONTEXT_OPENED":
            assert {"user_id", "user_role", "practice_ura", "patient", "hospital"} <= spec.required, name
            assert {"authorisation_policy", "relation_basis"} <= spec.stamped.keys(), name


def test_events_that_open_a_reference_are_those_that_begin_a_case() -> None:
    assert {name for name, spec in CATALOGUE.items() if spec.opens_reference} == {
        "LAUNCH_DECISION",
        "ACCESS_DENIED",
        "CONTEXT_END_ASKED",
        "CONSENT_NOTICED",
        "REFUSALS_SUMMARISED",
        "LAUNCH_INSPECTED",
        "TRUST_CHANGED",
    }


@pytest.mark.parametrize(
    ("event", "fields", "outcome"),
    [
        ("LAUNCH_DECISION", {"outcome": "accepted"}, OutcomeIndicator.SUCCESS),
        ("LAUNCH_DECISION", {"outcome": "refused", "code": "L203"}, OutcomeIndicator.SERIOUS_FAILURE),
        ("LAUNCH_DECISION", {"outcome": "refused", "code": "L703"}, OutcomeIndicator.MAJOR_FAILURE),
        ("CONTEXT_OPENED", {}, OutcomeIndicator.SUCCESS),
        ("CONTEXT_REFUSED", {"code": "L603"}, OutcomeIndicator.SERIOUS_FAILURE),
        ("CONTEXT_REFUSED", {"code": "L701"}, OutcomeIndicator.MAJOR_FAILURE),
        ("SECTION_SHOWN", {"state": "ok"}, OutcomeIndicator.SUCCESS),
        ("SECTION_SHOWN", {"state": "failed"}, OutcomeIndicator.MINOR_FAILURE),
        ("REPLAY_ALARM", {"code": "L405"}, OutcomeIndicator.SERIOUS_FAILURE),
    ],
)
def test_outcome_indicator_follows_the_fields(
    event: str, fields: dict[str, AuditFieldValue], outcome: OutcomeIndicator
) -> None:
    assert spec_of(event).outcome_of(fields) is outcome


def test_outcome_that_is_none_of_its_values_is_refused() -> None:
    spec = spec_of("LAUNCH_DECISION")
    with pytest.raises(AuditFieldError, match="outcome"):
        spec.check({**complete(spec), "outcome": "perhaps"})


@given(st.text())
def test_protected_text_never_shows_itself(text: str) -> None:
    protected = ProtectedText(text)
    assert repr(protected) == str(protected) == f"{protected}" == "ProtectedText(***)"
    assert protected.reveal() == text
