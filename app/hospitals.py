"""Hospital files: one TOML file per hospital becomes one ``Hospital`` (architecture.md D10).

Every file is read and every fault is collected before anything is said, so that hospital IT mends a
file once. Nothing in an error repeats more than the key and what was expected.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, StringConstraints, field_validator

from app.hospital_display import DisplayFile, Labels, ProfileFile, make_profile
from app.hospital_fields import FileModel, LongText, Text, read_file
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
    display_profile: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")] | None = None
    display: DisplayFile = Field(default_factory=DisplayFile)
    labels: Labels = Field(default_factory=dict)
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

    def as_hospital(self, slug: str, folder: Path, shared: ProfileFile) -> Hospital:
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
            labels={**shared.labels, **self.labels},
            display=make_profile(shared.display, self.display),
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
    profiles = _Profiles(folder, problems)
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        problems.append("no hospital file (*.toml) in the folder of ZORGTEGEL_HOSPITALS_DIR")
    for path in paths:
        found = read_file(path, _HospitalFile, path.name, problems)
        if found is None:
            continue
        shared = profiles.find(path.name, found.display_profile)
        problems += [f"{path.name}: {problem}" for problem in found.problems(folder, strict=strict)]
        hospitals[path.stem] = found.as_hospital(path.stem, folder, shared)
    problems += _overlaps(hospitals)
    if problems:
        raise HospitalFilesError(problems)
    return hospitals


class _Profiles:
    """``profiles/<name>.toml`` beside the hospital files, each read once and its faults told once."""

    def __init__(self, folder: Path, problems: list[str]) -> None:
        self._folder = folder
        self._problems = problems
        self._read: dict[str, ProfileFile | None] = {}

    def find(self, hospital_file: str, name: str | None) -> ProfileFile:
        """The profile that a hospital file names; an empty one when it names none, or one with faults."""
        if name is None:
            return ProfileFile()
        file = f"profiles/{name}.toml"
        if not (self._folder / file).is_file():
            self._problems.append(f"{hospital_file}: display_profile: there is no file {file}")
        elif name not in self._read:
            self._read[name] = read_file(self._folder / file, ProfileFile, file, self._problems)
        return self._read.get(name) or ProfileFile()


def _overlaps(hospitals: Mapping[str, Hospital]) -> Iterable[str]:
    """No base_url may contain another: the hospital of a request must be unambiguous (D10)."""
    ordered = sorted(hospitals.values(), key=lambda hospital: hospital.slug)
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            shorter, longer = sorted((one.base_url, other.base_url), key=len)
            if longer == shorter or longer.startswith(shorter + "/"):
                yield f"{one.slug}.toml and {other.slug}.toml: base_url overlaps"
