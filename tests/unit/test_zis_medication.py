"""Medication of every dialect: MP9 building blocks, 6.x dispenses, QED statements; and vaccinations."""

import pytest

from context.person import Moment, PartialDate
from context.records import (
    MedicationEntry,
    MedicationKind,
    MedicationSetting,
    ResultValue,
    Section,
    StopType,
    Vaccination,
    ValueKind,
)
from tests.zis_sections import code, coded, link, observation, only, period, person, read

PROCESS = "2.16.840.1.113883.2.4.3.11.60.20.77.5.2"
IBUPROFEN = (
    "<consumable><manufacturedProduct><manufacturedMaterial>"
    '<code code="17469" codeSystem="2.16.840.1.113883.2.4.4.10" displayName="IBUPROFEN 600MG">'
    '<translation code="42080" codeSystem="2.16.840.1.113883.2.4.4.1" displayName="IBUPROFEN 600MG"/></code>'
    "</manufacturedMaterial></manufacturedProduct></consumable>"
)
STOPS = (code("Stoptype", "1", PROCESS), code("Stoptype", "274512008", "2.16.840.1.113883.6.96"))
"""How MP9 9.0, and how MP9 2.0 says that something is a kind of stop."""


def block(number: str = "", more: str = "", name: str = "substanceAdministration", mood: str = "RQO") -> str:
    kind = code("bouwsteen", number, "2.16.840.1.113883.6.96") if number else ""
    product = IBUPROFEN if name != "supply" else IBUPROFEN.replace("consumable", "product")
    return (
        f'<{name} moodCode="{mood}"><id root="1.4" extension="1"/>{kind}<text>2 maal per dag 1 stuk</text>'
        f"{more}{product}</{name}>"
    )


def only_medication(statement: str) -> MedicationEntry:
    return only(Section.MEDICATION, MedicationEntry, statement)


@pytest.mark.proves("feature:D10")
@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("33633005", MedicationKind.AGREEMENT),
        ("16076005", MedicationKind.AGREEMENT),
        ("422037009", MedicationKind.DISPENSING_AGREEMENT),
        ("422979000", MedicationKind.USE),
        ("395067002", MedicationKind.VARIABLE_DOSING),
        ("18629005", MedicationKind.ADMINISTRATION),
        ("", MedicationKind.STATEMENT),
    ],
)
def test_building_block_is_known_by_its_code(number: str, kind: MedicationKind) -> None:
    assert only_medication(block(number)).kind is kind


@pytest.mark.parametrize(
    ("mood", "kind"), [("EVN", MedicationKind.DISPENSE), ("RQO", MedicationKind.DISPENSE_REQUEST)]
)
def test_supply_is_a_dispense_or_the_request_for_one(mood: str, kind: MedicationKind) -> None:
    assert only_medication(block(name="supply", mood=mood)).kind is kind


@pytest.mark.proves("feature:D10", "feature:D12", "trap:8")
def test_agreement_tells_all_that_a_gp_needs() -> None:
    reason = link(observation(code("reden"), coded("hoofdpijn")), "RSON")
    found = only_medication(
        block(
            "33633005",
            period("20231212", "20240110")
            + code("oraal", "9", name="routeCode")
            + '<doseQuantity><center value="1" unit="1"><translation value="1" displayName="stuk"/></center>'
            "</doseQuantity><author><time value='20231211'/>"
            f"{person('Pulver', 'Praktijk', 'assignedAuthor')}</author>{reason}",
        )
    )
    assert (found.product.label, [each.code for each in found.product_codes]) == (
        "IBUPROFEN 600MG",
        ["17469", "42080"],
    )
    assert found.instructions == "2 maal per dag 1 stuk"
    assert found.dose == ResultValue(ValueKind.QUANTITY, "1", "stuk")
    assert found.route is not None
    assert (found.begins, found.ends) == (Moment(PartialDate(2023, 12, 12)), Moment(PartialDate(2024, 1, 10)))
    assert [each.label for each in found.reasons] == ["hoofdpijn"]
    assert found.prescriber is not None
    assert (found.prescriber.name, found.recorded) == ("Pulver", Moment(PartialDate(2023, 12, 11)))
    assert found.remarks == ()


@pytest.mark.proves("feature:D10", "feature:D11")
@pytest.mark.parametrize(
    ("number", "stop"),
    [
        ("1", StopType.TEMPORARY),
        ("2", StopType.DEFINITIVE),
        ("385655000", StopType.TEMPORARY),
        ("410546004", StopType.DEFINITIVE),
        ("89925002", StopType.CANCELLED),
        ("113381000146106", StopType.TEMPORARY),
        ("113371000146109", StopType.DEFINITIVE),
    ],
)
@pytest.mark.parametrize("stated", STOPS)
def test_kind_of_stop_is_read(stated: str, number: str, stop: StopType) -> None:
    mark = link(observation(stated, coded("gestopt", number)))
    assert only_medication(block("33633005", mark)).stop is stop


@pytest.mark.parametrize("stated", STOPS)
def test_kind_of_stop_that_is_not_known_is_a_stop_all_the_same_and_stays_in_words(stated: str) -> None:
    found = only_medication(block("33633005", link(observation(stated, coded("anders", "9")))))
    assert (found.stop, found.remarks) == (StopType.UNKNOWN, ("Stoptype: anders",))


@pytest.mark.parametrize(
    ("status", "stop"), [("suspended", StopType.TEMPORARY), ("aborted", StopType.DEFINITIVE)]
)
def test_status_tells_a_stop_too(status: str, stop: StopType) -> None:
    assert only_medication(block(more=f"<statusCode code='{status}'/>")).stop is stop


