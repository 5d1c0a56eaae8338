"""Consent in the settings: categories in the hospital file, Mitz with its security, secrets for notices."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.endpoints import endpoints_of, secure_endpoints
from app.hospitals import HospitalFilesError, load_hospitals
from app.secrets_file import SecretsFileError, parse_secrets
from context.hospital import Hospital
from context.records import Section
from context.zis import CONSENT_ENDPOINT, ClientTls, ConsentService, Endpoint
from tests.clock import SteppingClock
from tests.keys import NOTICE_SECRET, write_secrets
from tests.pki import Authority
from tests.unit.test_hospitals import GOOD, problems, write
from tests.zis_messages import hospital
from tests.zis_signing import signing

CATEGORIES = '[consent_categories]\nmedication = "GGC003"\n'


def test_category_of_a_section_is_read(tmp_path: Path) -> None:
    write(tmp_path, "one", text=GOOD + CATEGORIES)
    found = load_hospitals(tmp_path, strict=True)["one"]
    assert found.consent_categories == {Section.MEDICATION: "GGC003"}


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        (CATEGORIES.replace("medication", "horoscope"), "consent_categories.horoscope"),
        (CATEGORIES.replace("GGC003", "all of it"), "consent_categories.medication"),
        (CATEGORIES.replace('"GGC003"', '""'), "consent_categories.medication"),
    ],
)
def test_wrong_category_is_named_by_its_key(tmp_path: Path, wrong: str, key: str) -> None:
    write(tmp_path, "one", text=GOOD + wrong)
    (problem,) = problems(tmp_path)
    assert problem.startswith(f"one.toml: {key}")


def mitz(consent: Endpoint | None = None) -> dict[str, Hospital]:
    known = hospital()
    endpoints = {CONSENT_ENDPOINT: consent} if consent else {}
    zis = replace(known.zis, consent_service=ConsentService.MITZ, endpoints=endpoints)
    return {"cwz": replace(known, zis=zis)}


def refused(hospitals: dict[str, Hospital], *, strict: bool = True) -> str:
    with pytest.raises(HospitalFilesError) as caught:
        secure_endpoints(hospitals, SteppingClock(), strict=strict)
    return str(caught.value)


def test_mitz_is_never_asked_without_certificate_and_signature_while_strict() -> None:
    assert refused(mitz()).splitlines() == [
        "cwz.toml: zis.endpoints.consent.tls: needed with consent_service = mitz",
        "cwz.toml: zis.endpoints.consent.signing: needed with consent_service = mitz",
    ]
    assert secure_endpoints(mitz(), SteppingClock(), strict=False) is not None


def test_mitz_with_both_is_in_order(tmp_path: Path) -> None:
    pair = Authority(tmp_path).issue("we")
    url = "https://mitz.example/xacml3"
    consent = Endpoint(CONSENT_ENDPOINT, url, ClientTls(pair.certificate, pair.key), signing(pair))
    assert secure_endpoints(mitz(consent), SteppingClock(), strict=True).tls(consent) is not None
    unsigned = replace(consent, signing=signing(pair, sign_messages=False))
    assert "consent.signing: needed" in refused(mitz(unsigned))


def test_every_file_that_cannot_be_used_is_named_with_its_hospital(tmp_path: Path) -> None:
    missing = tmp_path / "none.pem"
    tls = ClientTls(missing, missing)
    consent = Endpoint(CONSENT_ENDPOINT, "https://mitz.example/xacml3", tls)
    assert "cwz.toml: zis.endpoints.consent.tls.certificate: cannot be read" in refused(mitz(consent))


def test_endpoints_of_a_hospital_begin_with_the_two_that_all_have() -> None:
    assert [endpoint.name for endpoint in endpoints_of(hospital())] == ["main", "consent"]


def secrets_text(folder: Path) -> str:
    write_secrets(folder / "secrets.toml")
    return (folder / "secrets.toml").read_text("utf-8")


def test_secrets_of_notices_are_known_by_hospital(tmp_path: Path) -> None:
    text = secrets_text(tmp_path)
    second = NOTICE_SECRET[::-1].lstrip("=").rjust(44, "A")[:43] + "="
    more = f'[[notice]]\nid = "notice-2"\nhospital = "cwz"\nkey = "{second}"\n'
    assert parse_secrets(text.encode()).notice_secrets() == {"cwz": (NOTICE_SECRET,)}
    assert set(parse_secrets((text + more).encode()).notice_secrets()["cwz"]) > {NOTICE_SECRET}


@pytest.mark.parametrize(
    "change",
    [
        ('hospital = "cwz"\n', ""),
        ('hospital = "cwz"', 'hospital = "../cwz"'),
        (NOTICE_SECRET, "c2hvcnQ="),
    ],
)
def test_wrong_secret_is_refused_and_not_repeated(tmp_path: Path, change: tuple[str, str]) -> None:
    with pytest.raises(SecretsFileError, match="notice") as caught:
        parse_secrets(secrets_text(tmp_path).replace(*change).encode())
    assert NOTICE_SECRET not in str(caught.value)


def test_secret_that_is_another_key_too_is_refused(tmp_path: Path) -> None:
    text = secrets_text(tmp_path)
    wrap = text.partition('key = "')[2].partition('"')[0]
    with pytest.raises(SecretsFileError, match="stands there twice"):
        parse_secrets(text.replace(NOTICE_SECRET, wrap).encode())
