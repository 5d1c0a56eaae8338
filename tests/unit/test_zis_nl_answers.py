"""Dutch answers: organizers, lists of 6.12 and batches in which each source succeeds or fails by itself."""

from datetime import UTC, datetime

import pytest

from adapters.zis.errors import SourceError
from adapters.zis.interactions import INTERACTIONS
from adapters.zis.record import Asked, read_part
from context.outcome import FailureCause, Outcome, OutcomeState
from context.person import PartialDate
from context.ports import RecordQuestion
from context.records import LabResult, RecordEntry, Section
from tests.zis_messages import ASKED, ASKER, BSN_ROOT, OTHER, QUERY_ID, SOURCE, counters, parsed
from tests.zis_nl_messages import (
    ISSUE,
    LAB_ANSWER,
    batch,
    dispense_list,
    nl_potassium,
    organizer,
    refused,
    response,
)

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
QUESTION = RecordQuestion(ASKED, PartialDate(1980, 5, 12), ASKER)
RESULT = organizer(nl_potassium())
NOTHING = response(code="NF")


def read(
    message: str, interaction: str = "POLB_IN354001NL03", section: Section = Section.LABORATORY
) -> Outcome[RecordEntry]:
    asked = Asked(INTERACTIONS[interaction], section, QUESTION, QUERY_ID, SOURCE)
    return read_part(parsed(message), asked).outcome(SOURCE, NOW)


def cause_of(message: str, interaction: str = "POLB_IN354001NL03") -> FailureCause:
    with pytest.raises(SourceError) as caught:
        read(message, interaction)
    return caught.value.cause


def potassium_values(outcome: Outcome[RecordEntry]) -> list[str]:
    return [entry.value.text for entry in outcome.entries if isinstance(entry, LabResult)]


@pytest.mark.parametrize("message", [response(RESULT), batch(response(RESULT))], ids=["single", "batch"])
def test_organizer_is_read(message: str) -> None:
    outcome = read(message)
    assert (outcome.state, potassium_values(outcome)) == (OutcomeState.OK, ["4.1"])


def test_dispense_list_of_6_12_is_read() -> None:
    dispense = (
        '<medicationDispenseEvent><id root="1.5" extension="d"/><statusCode code="completed"/>'
        '<effectiveTime value="20260101"/><product><dispensedMedication><MedicationKind><code code="1026291"'
        ' codeSystem="2.16.840.1.113883.2.4.4.7" displayName="PARACETAMOL 500MG"/></MedicationKind>'
        "</dispensedMedication></product></medicationDispenseEvent>"
    )
    message = batch(response(dispense_list(dispense), name="QURX_IN990113NL"))
    outcome = read(message, "QURX_IN990111NL", Section.MEDICATION)
    assert (outcome.state, len(outcome.entries)) == (OutcomeState.OK, 1)


def test_named_class_of_6_12_is_read_by_its_components() -> None:
    subject = RESULT.replace("organizer", "PrimaryCareProvision").replace("recordTarget", "subject")
    subject = subject.replace("patientRole", "Patient").replace("<patient>", "<Person>")
    subject = subject.replace("</patient>", "</Person>")
    outcome = read(batch(response(subject, name="QUPC_IN990002NL")), "QUPC_IN990001NL")
    assert potassium_values(outcome) == ["4.1"]


def test_payload_that_nobody_knows_is_counted_and_not_left_out() -> None:
    strange = RESULT.replace("organizer", "SomethingNew")
    outcome = read(response(strange))
    assert (outcome.state, outcome.missing_sources) == (OutcomeState.PARTIAL, (SOURCE,))


@pytest.mark.proves("trap:6")
@pytest.mark.parametrize(
    "message",
    [NOTHING, batch(NOTHING, NOTHING), response(organizer()), batch(response(organizer()), NOTHING)],
    ids=["not found", "nobody found", "an organizer without components", "both"],
)
def test_nothing_delivered_is_empty(message: str) -> None:
    assert read(message) == Outcome.of((), NOW)


