"""A launch, a patient and a hospital that agree with each other; tests change what they are about."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from context.bsn import Bsn
from context.hospital import ConsentHelp, Contact, Environment, Hospital
from context.launch import Practice, User, VerifiedLaunch
from context.person import Gender, HumanName, NamePart, NamePartKind, PartialDate, Patient
from context.zis import ZisConnection
from tests.clock import START

ANNA = Bsn("999990019")
BRAM = Bsn("999994669")
CARLA = Bsn("999992740")


def a_hospital(**changes: Any) -> Hospital:
    """A test hospital that refuses without consent and replaces the older context."""
    hospital = Hospital(
        slug="cwz",
        name="CWZ",
        base_url="http://127.0.0.1:8080/cwz",
        environment=Environment.TEST,
        ura_number="00000001",
        contact=Contact("Servicedesk"),
        consent_help=ConsentHelp("Mijn CWZ › Toestemming"),
        zis=ZisConnection("http://zis", "http://zis/consent", "1.2", "1.3", "1.4", "EPD"),
    )
    return replace(hospital, **changes)


def a_user(identifier: str = "gp-1") -> User:
    return User(identifier, "H. Arts", "01.015", "2.16.840.1.113883.6.96|62247001")


def a_launch(received_at: datetime = START, **changes: Any) -> VerifiedLaunch:
    """A JWT launch of Anna, received when the stepping clock starts, valid for two more minutes."""
    launch = VerifiedLaunch(
        hospital="cwz",
        issuer="https://his.example/",
        his="jwt",
        token_form="jwt",
        token_id="token-1-0123456789",
        expires_at=received_at + timedelta(seconds=120),
        received_at=received_at,
        bsn=ANNA,
        birth_date=PartialDate(1961, 3, 14),
        user=a_user(),
        practice=Practice("12345678", "Praktijk De Linde"),
        vendor_name="HIS B.V.",
        family_name="Jansen",
    )
    return replace(launch, **changes)


def a_name(*family: tuple[str, str] | str) -> HumanName:
    """A name of family parts: a text, or a text with its qualifier."""
    parts = [part if isinstance(part, tuple) else (part, "") for part in family]
    return HumanName(
        (
            NamePart(NamePartKind.GIVEN, "Anna"),
            *(
                NamePart(NamePartKind.FAMILY, text, (qualifier,) if qualifier else ())
                for text, qualifier in parts
            ),
        )
    )


def a_patient(**changes: Any) -> Patient:
    """Anna as the hospital knows her; agrees with ``a_launch``."""
    patient = Patient(ANNA, (a_name(("Jansen", "BR")),), PartialDate(1961, 3, 14), Gender.FEMALE)
    return replace(patient, **changes)
