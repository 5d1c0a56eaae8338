"""Hospital files: one TOML file per hospital becomes one ``Hospital`` (architecture.md D10).

Every file is read and every fault is collected before anything is said, so that hospital IT mends a
file once. Nothing in an error repeats more than the key and what was expected.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, StringConstraints, ValidationError, field_validator

from app.hospital_fields import FileModel, LongText, Text
from app.hospital_zis import ZisFile
from context.hospital import (
    ConsentHelp,
    Contact,
    Environment,
    Hospital,
    OtherPatient,
    StartPage,
    WithoutConsent,
)
from context.records import Section

RESERVED_PREFIXES = frozenset(
    {
        "launch",
        "c",
        "saml",
        "static",
        "healthz",
        "readyz",
        "metrics",
        "beheer",
        "register",
        "toegankelijkheid",
    }
)
_PREFIX = re.compile(r"/[a-z0-9-]+")
_HOST = re.compile(r"[a-z0-9.-]+|\[[0-9a-f:]+\]")
_MAX_FILE_BYTES = 64 * 1024

Category = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}[0-9]{3}$")]
Ura = Annotated[str, StringConstraints(pattern=r"^[0-9]{8}$")]


class HospitalFilesError(Exception):
    """One or more hospital files cannot be used. :param problems: one readable line per fault."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def canonical_origin(parts: SplitResult) -> str:
    """``scheme://host[:port]`` in lower case, the scheme's default port dropped.

    :raises ValueError: the port is not a number in range.
    """
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, default) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _check_base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or not _HOST.fullmatch(parts.hostname):
        raise ValueError("must be https://host or https://host/prefix")
    if parts.username or parts.query or parts.fragment:
        raise ValueError("must hold no user, query or fragment")
    if parts.path and not _PREFIX.fullmatch(parts.path):
        raise ValueError("may have one path segment of a-z, 0-9 and -, without a slash at the end")
    if parts.path[1:] in RESERVED_PREFIXES:
        raise ValueError("uses a reserved word as its prefix")
    return canonical_origin(parts) + parts.path


class _ContactFile(FileModel):
    name: Text
    phone: Text | None = None
    email: Text | None = None
    hours: Text | None = None


class _ConsentHelpFile(FileModel):
    path: LongText
    url: Text | None = None


LabelKey = Literal[
    "tab.patientinformatie", "tab.zorgmomenten", "tab.dossier", "tab.uitslagen", "item.laboratory"
]


class _HospitalFile(FileModel):
    name: Text
    base_url: Text
    environment: Environment
    ura_number: Ura
    without_consent: WithoutConsent = WithoutConsent.REFUSE
    discloses_known_patient: bool = False
    other_patient: OtherPatient = OtherPatient.REPLACE
    start_page: StartPage = StartPage.PATIENT_INFORMATION
    facility_type: Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]$")] = "V4"
    idle_minutes: Annotated[int, Field(ge=1, le=15, strict=True)] = 15
    sections: frozenset[Section] = frozenset(Section)
    notice: LongText | None = None
    accepted_authentication: Annotated[frozenset[Text], Field(max_length=20)] = frozenset()
    max_authentication_minutes: Annotated[int, Field(ge=1, le=720, strict=True)] | None = None
    contact: _ContactFile
    consent_help: _ConsentHelpFile
    consent_categories: dict[Section, Category] = Field(default_factory=dict)
    labels: dict[LabelKey, Text] = Field(default_factory=dict)
    zis: ZisFile

    _base_url = field_validator("base_url")(_check_base_url)

    def problems(self, folder: Path, *, strict: bool) -> Iterable[str]:
        """Faults that a single field cannot show."""
        only = WithoutConsent.PATIENT_INFORMATION_ONLY
        if self.without_consent is only and not self.discloses_known_patient:
            yield (
                "discloses_known_patient: must be true with without_consent = patient_information_only,"
                " because that page tells that the patient is known here (D6)"
            )
        if strict and not self.base_url.startswith("https://"):
            yield "base_url: must be https while ZORGTEGEL_STRICT is on"
        yield from self.zis.problems(folder, strict=strict)

    def as_hospital(self, slug: str, folder: Path) -> Hospital:
        return Hospital(
            slug=slug,
            name=self.name,
            base_url=self.base_url,
            environment=self.environment,
            ura_number=self.ura_number,
            contact=Contact(**self.contact.model_dump()),
            consent_help=ConsentHelp(**self.consent_help.model_dump()),
            zis=self.zis.as_connection(folder),
            without_consent=self.without_consent,
            other_patient=self.other_patient,
            start_page=self.start_page,
            facility_type=self.facility_type,
            idle_minutes=self.idle_minutes,
            labels={str(key): label for key, label in self.labels.items()},
            sections=self.sections,
            notice=self.notice,
            accepted_authentication=self.accepted_authentication,
            max_authentication_minutes=self.max_authentication_minutes,
            consent_categories=self.consent_categories,
        )


def load_hospitals(folder: Path, *, strict: bool) -> Mapping[str, Hospital]:
    """Read every ``*.toml`` in the folder.

    :param strict: refuse plain http (D14).
    :returns: hospitals by slug, at least one.
    :raises HospitalFilesError: with every fault of every file.
    """
    problems: list[str] = []
    hospitals: dict[str, Hospital] = {}
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        problems.append("no hospital file (*.toml) in the folder of ZORGTEGEL_HOSPITALS_DIR")
    for path in paths:
        found = _read_file(path, problems)
        if found is None:
            continue
        problems += [f"{path.name}: {problem}" for problem in found.problems(folder, strict=strict)]
        hospitals[path.stem] = found.as_hospital(path.stem, folder)
    problems += _overlaps(hospitals)
    if problems:
        raise HospitalFilesError(problems)
    return hospitals


def _read_file(path: Path, problems: list[str]) -> _HospitalFile | None:
    try:
        raw = path.read_bytes()
        if len(raw) > _MAX_FILE_BYTES:
            problems.append(f"{path.name}: larger than {_MAX_FILE_BYTES} bytes")
            return None
        return _HospitalFile.model_validate(tomllib.loads(raw.decode("utf-8")))
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            key = ".".join(str(part) for part in fault["loc"])
            problems.append(f"{path.name}: {key}: {fault['msg']}")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problems.append(f"{path.name}: not a readable TOML file ({type(error).__name__}: {error})")
    return None


def _overlaps(hospitals: Mapping[str, Hospital]) -> Iterable[str]:
    """No base_url may contain another: the hospital of a request must be unambiguous (D10)."""
    ordered = sorted(hospitals.values(), key=lambda hospital: hospital.slug)
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            shorter, longer = sorted((one.base_url, other.base_url), key=len)
            if longer == shorter or longer.startswith(shorter + "/"):
                yield f"{one.slug}.toml and {other.slug}.toml: base_url overlaps"