@pytest.mark.parametrize(
    ("failing", "name", "cause"),
    [
        (refused(organisation="Apotheek De Brug"), "Apotheek De Brug", FailureCause.REJECTED),
        (refused(device="HIS van Beek"), "HIS van Beek", FailureCause.REJECTED),
        (refused(), SOURCE, FailureCause.REJECTED),
        (response(code="QE", organisation="A"), "A", FailureCause.REJECTED),
        (response(acknowledged="AR", code="AE", organisation="A"), "A", FailureCause.REJECTED),
        (response(RESULT, counted=counters(2, 2, 0), organisation="A"), "A", FailureCause.MALFORMED),
        (response("<subject/>", organisation="A"), "A", FailureCause.MALFORMED),
        (response(RESULT, name="POLB_IN364001NL02", organisation="A"), "A", FailureCause.MALFORMED),
        (response(organizer("<x/>", owner="Lab B"), organisation="A"), "Lab B", FailureCause.MALFORMED),
    ],
    ids=["organisation", "device", "unnamed", "QE", "AR", "counters", "no payload", "release", "keeper"],
)
def test_source_that_fails_in_a_batch_is_named_and_the_others_are_shown(
    failing: str, name: str, cause: FailureCause
) -> None:
    for message in (batch(failing, response(RESULT)), batch(response(RESULT), failing, NOTHING)):
        outcome = read(message)
        assert (outcome.state, outcome.missing_sources) == (OutcomeState.PARTIAL, (name,))
        assert (potassium_values(outcome), outcome.failure) == (["4.1"], cause)


def test_refused_source_beside_empty_ones_is_never_empty() -> None:
    outcome = read(batch(refused(organisation="A"), NOTHING))
    assert (outcome.state, outcome.entries, outcome.missing_sources) == (OutcomeState.PARTIAL, (), ("A",))


@pytest.mark.parametrize("message", [response(code="NF", issue=ISSUE), response(RESULT, issue=ISSUE)])
def test_accepted_answer_with_a_detected_issue_is_not_the_whole_truth(message: str) -> None:
    outcome = read(message)
    assert (outcome.state, outcome.missing_sources) == (OutcomeState.PARTIAL, (SOURCE,))
    assert outcome.failure is FailureCause.REJECTED


@pytest.mark.proves("trap:5")
@pytest.mark.parametrize(
    ("told", "denied"),
    [
        ("<component ", '<component negationInd="true" '),
        ("<organizer ", '<organizer negationInd="true" '),
        ("<subject>", '<subject negationInd="true">'),
        ("<component ", '<component negationInd="misschien" '),
    ],
)
def test_what_its_holder_denies_is_never_told(told: str, denied: str) -> None:
    """The first place only: what stands beside it, or in another payload, is told."""
    other = organizer(nl_potassium("5.0", "78"))
    outcome = read(response(RESULT.replace(told, denied, 1), other))
    assert (potassium_values(outcome), outcome.state) == (["5.0"], OutcomeState.PARTIAL)
    assert outcome.missing_sources == (SOURCE,)


def test_every_source_that_fails_is_named_once() -> None:
    outcome = read(
        batch(refused(organisation="A"), refused(organisation="B"), refused(organisation="A"), NOTHING)
    )
    assert outcome.missing_sources == ("A", "B")


def test_results_that_one_of_several_sources_holds_back_make_it_missing() -> None:
    holding = response(RESULT, counted=counters(3, 1, 2), organisation="A")
    outcome = read(batch(holding, NOTHING))
    assert (outcome.state, outcome.missing_sources) == (OutcomeState.PARTIAL, ("A",))
    assert potassium_values(outcome) == ["4.1"]


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        (refused(), FailureCause.REJECTED),
        (batch(refused(), refused()), FailureCause.REJECTED),
        (response(RESULT, issue=ISSUE, acknowledged="AE"), FailureCause.REJECTED),
        (batch(response(RESULT), acknowledged="AE"), FailureCause.REJECTED),
        (batch(response(RESULT), quantity=2), FailureCause.MALFORMED),
        (batch(response(RESULT), quantity=0), FailureCause.MALFORMED),
        (batch(response(RESULT), quantity="veel"), FailureCause.MALFORMED),
        (batch(), FailureCause.MALFORMED),
        (batch("<nonsense/>", quantity=1), FailureCause.MALFORMED),
        (response(RESULT, query_id="q-of-another"), FailureCause.MALFORMED),
        (response(RESULT, code="NF"), FailureCause.MALFORMED),
        (response(RESULT, counted=counters(1, 1, 1)), FailureCause.MALFORMED),
        (response(RESULT, acknowledged="XX"), FailureCause.MALFORMED),
        (response('<subject xmlns:o="urn:other"><o:organizer/></subject>'), FailureCause.MALFORMED),
    ],
)
def test_answer_without_any_good_source_is_a_failure(message: str, cause: FailureCause) -> None:
    assert cause_of(message) is cause


