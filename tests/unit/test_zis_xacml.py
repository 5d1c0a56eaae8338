"""The consent answer: only an explicit Permit about the BSN asked opens anything."""

import pytest

from adapters.zis.errors import SourceError
from adapters.zis.soap import open_envelope
from adapters.zis.xacml import read_answer
from context.consent import ConsentAnswer, ConsentState
from context.outcome import FailureCause
from tests.zis_messages import ASKED, OTHER, enveloped, parsed, xacml_answer, xacml_result

GRANTED = frozenset({"GGC002"})
NONE: frozenset[str] = frozenset()


def read(message: str) -> ConsentAnswer:
    return read_answer(parsed(message), ASKED, "GGC002")


def cause_of(message: str) -> FailureCause:
    with pytest.raises(SourceError) as caught:
        read(message)
    return caught.value.cause


@pytest.mark.parametrize(
    ("decision", "state", "categories"),
    [
        ("Permit", ConsentState.PERMIT, GRANTED),
        ("Deny", ConsentState.REFUSED, NONE),
        ("NotApplicable", ConsentState.NOT_ANSWERED, NONE),
        (" Permit\n", ConsentState.PERMIT, GRANTED),
    ],
)
def test_decision_gives_the_state_of_consent(
    decision: str, state: ConsentState, categories: frozenset[str]
) -> None:
    assert read(xacml_answer(xacml_result(decision))) == ConsentAnswer(state, categories)


@pytest.mark.parametrize(
    "decision", ["Indeterminate", "permit", "PERMIT", "", "Permitted", "Indeterminate{P}"]
)
def test_anything_else_is_no_decision(decision: str) -> None:
    assert cause_of(xacml_answer(xacml_result(decision))) is FailureCause.REJECTED


@pytest.mark.proves("attack:A105")
@pytest.mark.parametrize("bsn", [OTHER, ""])
def test_permit_about_another_bsn_is_the_wrong_patient(bsn: str) -> None:
    assert cause_of(xacml_answer(xacml_result(bsn=bsn))) is FailureCause.WRONG_PATIENT


def test_permit_that_does_not_repeat_the_bsn_is_refused() -> None:
    message = xacml_answer("<Result><Decision>Permit</Decision></Result>")
    assert cause_of(message) is FailureCause.WRONG_PATIENT


@pytest.mark.parametrize(
    "message",
    [
        xacml_answer(xacml_result(), xacml_result()),
        xacml_answer(" "),
        f"<both>{xacml_answer()}{xacml_answer()}</both>",
        xacml_answer().replace("xacml:3.0:core", "xacml:2.0:core"),
        xacml_answer(
            xacml_result(
                extra='<CodedValue xmlns="urn:hl7-org:v3" codeSystem="2.16.840.1.113883.2.4.3.111.5.10.1"'
                ' code="GGC007"/>'
            )
        ),
        xacml_answer(xacml_result(extra="<Obligations/>")),
    ],
    ids=["two results", "none", "two responses", "version 2", "other category", "obligation"],
)
def test_answer_that_leaves_doubt_is_malformed(message: str) -> None:
    assert cause_of(message) is FailureCause.MALFORMED


@pytest.mark.parametrize(
    "extra",
    [
        "<Decision>Deny</Decision>",
        '<Status><StatusCode Value="urn:oasis:names:tc:xacml:1.0:status:processing-error"/></Status>',
    ],
)
def test_permit_beside_another_decision_or_an_error_is_no_decision(extra: str) -> None:
    assert cause_of(xacml_answer(xacml_result(extra=extra))) is FailureCause.REJECTED


def test_status_ok_is_fine() -> None:
    status = '<Status><StatusCode Value="urn:oasis:names:tc:xacml:1.0:status:ok"/></Status>'
    assert read(xacml_answer(xacml_result(extra=status))).state is ConsentState.PERMIT


def test_decision_inside_a_saml_assertion_is_read_with_its_id() -> None:
    message = (
        '<Assertion xmlns="urn:oasis:names:tc:SAML:2.0:assertion" ID="_77"><Statement>'
        f"{xacml_answer()}</Statement></Assertion>"
    )
    assert read(message) == ConsentAnswer(ConsentState.PERMIT, GRANTED, "_77")


def test_decision_without_an_assertion_is_known_by_its_message() -> None:
    payload = open_envelope(enveloped(xacml_answer(), "urn:uuid:42"))
    assert read_answer(payload, ASKED, "GGC002").decision_id == "urn:uuid:42"
