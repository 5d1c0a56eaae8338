"""The ``[zis]`` part of a hospital file: sources, endpoints and keys, every fault at once."""

from pathlib import Path

import pytest

from adapters.zis.record_source import sources_of
from app.hospitals import load_hospitals
from context.records import Section
from context.zis import ClientTls, Dialect, Endpoint, KeyReference, SectionSource, WireSigning, ZisConnection
from tests.unit.test_hospitals import GOOD, problems, write

LAB = """
[[zis.sections.laboratory]]
interaction = "POLB_IN354001NL03"
endpoint = "lab"
soap_action = ""
name = "Laboratorium"
[[zis.sections.laboratory]]
interaction = "QUPC_IN043100UV01"
[zis.sections.letters]
interaction = "ITI-18"
[zis.sections.radiology]
interaction = "ITI-43"
category = "18748-4"
[zis.endpoints.lab]
url = "https://lab.example/hl7"
"""


def connection(folder: Path, more: str, *, dialect: str = "nl") -> ZisConnection:
    write(folder, "one", text=f'{GOOD}dialect = "{dialect}"\n{more}')
    return load_hospitals(folder, strict=True)["one"].zis


def faults(folder: Path, more: str, *, strict: bool = True) -> tuple[str, ...]:
    write(folder, "one", text=GOOD + more)
    return tuple(line.removeprefix("one.toml: ") for line in problems(folder, strict=strict))


def test_section_has_the_sources_of_the_file_in_their_order(tmp_path: Path) -> None:
    zis = connection(tmp_path, LAB)
    assert zis.dialect is Dialect.NL
    assert zis.sections == {
        Section.LABORATORY: (
            SectionSource("POLB_IN354001NL03", "lab", soap_action="", name="Laboratorium"),
            SectionSource("QUPC_IN043100UV01", category="LABCAT"),
        ),
        Section.LETTERS: (SectionSource("ITI-18", category="LETTER"),),
        Section.RADIOLOGY: (SectionSource("ITI-43", category="18748-4"),),
    }
    assert zis.endpoint_named("lab") == Endpoint("lab", "https://lab.example/hl7")
    assert zis.endpoint_named("main") == Endpoint("main", "https://zis.example/soap")
    assert zis.endpoint_named("consent") == Endpoint("consent", "https://zis.example/consent")


def test_documents_have_a_registry_of_their_own_when_the_file_names_one(tmp_path: Path) -> None:
    for more, endpoint in (
        ("", "main"),
        ('[zis.endpoints.registry]\nurl = "https://xds.example/"\n', "registry"),
    ):
        zis = connection(tmp_path, more)
        assert [source.endpoint for source in sources_of(zis, Section.LETTERS)] == [endpoint]
        assert [source.endpoint for source in sources_of(zis, Section.LABORATORY)] == ["main"]


SECURED = """
[zis.endpoints.main]
url = "https://zis.example/soap"
[zis.endpoints.main.tls]
certificate = "keys/client.pem"
key = "keys/client.key"
[zis.endpoints.main.signing]
certificate = "keys/client.pem"
key = "keys/client.key"
transaction_token = true
key_reference = "issuer_serial"
"""


def test_main_endpoint_may_carry_its_security(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    certificate, key = keys / "client.pem", keys / "client.key"
    certificate.touch()
    key.touch()
    assert connection(tmp_path, SECURED).endpoint_named("main") == Endpoint(
        "main",
        "https://zis.example/soap",
        ClientTls(certificate, key),
        WireSigning(certificate, key, transaction_token=True, key_reference=KeyReference.ISSUER_SERIAL),
    )


def test_every_fault_of_sources_and_endpoints_is_told_at_once(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        'patient_interaction = "QUPA_IN101103"\npatient_endpoint = "index"\n'
        + SECURED.replace("zis.example", "other.example")
        + '[zis.endpoints.plain]\nurl = "http://lab.example/"\n'
        + '[[zis.sections.allergies]]\ninteraction = "REPC_IN990130NL9"\n'
        + '[zis.sections.implants]\ninteraction = "ITI-43"\n'
        + '[[zis.sections.allergies]]\ninteraction = "GQZG_IN000001NL"\nendpoint = "nowhere"\n',
    )
    keys = [line.partition(":")[0] for line in found]
    assert keys == [
        "zis.patient_interaction",
        "zis.patient_endpoint",
        "zis.sections.allergies.0.interaction",
        "zis.sections.allergies.1.endpoint",
        "zis.sections.allergies.1.category",
        "zis.sections.implants.0.category",
        "zis.endpoints.main.tls.certificate",
        "zis.endpoints.main.tls.key",
        "zis.endpoints.main.signing.certificate",
        "zis.endpoints.main.signing.key",
        "zis.endpoints.main.url",
        "zis.endpoints.plain.url",
    ]


@pytest.mark.proves("trap:19")
def test_unknown_release_of_an_interaction_is_refused_at_start(tmp_path: Path) -> None:
    (found,) = faults(tmp_path, '[zis.sections.medication]\ninteraction = "QUMA_IN991201NL09"\n')
    assert found.startswith("zis.sections.medication.0.interaction: unknown; known are ")
    assert "QUMA_IN991201NL04" in found


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ('dialect = "fhir"\n', "zis.dialect"),
        ('[zis.sections.genome]\ninteraction = "ITI-18"\n', "zis.sections.genome"),
        ("[zis.sections]\nallergies = []\n", "zis.sections.allergies"),
        (
            '[zis.sections.allergies]\ninteraction = "ITI-18"\nsoap_action = "a\\"b"\n',
            "zis.sections.allergies",
        ),
        ('[zis.endpoints.lab]\nurl = "ftp://lab.example/"\n', "zis.endpoints.lab.url"),
        ('[zis.endpoints."a b"]\nurl = "https://lab.example/"\n', "zis.endpoints.a b"),
        ('[zis.endpoints.lab]\nurl = "https://lab.example/"\ntls = {key = "k"}\n', "zis.endpoints.lab.tls"),
    ],
)
def test_value_of_another_form_is_named_by_its_key(tmp_path: Path, more: str, key: str) -> None:
    assert all(line.startswith(key) for line in faults(tmp_path, more))


def test_plain_http_is_for_tests_only(tmp_path: Path) -> None:
    write(tmp_path, "one", text=GOOD + '[zis.endpoints.lab]\nurl = "http://127.0.0.1/"\n')
    assert load_hospitals(tmp_path, strict=False)["one"].zis.endpoint_named("lab").url == "http://127.0.0.1/"


def test_example_in_the_guide_loads(tmp_path: Path) -> None:
    guide = (Path(__file__).resolve().parents[2] / "docs" / "sources.md").read_text("utf-8")
    example = guide.partition("```toml\n")[2].partition("```")[0].partition("[zis]\n")[2]
    head = GOOD.replace('endpoint = "https://zis.example/soap"\n', "", 1)
    write(tmp_path, "one", text=head + example)
    zis = load_hospitals(tmp_path, strict=True)["one"].zis
    assert (zis.dialect, len(zis.sections[Section.LABORATORY])) == (Dialect.NL, 2)
    assert set(zis.endpoints) == {"pdq", "registry", "repository"}
