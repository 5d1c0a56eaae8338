"""zeep, with our settings, refuses what a WSDL could do to us (security.md: CVE-2026-58501)."""

from pathlib import Path
from typing import Any

import pytest
import zeep
import zeep.exceptions

from adapters.zis import soap
from adapters.zis.envelopes import SETTINGS

# zeep carries no types.
CLIENT: Any = zeep.Client
GOOD = (Path(soap.__file__).parent / "wsdl" / "pdq.wsdl").read_text("utf-8")


def load(folder: Path, text: str) -> object:
    file = folder / "service.wsdl"
    file.write_text(text, encoding="utf-8")
    return CLIENT(str(file), settings=SETTINGS)


def test_wsdl_of_the_product_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD) is not None


def declared(text: str) -> str:
    declaration, end, rest = GOOD.partition("?>")
    return f"{declaration}{end}{text}{rest}"


@pytest.mark.parametrize(
    "text",
    [
        declared("<!DOCTYPE definitions>"),
        declared('<!DOCTYPE definitions [<!ENTITY a "b">]>'),
        declared('<!DOCTYPE definitions SYSTEM "http://192.0.2.1/x.dtd">'),
    ],
    ids=["doctype", "entity", "external"],
)
def test_wsdl_with_a_document_type_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises((zeep.exceptions.DTDForbidden, zeep.exceptions.EntitiesForbidden)):
        load(tmp_path, text)


@pytest.mark.proves("trap:1")
@pytest.mark.parametrize("address", ["http://192.0.2.1/other.xsd", "file:///etc/passwd"])
def test_schema_from_elsewhere_is_not_fetched(tmp_path: Path, address: str) -> None:
    reach = f'<xsd:import namespace="urn:other" schemaLocation="{address}"/>'
    start = GOOD.index(">", GOOD.index("<xsd:schema")) + 1
    with pytest.raises(zeep.exceptions.ExternalReferenceForbidden):
        load(tmp_path, GOOD[:start] + reach + GOOD[start:])
