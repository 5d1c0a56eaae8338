"""HL7v3 data types keep the precision, the text and the reticence of the source."""

from datetime import UTC, datetime

import pytest

from adapters.zis.datatypes import (
    is_negated,
    read_coded,
    read_date,
    read_moment,
    read_point_in_time,
    read_text,
)
from adapters.zis.errors import SourceError
from context.outcome import FailureCause
from context.person import Moment, PartialDate
from context.records import CodedText
from tests.zis_messages import parsed


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2019", PartialDate(2019)),
        ("201901", PartialDate(2019, 1)),
        ("20190130", PartialDate(2019, 1, 30)),
        ("19500000", PartialDate(1950)),
        ("19500400", PartialDate(1950, 4)),
        ("20190130+0100", PartialDate(2019, 1, 30)),
    ],
)
@pytest.mark.proves("trap:7")
def test_date_keeps_the_precision_sent(text: str, date: PartialDate) -> None:
    assert read_date(text) == date
    assert read_moment(text) == Moment(date)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("201902031645", datetime(2019, 2, 3, 15, 45, tzinfo=UTC)),
        ("201907031645", datetime(2019, 7, 3, 14, 45, tzinfo=UTC)),
        ("2019070316", datetime(2019, 7, 3, 14, tzinfo=UTC)),
        ("20240101100000+0100", datetime(2024, 1, 1, 9, tzinfo=UTC)),
        ("20240101100000-0500", datetime(2024, 1, 1, 15, tzinfo=UTC)),
        ("20240114235959.250+0100", datetime(2024, 1, 14, 22, 59, 59, 250000, tzinfo=UTC)),
    ],
)
@pytest.mark.proves("trap:7")
def test_time_without_a_zone_is_dutch_time(text: str, instant: datetime) -> None:
    assert read_moment(text).instant == instant


def test_date_of_a_time_is_the_date_in_amsterdam() -> None:
    assert read_moment("20240101233000+0000").date == PartialDate(2024, 1, 2)


@pytest.mark.parametrize(
    "text",
    ["", "now", "20191301", "20190231", "0000", "201901301", "2019-01-30", "２０１９"],
)
def test_text_that_is_no_date_is_refused(text: str) -> None:
    for read in (read_date, read_moment):
        with pytest.raises(SourceError) as caught:
            read(text)
        assert caught.value.cause is FailureCause.MALFORMED


@pytest.mark.parametrize("text", ["20190130246000", "2019013016+9999", "2019010016", "00010101000000+1200"])
def test_time_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(SourceError):
        read_moment(text)


@pytest.mark.parametrize(
    "xml",
    [
        '<effectiveTime value="20190130"/>',
        '<effectiveTime><low value="20190130"/><high value="20200101"/></effectiveTime>',
        '<effectiveTime><low nullFlavor="UNK"/><high value="20190130"/></effectiveTime>',
        '<effectiveTime xsi:type="SXPR_TS"><comp><center value="20190130"/></comp></effectiveTime>',
    ],
)
def test_point_in_time_is_found_in_every_shape(xml: str) -> None:
    assert read_point_in_time(parsed(xml)) == Moment(PartialDate(2019, 1, 30))


def test_time_that_the_source_does_not_know_is_none() -> None:
    assert read_point_in_time(parsed('<effectiveTime nullFlavor="UNK"/>')) is None


def test_original_text_and_display_name_are_both_kept() -> None:
    coded = read_coded(
        parsed('<code code="1" codeSystem="2.3" displayName="Naam"><originalText>Tekst</originalText></code>')
    )
    assert coded == CodedText("1", "2.3", "Naam", "Tekst")
    assert coded is not None
    assert coded.label == "Tekst"


def test_free_text_under_a_null_flavor_is_data() -> None:
    coded = read_coded(
        parsed('<code nullFlavor="OTH"><originalText>Amoxicilline, via neuroloog</originalText></code>')
    )
    assert coded == CodedText(original_text="Amoxicilline, via neuroloog", null_flavor="OTH")


def test_masked_code_reveals_nothing() -> None:
    coded = read_coded(parsed('<code nullFlavor="MSK" code="1" displayName="Geheim"/>'))
    assert coded == CodedText(masked=True, null_flavor="MSK")


def test_translation_speaks_for_a_code_that_says_nothing() -> None:
    coded = read_coded(parsed('<code nullFlavor="OTH"><translation code="K" displayName="Kalium"/></code>'))
    assert coded == CodedText("K", None, "Kalium")


@pytest.mark.parametrize("xml", ["<code/>", '<code code=" " displayName=""/>'])
def test_code_that_holds_nothing_is_none(xml: str) -> None:
    assert read_coded(parsed(xml)) is None


@pytest.mark.parametrize(("value", "negated"), [("true", True), (" false", False), ("1", True), ("0", False)])
def test_negation_is_read_with_the_spaces_that_real_messages_have(value: str, negated: bool) -> None:
    assert is_negated(parsed(f'<observation negationInd="{value}"/>')) is negated


def test_negation_that_is_neither_true_nor_false_is_refused() -> None:
    with pytest.raises(SourceError):
        is_negated(parsed('<observation negationInd="yes"/>'))


@pytest.mark.proves("trap:1")
def test_mixed_text_keeps_every_word_and_its_lines() -> None:
    text = read_text(parsed("<text>\n   Eerste <b>regel</b>,\n   tweede<!-- x --> regel\n </text>"))
    assert text == "Eerste regel,\ntweede regel"
