"""Names, addresses and telecoms keep every part, in its order and with its qualifiers."""

from adapters.zis.names import read_address, read_name, read_telecoms
from context.person import Address, AddressPart, HumanName, NamePart, NamePartKind, Telecom
from tests.zis_messages import parsed


def test_dutch_name_keeps_parts_order_and_qualifiers() -> None:
    name = read_name(
        parsed(
            '<name use="L"><given qualifier="BR">Anna Maria</given><given qualifier="IN">A.M.</given>'
            '<prefix qualifier="VV">van der </prefix><family qualifier="SP">Berg</family>'
            "<delimiter>-</delimiter>"
            '<family qualifier="BR">Jansen</family><suffix>BSc</suffix></name>'
        )
    )
    assert name == HumanName(
        (
            NamePart(NamePartKind.GIVEN, "Anna Maria", ("BR",)),
            NamePart(NamePartKind.GIVEN, "A.M.", ("IN",)),
            NamePart(NamePartKind.PREFIX, "van der", ("VV",)),
            NamePart(NamePartKind.FAMILY, "Berg", ("SP",)),
            NamePart(NamePartKind.DELIMITER, "-"),
            NamePart(NamePartKind.FAMILY, "Jansen", ("BR",)),
            NamePart(NamePartKind.SUFFIX, "BSc"),
        ),
        ("L",),
    )


def test_name_sent_as_one_string_is_text() -> None:
    name = read_name(parsed("<name>\n dr. <family>Vos</family> MD\n</name>"))
    assert name is not None
    assert [(part.kind, part.text) for part in name.parts] == [
        (NamePartKind.TEXT, "dr."),
        (NamePartKind.FAMILY, "Vos"),
        (NamePartKind.TEXT, "MD"),
    ]


def test_delimiter_that_is_a_space_is_kept() -> None:
    name = read_name(parsed("<name><given>A</given><delimiter> </delimiter><family>B</family></name>"))
    assert name is not None
    assert name.parts[1].text == " "


def test_name_without_text_is_none() -> None:
    assert read_name(parsed('<name nullFlavor="NA"> <family/> </name>')) is None


def test_period_of_validity_is_no_part_of_a_name() -> None:
    name = read_name(parsed('<name><family>Vos</family><validTime><low value="2020"/></validTime></name>'))
    assert name == HumanName((NamePart(NamePartKind.FAMILY, "Vos"),))


def test_address_keeps_parts_it_does_not_know() -> None:
    address = read_address(
        parsed(
            '<addr use="HP PST">Postbus <streetName>Laan</streetName><houseNumber>1</houseNumber>'
            '<unitID>B</unitID><useablePeriod><low value="2020"/></useablePeriod></addr>'
        )
    )
    assert address == Address(
        (
            AddressPart("text", "Postbus"),
            AddressPart("streetName", "Laan"),
            AddressPart("houseNumber", "1"),
            AddressPart("unitID", "B"),
        ),
        ("HP", "PST"),
    )


def test_telecom_keeps_its_scheme_and_drops_nothing_but_empty_ones() -> None:
    root = parsed(
        '<person><telecom use="HP" value="tel:+31201234567"/><telecom/>'
        '<telecom value="mailto:a@b.nl"/></person>'
    )
    assert read_telecoms(list(root)) == (
        Telecom("tel:+31201234567", ("HP",)),
        Telecom("mailto:a@b.nl"),
    )
