"""The shape of a registration file; what its keys are worth is judged by ``key_rules``."""

import re
from datetime import datetime
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from launch.trust.model import MAX_RELAXED, KeyKind, LaunchGrade, RelaxationName
from launch.trust.pem import MAX_PEM_CHARS

_ORIGIN = re.compile(r"(https?)://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::([1-9][0-9]{0,4}))?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_ROLE = re.compile(r"(?:[^|\s]+\|)?[^|\s](?:[^|]*[^|\s])?")


def _fault(text: str) -> PydanticCustomError:
    return PydanticCustomError("registration", "{text}", {"text": text})


def _printable(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise _fault("may not begin or end with a space, nor hold control characters")
    return value


def _matching(pattern: str, otherwise: str) -> AfterValidator:
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise _fault(otherwise)
        return value

    return AfterValidator(check)


def _check_origin(value: str) -> str:
    found = _ORIGIN.fullmatch(value)
    if found is None:
        raise _fault(
            "must be scheme://host or scheme://host:port in lower case, as browsers send it:"
            " no path, no slash at the end, no user"
        )
    scheme, port = found[1], found[2]
    if port == _DEFAULT_PORTS[scheme]:
        raise _fault("names the scheme's own port, which browsers leave out")
    if port and int(port) > 65535:
        raise _fault("names a port above 65535")
    return value


def _check_role(value: str) -> str:
    if not _ROLE.fullmatch(value) or not value.isprintable():
        raise _fault('must be "system|code", or a bare "code", as the HIS sends it')
    return value


def _check_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    else:
        valid = valid and not (parts.username or parts.password or "#" in value)
    if not valid or not value.isascii() or not value.isprintable() or " " in value:
        raise _fault("must be an http or https URL without user or fragment")
    return value


_Line = Annotated[str, StringConstraints(min_length=1, max_length=120), AfterValidator(_printable)]
_Issuer = Annotated[str, StringConstraints(min_length=1, max_length=255), AfterValidator(_printable)]
_Kid = Annotated[
    str,
    StringConstraints(max_length=128),
    _matching(r"[A-Za-z0-9._:-]+", "may hold letters, digits and . _ : - only"),
]
_Pem = Annotated[str, StringConstraints(min_length=1, max_length=MAX_PEM_CHARS)]
_Slug = Annotated[
    str,
    StringConstraints(max_length=63),
    _matching(r"[a-z0-9][a-z0-9-]*", "is not the short name of a hospital, such as cwz"),
]
_Ura = Annotated[str, _matching(r"[0-9]{8}", "must be eight digits")]
_Role = Annotated[str, StringConstraints(max_length=200), AfterValidator(_check_role)]
_RolCodeNl = Annotated[str, _matching(r"[0-9]{2}\.[0-9]{3}", "must be a RolCodeNL such as 01.015")]
_Reason = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
_Url = Annotated[str, StringConstraints(max_length=255), AfterValidator(_check_url)]
_UserId = Annotated[str, StringConstraints(min_length=1, max_length=256), AfterValidator(_printable)]
_DeploymentId = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_printable)]
_Origin = Annotated[str, StringConstraints(max_length=255), AfterValidator(_check_origin)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class KeyEntry(_Entry):
    """Either ``kid``, ``algorithm`` and ``public_key`` with optional dates, or only ``certificate``."""

    kid: _Kid | None = None
    algorithm: Annotated[str, StringConstraints(max_length=20)] | None = None
    public_key: _Pem | None = None
    certificate: _Pem | None = None
    not_before: AwareDatetime | None = None
    not_after: AwareDatetime | None = None

    @property
    def kind(self) -> KeyKind:
        return KeyKind.PUBLIC_KEY if self.certificate is None else KeyKind.CERTIFICATE

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if self.certificate is not None:
            named = self.model_fields_set - {"certificate"}
            if named:
                raise _fault(f"a certificate speaks for itself: leave out {', '.join(sorted(named))}")
            return self
        absent = [name for name in ("kid", "algorithm", "public_key") if getattr(self, name) is None]
        if absent:
            raise _fault(f"without a certificate it needs {' and '.join(absent)}")
        if self.not_before and self.not_after and self.not_after <= self.not_before:
            raise _fault("not_after must be later than not_before")
        return self


class PracticeEntry(_Entry):
    """A practice the vendor may speak for at this hospital."""

    ura_number: _Ura
    name: _Line | None = None
    deployment_id: _DeploymentId | None = None


class RelaxationEntry(_Entry):
    """A rule that this hospital does not hold against this vendor for a while. The validation context
    says what time it is: ``now``, aware."""

    name: Annotated[RelaxationName, Field(strict=False)]
    until: AwareDatetime
    reason: _Reason

    @field_validator("until")
    @classmethod
    def _within_reach(cls, until: datetime, info: ValidationInfo) -> datetime:
        now: datetime = (info.context or {})["now"]
        if until <= now:
            raise _fault("has passed: leave this relaxation out, or renew it with a new date")
        if until - now > MAX_RELAXED:
            raise _fault(f"may be at most {MAX_RELAXED.days} days ahead")
        return until


class GrantEntry(_Entry):
    """What one hospital lets this vendor do."""

    hospital: _Slug
    environment: Literal["test", "production"]
    launch_origins: Annotated[list[_Origin], Field(min_length=1, max_length=20)]
    max_lifetime_seconds: Annotated[int, Field(ge=1, le=120)] = 120
    roles: Annotated[dict[_Role, _RolCodeNl], Field(min_length=1, max_length=200)]
    practices: Annotated[list[PracticeEntry], Field(max_length=2000)] = []
    minimum_grade: Annotated[LaunchGrade, Field(strict=False)] = LaunchGrade.ONE_HOP
    require_encryption: bool | None = None
    relaxations: Annotated[list[RelaxationEntry], Field(max_length=len(RelaxationName))] = []
    generic_users: Annotated[list[_UserId], Field(max_length=500)] = []
    organisations: Annotated[dict[_Issuer, _Ura], Field(max_length=2000)] = {}
    frame_origins: Annotated[list[_Origin], Field(max_length=20)] = []

    @field_validator("organisations")
    @classmethod
    def _linked(cls, organisations: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        linked = {practice.ura_number for practice in info.data.get("practices", ())}
        if "practices" in info.data and not linked.issuperset(organisations.values()):
            raise _fault("names a URA number that is not among the practices of this grant")
        return organisations

    @field_validator("launch_origins", "frame_origins")
    @classmethod
    def _https_in_production(cls, origins: list[str], info: ValidationInfo) -> list[str]:
        if info.data.get("environment") == "production" and any(o.startswith("http:") for o in origins):
            raise _fault("must all be https in production")
        return origins


class RegistrationFile(_Entry):
    """One vendor: who it is, its keys, and where it may launch."""

    issuer: _Issuer
    name: _Line
    adapter: Annotated[str, StringConstraints(max_length=32)]
    keys: Annotated[list[KeyEntry], Field(max_length=20)] = []
    grants: Annotated[list[GrantEntry], Field(max_length=100)] = []
    jwks_url: _Url | None = None
    sign_on_url: _Url | None = None
    fhir_base_url: _Url | None = None
    client_id: _Issuer | None = None
    reports_launches: bool = False

    @field_validator("jwks_url", "sign_on_url", "fhir_base_url")
    @classmethod
    def _https_in_production(cls, url: str | None, info: ValidationInfo) -> str | None:
        grants: list[GrantEntry] = info.data.get("grants", [])
        if url and url.startswith("http:") and any(grant.environment == "production" for grant in grants):
            raise _fault("must be https when a grant is for production")
        return url
