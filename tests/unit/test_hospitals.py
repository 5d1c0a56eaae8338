"""Hospital files: typed, strict, every fault at once (architecture.md D10, D14)."""

from pathlib import Path

import pytest

from app.hospitals import HospitalFilesError, load_hospitals
from context.hospital import OtherPatient, WithoutConsent

GOOD = """
name = "Voorbeeld"
base_url = "{base_url}"
environment = "test"
ura_number = "90000001"
[contact]
name = "Servicepunt"
[consent_help]
path = "aan de balie"
[zis]
endpoint = "https://zis.example/soap"
consent_endpoint = "https://zis.example/consent"
sender = "2.16.840.1.113883.2.4.6.6.1"
receiver = "2.16.840.1.113883.2.4.6.6.2"
patient_number_root = "2.16.840.1.113883.2.4.3.7.1"
source_name = "ZIS"
"""
COMMITTED = Path(__file__).resolve().parents[2] / "hospitals"


def write(folder: Path, slug: str, base_url: str = "https://launch.example", text: str = GOOD) -> None:
    (folder / f"{slug}.toml").write_text(text.replace("{base_url}", base_url), encoding="utf-8")


def problems(folder: Path, *, strict: bool = True) -> tuple[str, ...]:
    with pytest.raises(HospitalFilesError) as caught:
        load_hospitals(folder, strict=strict)
    return caught.value.problems


def test_committed_files_load_and_differ_as_the_portals_do() -> None:
    hospitals = load_hospitals(COMMITTED, strict=True)
    cwz, saxenburgh = hospitals["cwz"], hospitals["saxenburgh"]
    assert cwz.without_consent is WithoutConsent.REFUSE
    assert saxenburgh.without_consent is WithoutConsent.PATIENT_INFORMATION_ONLY
    assert cwz.labels.get("tab.zorgmomenten") != saxenburgh.labels["tab.zorgmomenten"]
    assert cwz.other_patient is OtherPatient.REPLACE


@pytest.mark.proves("feature:A13")
def test_launch_url_and_entity_id_follow_the_base_url(tmp_path: Path) -> None:
    write(tmp_path, "one", "https://Launch.Example:443/one")
    hospital = load_hospitals(tmp_path, strict=True)["one"]
    assert hospital.base_url == "https://launch.example/one"
    assert hospital.launch_url == "https://launch.example/one/launch"
    assert hospital.entity_id == "https://launch.example/one/saml/metadata"


def test_every_fault_of_every_file_is_reported_at_once(tmp_path: Path) -> None:
    write(tmp_path, "a", text=GOOD.replace('"90000001"', '"9"').replace('"test"', '"acceptance"'))
    write(tmp_path, "b", text="name = [")
    write(tmp_path, "c", text=GOOD + "\nsurprise = true\n")
    found = problems(tmp_path)
    assert any(line.startswith("a.toml: ura_number") for line in found)
    assert any(line.startswith("a.toml: environment") for line in found)
    assert any(line.startswith("b.toml: not a readable TOML file") for line in found)
    assert any(line.startswith("c.toml: zis.surprise") for line in found)


def test_no_file_at_all_is_an_error_that_names_the_variable(tmp_path: Path) -> None:
    assert problems(tmp_path) == ("no hospital file (*.toml) in the folder of ZORGTEGEL_HOSPITALS_DIR",)


@pytest.mark.parametrize(
    "base_url",
    [
        "ftp://launch.example",
        "https://launch.example/",
        "https://launch.example/a/b",
        "https://launch.example/launch",
        "https://launch.example/UP",
        "https://user@launch.example",
        "https://launch.example?x=1",
        "https://launch.example:port",
        "https://",
    ],
)
def test_base_url_outside_the_rules_is_refused(tmp_path: Path, base_url: str) -> None:
    write(tmp_path, "one", base_url)
    assert any(line.startswith("one.toml: base_url") for line in problems(tmp_path))


@pytest.mark.parametrize(
    ("first", "second", "overlaps"),
    [
        ("https://x.example", "https://x.example/two", True),
        ("https://x.example/one", "https://x.example/one", True),
        ("https://x.example/one", "https://x.example/one-more", False),
        ("https://x.example/one", "https://y.example/one", False),
    ],
)
def test_base_urls_that_contain_each_other_are_refused(
    tmp_path: Path, first: str, second: str, overlaps: bool
) -> None:
    write(tmp_path, "one", first)
    write(tmp_path, "two", second)
    if overlaps:
        assert problems(tmp_path) == ("one.toml and two.toml: base_url overlaps",)
    else:
        assert set(load_hospitals(tmp_path, strict=True)) == {"one", "two"}


def test_strict_refuses_plain_http_and_names_the_key(tmp_path: Path) -> None:
    write(tmp_path, "one", "http://launch.example", GOOD.replace("https://zis", "http://zis"))
    found = problems(tmp_path)
    assert {line.split(":")[1].strip() for line in found} == {
        "base_url",
        "zis.endpoint",
        "zis.consent_endpoint",
    }
    assert load_hospitals(tmp_path, strict=False)


def test_patient_information_only_needs_the_hospitals_own_statement(tmp_path: Path) -> None:
    text = 'without_consent = "patient_information_only"\n' + GOOD
    write(tmp_path, "one", text=text)
    assert "discloses_known_patient" in problems(tmp_path)[0]
    write(tmp_path, "one", text="discloses_known_patient = true\n" + text)
    assert load_hospitals(tmp_path, strict=True)


@pytest.mark.parametrize("minutes", ["0", "16", '"15"'])
@pytest.mark.proves("feature:X12")
def test_idle_time_may_only_be_lowered(tmp_path: Path, minutes: str) -> None:
    write(tmp_path, "one", text=f"idle_minutes = {minutes}\n" + GOOD)
    assert problems(tmp_path)[0].startswith("one.toml: idle_minutes")


def test_demands_on_the_log_in_are_read(tmp_path: Path) -> None:
    write(tmp_path, "one")
    hospital = load_hospitals(tmp_path, strict=True)["one"]
    assert (hospital.accepted_authentication, hospital.max_authentication_minutes) == (frozenset(), None)
    asked = 'accepted_authentication = ["loa-3", "loa-4"]\nmax_authentication_minutes = 720\n'
    write(tmp_path, "one", text=asked + GOOD)
    hospital = load_hospitals(tmp_path, strict=True)["one"]
    assert hospital.accepted_authentication == {"loa-3", "loa-4"}
    assert hospital.max_authentication_minutes == 720


@pytest.mark.parametrize(
    "line",
    [
        "max_authentication_minutes = 0",
        "max_authentication_minutes = 721",
        'max_authentication_minutes = "60"',
        "max_authentication_minutes = 1.5",
        'accepted_authentication = "loa-3"',
        'accepted_authentication = [""]',
        "accepted_authentication = [3]",
    ],
)
def test_wrong_demand_on_the_log_in_is_refused(tmp_path: Path, line: str) -> None:
    write(tmp_path, "one", text=f"{line}\n{GOOD}")
    assert problems(tmp_path)[0].startswith(f"one.toml: {line.partition(' ')[0]}")