@pytest.mark.proves("trap:19")
@pytest.mark.parametrize(
    "name", ["POLB_IN364001NL02", "POLB_IN364001NL04", "REPC_IN990131NL", "QUPA_IN101102"]
)
def test_answer_of_another_release_or_kind_is_refused(name: str) -> None:
    assert cause_of(response(RESULT, name=name)) is FailureCause.MALFORMED


def test_generic_query_takes_every_answer_about_a_record_and_no_other() -> None:
    mixed = batch(response(RESULT), response(organizer(nl_potassium("5.0", "78")), name="GQZG_IN000002NL"))
    assert potassium_values(read(mixed, "GQZG_IN000001NL")) == ["4.1", "5.0"]
    assert (
        cause_of(batch(response(RESULT, name="QUPA_IN101102")), "GQZG_IN000001NL") is FailureCause.MALFORMED
    )


STRANGER = f'<subject><Patient><id root="{BSN_ROOT}" extension="{OTHER}"/></Patient></subject>'
NESTED_STRANGER = nl_potassium().replace("</observation>", f"{STRANGER}</observation>")


def echoed(bsn: str) -> str:
    value = f'<value root="{BSN_ROOT}" extension="{bsn}"/>'
    return f"<queryByParameter><patientID>{value}</patientID></queryByParameter>"


@pytest.mark.proves("trap:14", "attack:A105")
@pytest.mark.parametrize(
    "bad",
    [
        response(organizer(nl_potassium(), bsn=OTHER)),
        response(organizer(nl_potassium(), bsn="")),
        response(RESULT.replace("recordTarget", "nobody")),
        response(organizer(nl_potassium(), born="19800513")),
        response(dispense_list(bsn=OTHER)),
        response(dispense_list().replace("19800512", "1979")),
        response(organizer(NESTED_STRANGER)),
        response(code="NF", echo=echoed(OTHER)),
    ],
    ids=["bsn", "no bsn", "nobody", "birth date", "list", "list birth year", "nested", "echo"],
)
def test_answer_about_anyone_else_shows_nothing_of_the_whole_message(bad: str) -> None:
    for message in (bad, batch(response(RESULT), bad), batch(bad, response(RESULT))):
        assert cause_of(message) is FailureCause.WRONG_PATIENT


def test_right_patient_everywhere_is_no_alarm() -> None:
    message = response(organizer(nl_potassium(), born=""), echo=echoed(ASKED.reveal()))
    assert read(message).state is OutcomeState.OK


@pytest.mark.proves("trap:18")
@pytest.mark.parametrize("root", ["2.16.840.1.113883.1.6", "2.16.840.1.113883.5"])
def test_root_of_the_interaction_id_does_not_matter(root: str) -> None:
    assert read(response(RESULT, interaction_root=root)).state is OutcomeState.OK


@pytest.mark.proves("trap:17")
def test_prefixes_and_unused_namespaces_do_not_matter() -> None:
    prefixed = batch(response(RESULT)).replace("xmlns=", 'xmlns:x="urn:unused" xmlns:hl7=')
    for tag in ("<", "</"):
        prefixed = prefixed.replace(tag, f"{tag}hl7:").replace(f"{tag}hl7:/", f"{tag}/")
    prefixed = prefixed.replace("<hl7:/", "</hl7:").replace("</hl7:hl7:", "</hl7:")
    assert potassium_values(read(prefixed)) == ["4.1"]


def test_same_fact_from_two_sources_is_shown_once() -> None:
    again = response(organizer(nl_potassium("4.1"), nl_potassium("5.0", "78")))
    assert potassium_values(read(batch(response(RESULT), again))) == ["4.1", "5.0"]
    assert LAB_ANSWER in again