@pytest.mark.parametrize(("stated", "is_copy"), [("true", True), ("false", False)])
def test_copy_is_marked(stated: str, is_copy: bool) -> None:
    mark = link(observation(code("Kopie", "16", PROCESS), f'<value xsi:type="BL" value="{stated}"/>'))
    assert only_medication(block("33633005", mark)).is_copy is is_copy


@pytest.mark.proves("feature:D13")
@pytest.mark.parametrize(
    ("kind", "setting"), [("IMP", MedicationSetting.CLINICAL), ("AMB", MedicationSetting.HOME), ("03", None)]
)
def test_setting_is_the_class_of_the_contact(kind: str, setting: MedicationSetting | None) -> None:
    contact = link(f"<encounter><id root='1' extension='2'/>{code('contact', kind)}</encounter>", "REFR")
    assert only_medication(block("33633005", contact)).setting is setting


@pytest.mark.parametrize("stated", ["true", "1"])
@pytest.mark.proves("trap:5")
def test_denied_medication_is_negated(stated: str) -> None:
    denied = block().replace("<substanceAdministration ", f'<substanceAdministration negationInd="{stated}" ')
    assert only_medication(denied).negated


@pytest.mark.proves("trap:8")
def test_schedule_is_told_beside_the_words() -> None:
    times = (
        '<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="IVL_TS"><low value="20240101"/></comp>'
        '<comp xsi:type="PIVL_TS" operator="A"><period value="8" unit="h"/></comp>'
        '<comp xsi:type="EIVL_TS"><event code="HS"/><offset><low value="-1" unit="h"/></offset></comp>'
        "</effectiveTime>"
    )
    found = only_medication(block("33633005", times))
    assert found.begins == Moment(PartialDate(2024, 1, 1))
    assert (found.schedule, found.remarks) == (("1×/8 h", "HS -1 h"), ())


@pytest.mark.proves("trap:8")
def test_width_is_a_duration() -> None:
    times = '<effectiveTime><low value="20240101"/><width value="3" unit="wk"/></effectiveTime>'
    assert only_medication(block("33633005", times)).duration == "3 wk"


DISPENSE = (
    '<medicationDispenseEvent><id root="1.4" extension="7"/><statusCode code="completed"/>'
    '<effectiveTime value="20240102"/><quantity value="42" unit="1">'
    '<translation value="42" displayName="Stuks" code="245"/></quantity><product><dispensedMedication>'
    "<MedicationKind><code code='1026291' displayName='PARACETAMOL'/></MedicationKind>"
    "<therapeuticAgentOf><medicationAdministrationRequest moodCode='RQO'><text>3 maal per dag 1 stuk</text>"
    "<effectiveTime><low value='20240101'/><high value='20240114'/></effectiveTime>"
    "<routeCode code='9' displayName='Oraal'/></medicationAdministrationRequest></therapeuticAgentOf>"
    "</dispensedMedication></product><responsibleParty><assignedCareProvider>"
    "<code code='17.000' displayName='Apotheker'/><representedOrganization><name>De Gaper</name>"
    "</representedOrganization></assignedCareProvider></responsibleParty></medicationDispenseEvent>"
)


@pytest.mark.proves("feature:D10")
@pytest.mark.parametrize(
    "statement",
    [
        DISPENSE,
        "<MedicationDispenseList><code code='MEDLIST'/><subject><Patient><id root='1'/></Patient></subject>"
        f"<component>{DISPENSE}</component></MedicationDispenseList>",
    ],
)
def test_dispense_of_a_6x_list_is_read_like_any_other(statement: str) -> None:
    found = only_medication(statement)
    assert (found.kind, found.product.label) == (MedicationKind.DISPENSE, "PARACETAMOL")
    assert (found.instructions, found.route and found.route.label) == ("3 maal per dag 1 stuk", "Oraal")
    assert (found.begins, found.ends) == (Moment(PartialDate(2024, 1, 1)), Moment(PartialDate(2024, 1, 14)))
    assert found.quantity == ResultValue(ValueKind.QUANTITY, "42", "Stuks")
    assert found.dispenser is not None
    assert found.dispenser.label == "De Gaper"
    assert found.remarks == ("02-01-2024",)


def test_medication_without_a_product_is_unread() -> None:
    reading = read(
        Section.MEDICATION, "<substanceAdministration><text>x</text></substanceAdministration>", block()
    )
    assert (len(reading.entries), reading.unread) == (1, 1)


def test_class_of_a_contact_and_of_a_vaccination_is_no_remark() -> None:
    contact = link('<encounter><id root="1" extension="2"/><code code="AMB"/></encounter>', "REFR")
    assert only_medication(block("33633005", contact)).remarks == ()
    given = block(mood="EVN", more='<code code="IMMUNIZ"/>')
    assert only(Section.VACCINATIONS, Vaccination, given).remarks == ("2 maal per dag 1 stuk",)


def test_vaccination_is_product_moment_and_dose() -> None:
    found = only(
        Section.VACCINATIONS,
        Vaccination,
        block(more='<effectiveTime value="20201010"/><doseQuantity value="0.5" unit="mL"/>', mood="EVN"),
    )
    assert (found.product.label, found.given) == ("IBUPROFEN 600MG", Moment(PartialDate(2020, 10, 10)))
    assert found.dose == ResultValue(ValueKind.QUANTITY, "0.5", "mL")
