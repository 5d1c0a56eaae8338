"""The public files that are no answer with a record: Mitz's own samples, IHE's WSDLs and the zib value sets.

``NOT_READ`` names what no test reads, with the reason; every other file of the folder is read by one.
"""

import csv
import re
from pathlib import Path

import pytest
from lxml import etree

from adapters.zis.consent_notice import NoticeShapeError, read_notice
from adapters.zis.interactions import (
    CANCEL_RECORD,
    CONTINUE_RECORD,
    FETCH_RECORD,
    FIND_DOCUMENTS,
    FIND_PATIENT,
    RETRIEVE_DOCUMENTS,
    Operation,
)
from context.bsn import Bsn
from views.code_list import code_list

FHIR = {"f": "http://hl7.org/fhir"}
MITZ = "hl7v3/mitz"
WSDLS = "hl7v3/oehf-ipf"
OPERATIONS = {
    "wsdl/iti47/iti47-raw.wsdl": (FIND_PATIENT.operation,),
    "wsdl/pcc1/pcc1-raw.wsdl": (FETCH_RECORD.operation, CONTINUE_RECORD, CANCEL_RECORD),
    "xds/iti18.wsdl": (FIND_DOCUMENTS,),
    "xds/iti43.wsdl": (RETRIEVE_DOCUMENTS,),
}
NOT_READ = {
    r"LICENSE(\.txt)?": "terms",
    r"nictiz-zib2020/zib2020_elements\.tsv": "names of zib elements, none of which is a message",
    r"wsdl/iti(44|45|46|55|56)/.*": "transactions that we do not use",
    r"wsdl/iti47/iti47\.(wsdl|xsd)": "the raw form of the same file is read",
    r"xds/iti(38|39)[^/]*\.wsdl": "transactions between communities; the hospital's gateway does those",
    r"xds/saml2-assertion-for-xua\.xml": "a token of a user: the launch's readers are tried with their own",
    r"schematron/PRPA_IN201306UV02\.sch\.xml": "XSLT 2, which libxslt does not run; the XSD is tested",
    r"schema/(xml|soap-1\.2-envelope)\.xsd|schema/IHE/XCPD_PLQ\.xsd": "schemas of other messages",
    r"xds/schema/(IHE/IHEXDSIB|ebRS30/cms)\.xsd": "schemas of other messages",
    r"schema/HL7V3/NE2008/.*\.xsd": "parts that the schemas of our messages include, or those of others",
}
"""Regular expressions on the end of a path below ``hl7v3``."""
READ_ELSEWHERE = {
    "hl7-c-cda-examples": "test_real_documents.py",
    "oehf-ipf/cda": "test_real_documents.py",
    "oehf-ipf/cda-xsd": "test_sandbox_documents.py",
    "oehf-ipf/instances": "test_zis_real_messages.py",
    "oehf-ipf/xds/iti18request.xml": "../unit/test_zis_registry.py",
    "oehf-ipf/xds/schema": "../unit/test_zis_registry.py",
    "reference-icardea": "test_zis_real_messages.py",
    "reference-nictiz": "real_statements.py",
}
"""Folders below ``hl7v3`` of which tests read every XML file or schema, with the module that does."""


def test_notice_of_mitz_is_read_whole(shared_data: Path) -> None:
    raw = (shared_data / MITZ / "mitz_example_notification_bundle.xml").read_bytes()
    root = etree.fromstring(raw)
    notice = read_notice(raw)
    (bsn,) = _values(root, "//f:Patient/f:identifier[f:system/@value[contains(., '/bsn')]]/f:value/@value")
    holders = _values(
        root, "//f:Organization/f:identifier[f:system/@value[contains(., '/ura')]]/f:value/@value"
    )
    assert (notice.bsn, notice.holders) == (Bsn(bsn), frozenset(holders))
    practices = "//f:Consent[f:extension//f:code/@value='RPZAC001'][f:status/@value='inactive']"
    refused = _values(root, f"{practices}/f:category/f:coding/f:code/@value")
    assert refused
    assert (notice.refused, notice.refuses_all) == (frozenset(refused), False)
    assert len(_values(root, "//f:Consent/f:id/@value")) >= 2


def test_subscription_of_mitz_is_no_notice(shared_data: Path) -> None:
    with pytest.raises(NoticeShapeError):
        read_notice((shared_data / MITZ / "mitz_example_subscription.xml").read_bytes())


def test_question_of_mitz_is_the_sample_that_ours_is_compared_with(shared_data: Path) -> None:
    compared = shared_data / "audit" / "mitz_gesloten_vraag_example.xml"
    assert (shared_data / MITZ / "mitz_xacml_example.xml").read_bytes() == compared.read_bytes()


@pytest.mark.parametrize("name", OPERATIONS)
def test_actions_are_those_of_the_public_wsdl(shared_data: Path, name: str) -> None:
    root = etree.parse(shared_data / WSDLS / name).getroot()
    actions = {str(action) for action in root.xpath("//@*[local-name()='Action']")}  # type: ignore[union-attr]
    asked: tuple[Operation, ...] = OPERATIONS[name]
    assert {operation.action for operation in asked} <= actions
    assert len(actions) >= 2


@pytest.mark.proves("trap:10")
def test_every_word_for_a_zib_code_is_that_of_the_value_sets(shared_data: Path) -> None:
    path = shared_data / "hl7v3/nictiz-zib2020/zib2020_valuesets.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    words: dict[str, set[str]] = {}
    for row in rows:
        words.setdefault(row["code"], set()).update({row["display_nl"].strip(), row["display_en"].strip()})
    own = {"2.16.840.1.113883.5.4", "2.16.840.1.113883.5.139", "2.16.840.1.113883.6.8"}
    listed = {key: word for key, word in code_list().items() if key[0] not in own}
    assert {key: word for key, word in listed.items() if word not in words.get(key[1], set())} == {}
    assert len(listed) > 500


def test_every_file_is_read_by_a_test_or_named_with_the_reason(shared_data: Path) -> None:
    folder = shared_data / "hl7v3"
    own = {
        MITZ.partition("/")[2],
        "nictiz-zib2020/zib2020_valuesets.tsv",
        *(f"oehf-ipf/{name}" for name in OPERATIONS),
    }
    read = (*own, *READ_ELSEWHERE)
    unknown = [
        name
        for name in sorted(
            path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
        )
        if not any(name == one or name.startswith(f"{one}/") for one in read)
        and not any(re.search(f"(^|/)(?:{pattern})$", name) for pattern in NOT_READ)
    ]
    assert unknown == []
    for module in READ_ELSEWHERE.values():
        assert (Path(__file__).parent / module).is_file()


def _values(root: etree._Element, path: str) -> set[str]:
    found = root.xpath(path, namespaces=FHIR)
    assert isinstance(found, list)
    return {str(value) for value in found}
