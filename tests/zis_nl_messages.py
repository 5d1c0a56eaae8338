"""Dutch answers (AORTA) for the tests of the hospital adapters, written apart from what reads them."""

from tests.zis_messages import ASKED, BSN_ROOT, QUERY_ID, counters

LAB_ANSWER = "POLB_IN364001NL03"
HL7 = 'xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
ISSUE = (
    '<reasonOf><justifiedDetectedIssue><code code="AUTERR_SWV_FALSE"'
    ' codeSystem="2.16.840.1.113883.2.4.6.6.1.1000"/></justifiedDetectedIssue></reasonOf>'
)


def nl_potassium(value: str = "4.1", number: str = "77") -> str:
    return (
        f'<observation classCode="OBS" moodCode="EVN"><id root="1.9" extension="{number}"/>'
        '<code code="2823-3" codeSystem="2.16.840.1.113883.6.1" displayName="Kalium"/>'
        '<statusCode code="completed"/><effectiveTime value="202611210915"/>'
        f'<value xsi:type="PQ" value="{value}" unit="mmol/L"/></observation>'
    )


def organizer(*statements: str, bsn: str = ASKED.reveal(), born: str = "19800512", owner: str = "") -> str:
    """A subject as AORTA Ketenzorg delivers it. :param owner: name of the keeper of the file."""
    birth = f'<birthTime value="{born}"/>' if born else ""
    keeper = (
        '<participant typeCode="CST"><participantRole><scopingEntity>'
        f"<desc>{owner}</desc></scopingEntity></participantRole></participant>"
    )
    return (
        '<subject><organizer classCode="CLUSTER" moodCode="EVN">'
        '<templateId root="2.16.840.1.113883.2.4.3.11.60.66.10.77"/><code code="26436-6"/>'
        f'<recordTarget><patientRole><id root="{BSN_ROOT}" extension="{bsn}"/>'
        f"<patient><name><family>Jansen</family></name>{birth}</patient></patientRole></recordTarget>"
        f"{keeper if owner else ''}"
        f"{_components(statements)}"
        "</organizer></subject>"
    )


def _components(statements: tuple[str, ...]) -> str:
    return "".join(f'<component typeCode="COMP">{each}</component>' for each in statements)


def dispense_list(*dispenses: str, bsn: str = ASKED.reveal()) -> str:
    """A subject as AORTA 6.12 delivers it."""
    return (
        '<subject><MedicationDispenseList><code code="MEDLIST" codeSystem="2.16.840.1.113883.5.4"/>'
        f'<subject><Patient><id root="{BSN_ROOT}" extension="{bsn}"/>'
        '<Person><birthTime value="19800512"/></Person></Patient></subject>'
        f"{_components(dispenses)}</MedicationDispenseList></subject>"
    )


def response(
    *subjects: str,
    name: str = LAB_ANSWER,
    acknowledged: str = "AA",
    code: str = "OK",
    counted: str | None = None,
    issue: str = "",
    organisation: str = "",
    device: str = "",
    query_id: str = QUERY_ID,
    echo: str = "",
    interaction_root: str = "2.16.840.1.113883.1.6",
) -> str:
    """One complete response. :param organisation, device: how the source names itself."""
    number = len(subjects)
    author = (
        '<authorOrPerformer typeCode="AUT"><participant><AssignedDevice>'
        f"<Organization><name>{organisation}</name></Organization>"
        "</AssignedDevice></participant></authorOrPerformer>"
    )
    return (
        f'<{name} {HL7}><id root="1.2" extension="m"/>'
        f'<interactionId root="{interaction_root}" extension="{name}"/>'
        f'<acknowledgement typeCode="{acknowledged}"><targetMessage><id root="1.2" extension="q"/>'
        "</targetMessage></acknowledgement>"
        f"<sender><device><id root='1.3'/>{f'<name>{device}</name>' if device else ''}</device></sender>"
        f'<ControlActProcess moodCode="EVN">{author if organisation else ""}{"".join(subjects)}{issue}'
        f'<queryAck><queryId root="1.2" extension="{query_id}"/><queryResponseCode code="{code}"/>'
        f"{counters(number, number, 0) if counted is None else counted}</queryAck>{echo}"
        f"</ControlActProcess></{name}>"
    )


def refused(**options: str) -> str:
    """The response of a source that may not be asked (zis.md §0.5)."""
    return response(acknowledged="AE", code="AE", issue=ISSUE, **options)


def batch(*responses: str, quantity: object = None, acknowledged: str = "AA") -> str:
    """A batch answer of the switch."""
    number = len(responses) if quantity is None else quantity
    return (
        f'<MCCI_IN200101 {HL7}><id root="1.2" extension="b"/>'
        '<interactionId root="2.16.840.1.113883.1.6" extension="MCCI_IN200101"/>'
        f'<transmissionQuantity value="{number}"/><acknowledgement typeCode="{acknowledged}">'
        '<targetTransmission><id root="1.2" extension="q"/></targetTransmission></acknowledgement>'
        f"<sender><device><id root='1.3'/><name>ZIM</name></device></sender>"
        f"{''.join(responses)}</MCCI_IN200101>"
    )


def nl_enveloped(payload: str) -> bytes:
    """A SOAP 1.1 answer."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<e:Body>{payload}</e:Body></e:Envelope>"
    ).encode()
