"""Is this answer about the patient we asked for? (architecture.md D19)"""

from collections.abc import Sequence

from lxml import etree

from adapters.zis.datatypes import read_date
from adapters.zis.errors import SourceError
from adapters.zis.interactions import BSN
from adapters.zis.paths import Path, hl7_tag
from context.bsn import Bsn
from context.outcome import FailureCause
from context.person import PartialDate

# A person inside a patient role: by IHE, in a CDA-like organizer, and in a named class of AORTA 6.12.
_PERSON = "*[self::h:patientPerson or self::h:patient or self::h:Person]"
_BSNS = Path(
    f"h:id[@root='{BSN}']/@extension"
    f" | {_PERSON}/h:id[@root='{BSN}']/@extension"
    f" | {_PERSON}/h:asOtherIDs/h:id[@root='{BSN}']/@extension"
)
_ECHOED_BSNS = {
    hl7_tag("parameterList"): Path(
        f"h:livingSubjectId/h:value[@root='{BSN}']/@extension | h:patientId/h:value[@root='{BSN}']/@extension"
    ),
    hl7_tag("queryByParameter"): Path(f"h:patientID/h:value[@root='{BSN}']/@extension"),
}
"""Where parameters are repeated, anywhere in the control act but in a subject, which is the answer itself."""
_SUBJECT = hl7_tag("subject")
_BIRTH_DATE = Path(f"{_PERSON}/h:birthTime/@value")


def check_bsn(patients: Sequence[etree._Element], bsn: Bsn) -> None:
    """Each patient role (``patient``, ``patientRole``, ``Patient``) must carry the BSN asked for, no other.

    :raises SourceError: ``wrong_patient``; a patient without a BSN counts as wrong.
    """
    for patient in patients:
        if set(_BSNS.texts(patient)) != {bsn.reveal()}:
            raise _wrong("the answer is about another BSN, or about none")


def check_echo(control_act: etree._Element, bsn: Bsn) -> None:
    """The parameters that the source repeats must name the BSN asked for, when it repeats them: "not
    found" for somebody else says nothing about our patient.

    :raises SourceError: ``wrong_patient``.
    """
    echoed = {
        text
        for child in control_act
        if len(child) and child.tag != _SUBJECT
        for echo in child.iter(*_ECHOED_BSNS)
        for text in _ECHOED_BSNS[echo.tag].texts(echo)
    }
    if echoed - {bsn.reveal()}:
        raise _wrong("the question repeated is about another BSN")


def check_birth_date(patients: Sequence[etree._Element], expected: PartialDate | None) -> None:
    """Each birth date present must equal ``expected`` on the parts that both know.

    :raises SourceError: ``wrong_patient``; ``malformed`` when it is no date.
    """
    if expected is None:
        return
    for patient in patients:
        for text in _BIRTH_DATE.texts(patient):
            if not agree(read_date(text), expected):
                raise _wrong("the answer has another birth date")


def agree(one: PartialDate, other: PartialDate) -> bool:
    """Whether both can be the same day: equal on the parts that both know."""
    return all(
        left == right or left is None or right is None
        for left, right in ((one.year, other.year), (one.month, other.month), (one.day, other.day))
    )


def _wrong(detail: str) -> SourceError:
    return SourceError(FailureCause.WRONG_PATIENT, detail)
