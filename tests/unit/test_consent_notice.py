"""What a change notice of Mitz says, and what it leaves open."""

import pytest

from adapters.xml import XmlRefusedError
from adapters.zis.consent_notice import NoticeShapeError, read_notice
from context.bsn import Bsn
from context.consent import Scope
from context.errors import BsnFormatError
from context.notice import ConsentNotice
from tests.mitz_notice import PERMITS, PHARMACIES, REFUSES, Choice, Notice

BSN, HOLDER = "999999011", "00000659"


def read(*choices: Choice) -> ConsentNotice:
    return read_notice(Notice(BSN, HOLDER, choices).xml())


def test_refusal_names_patient_holder_and_category() -> None:
    assert read(REFUSES) == ConsentNotice(Bsn(BSN), frozenset({HOLDER}), frozenset({"GGC002"}))


@pytest.mark.parametrize(
    ("choice", "refused"),
    [
        (PERMITS, set()),
        (Choice(provision="deny"), {"GGC002"}),
        (Choice(provision=None), {"GGC002"}),
        (Choice(status="draft"), {"GGC002"}),
        (Choice(status="inactive"), {"GGC002"}),
        (Choice(provision="deny", consulting=(PHARMACIES,)), set()),
        (Choice(provision="deny", consulting=()), {"GGC002"}),
        (Choice(provision="deny", consulting=(PHARMACIES, "RPZAC001")), {"GGC002"}),
        (Choice(provision="deny", categories=("GGC002", "GGC003")), {"GGC002", "GGC003"}),
    ],
)
def test_only_a_plain_active_permit_refuses_nothing(choice: Choice, refused: set[str]) -> None:
    found = read(choice)
    assert (found.refused, found.refuses_all) == (frozenset(refused), False)


def test_refusal_wins_over_a_permit_beside_it() -> None:
    assert read(PERMITS, REFUSES, PERMITS).refused == {"GGC002"}


def test_refusal_without_a_category_is_of_all() -> None:
    assert read(PERMITS, Choice(provision="deny", categories=())).refuses_all


NOTICE = ConsentNotice(Bsn(BSN), frozenset({HOLDER}), frozenset({"GGC002"}))


@pytest.mark.parametrize(
    ("scope", "categories", "withdrawn"),
    [
        (Scope.FULL, {"GGC002"}, True),
        (Scope.FULL, {"GGC002", "GGC003"}, False),
        (Scope.FULL, {"GGC003"}, False),
        (Scope.PATIENT_INFORMATION_ONLY, set(), False),
    ],
)
def test_view_ends_when_nothing_of_it_remains_permitted(
    scope: Scope, categories: set[str], withdrawn: bool
) -> None:
    assert NOTICE.withdraws(scope, frozenset(categories)) is withdrawn


def test_refusal_of_all_ends_every_full_view() -> None:
    everything = ConsentNotice(Bsn(BSN), frozenset(), refuses_all=True)
    assert everything.withdraws(Scope.FULL, frozenset({"GGC003"}))
    assert not everything.withdraws(Scope.PATIENT_INFORMATION_ONLY, frozenset())


GOOD = Notice(BSN, HOLDER).xml()


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (GOOD.replace(b"Bundle", b"Bundel"), "not a bundle"),
        (Notice(BSN, HOLDER, ()).xml(), "no choice"),
        (GOOD.replace(b"NamingSystem/bsn", b"NamingSystem/other"), "not one patient"),
        (
            GOOD.replace(
                b"</identifier></Patient>",
                b"</identifier><identifier><system value='http://fhir.nl/fhir/NamingSystem/bsn'/>"
                b"<value value='999904309'/></identifier></Patient>",
            ),
            "not one patient",
        ),
    ],
)
def test_bundle_of_another_shape_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(NoticeShapeError, match=why):
        read_notice(raw)


def test_number_that_is_no_bsn_is_refused() -> None:
    with pytest.raises(BsnFormatError):
        read_notice(Notice("123456789", HOLDER).xml())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        GOOD[:-1],
        b"<!DOCTYPE Bundle>" + GOOD,
        b'<!DOCTYPE b [<!ENTITY x "y">]>' + GOOD,
        GOOD.replace(b"<type", b"<!-- --><type", 1),
        GOOD.replace(b"<type", b" " * (256 * 1024) + b"<type", 1),
        b"<a>" * 40 + GOOD + b"</a>" * 40,
    ],
    ids=["nothing", "json", "cut", "doctype", "entity", "comment", "huge", "deep"],
)
def test_anything_but_plain_xml_is_refused(raw: bytes) -> None:
    with pytest.raises(XmlRefusedError):
        read_notice(raw)
