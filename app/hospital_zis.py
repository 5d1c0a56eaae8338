"""The ``[zis]`` part of a hospital file: which systems are asked what, where, in which dialect, how secured.

.. code-block:: toml

    [zis]
    endpoint = "https://zis.example/soap"       # the endpoint "main"
    dialect = "nl"                              # "uv" when absent
    patient_interaction = "QUPA_IN101101"       # PDQv3 when absent

    [[zis.sections.laboratory]]                 # one table for each source; the dialect's table when absent
    interaction = "POLB_IN354001NL03"
    endpoint = "lab"
    name = "Laboratorium"

    [zis.endpoints.registry]                    # documents; so "repository", or a repository's OID
    url = "https://xds.example/registry"
    [zis.endpoints.lab]
    url = "https://lab.example/hl7v3"
    [zis.endpoints.lab.tls]
    certificate = "keys/zorgtegel.pem"          # relative to the folder of the file
    key = "keys/zorgtegel.key"
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from adapters.zis.interactions import INTERACTIONS, PATIENT_INTERACTIONS, Parameters
from adapters.zis.sections.table import FIND_DOCUMENTS, READ_DOCUMENTS, SECTIONS
from app.hospital_fields import EndpointUrl, FileModel, Oid, Text
from context.records import Section
from context.zis import (
    CONSENT_ENDPOINT,
    MAIN_ENDPOINT,
    ClientTls,
    ConsentService,
    Dialect,
    Endpoint,
    KeyReference,
    SectionSource,
    WireSigning,
    ZisConnection,
)

_SECTION_INTERACTIONS = (INTERACTIONS.keys() - PATIENT_INTERACTIONS) | {FIND_DOCUMENTS, READ_DOCUMENTS}
_BY_CATEGORY = frozenset({Parameters.CARE_RECORD, Parameters.CARE_CONTEXT})
_MOST_SOURCES = 10


class _TlsFile(FileModel):
    certificate: Path
    key: Path
    authorities: Path | None = None


class _SigningFile(FileModel):
    certificate: Path
    key: Path
    sign_messages: bool = True
    transaction_token: bool = False
    answer_certificates: Path | None = None
    key_reference: KeyReference = KeyReference.CERTIFICATE
    audience: Text | None = None


class _EndpointFile(FileModel):
    url: EndpointUrl
    tls: _TlsFile | None = None
    signing: _SigningFile | None = None

    def as_endpoint(self, name: str, folder: Path) -> Endpoint:
        tls = ClientTls(**_in_folder(self.tls, folder)) if self.tls else None
        signing = WireSigning(**_in_folder(self.signing, folder)) if self.signing else None
        return Endpoint(name, self.url, tls, signing)


def _in_folder(table: FileModel, folder: Path) -> dict[str, Any]:
    values = table.model_dump()
    return {key: folder / value if isinstance(value, Path) else value for key, value in values.items()}


class _SourceFile(FileModel):
    interaction: Text
    endpoint: Text = MAIN_ENDPOINT
    category: Text | None = None
    soap_action: Annotated[str, StringConstraints(max_length=200, pattern=r'^[^"\r\n]*$')] | None = None
    name: Text | None = None

    def as_source(self, section: Section) -> SectionSource:
        source = SectionSource(**self.model_dump())
        return replace(source, category=self.category or SECTIONS[section].category_of(self.interaction))

    @property
    def _serves_several(self) -> bool:
        known = INTERACTIONS.get(self.interaction)
        if known is None:
            return self.interaction in {FIND_DOCUMENTS, READ_DOCUMENTS}
        return known.parameters in _BY_CATEGORY

    def problems(self, key: str, section: Section, endpoints: Iterable[str]) -> Iterator[str]:
        if self.interaction not in _SECTION_INTERACTIONS:
            yield f"{key}.interaction: unknown; known are {', '.join(sorted(_SECTION_INTERACTIONS))}"
        if self.endpoint not in {MAIN_ENDPOINT, *endpoints}:
            yield f"{key}.endpoint: no such endpoint under zis.endpoints"
        if self._serves_several and self.as_source(section).category is None:
            yield f"{key}.category: needed, because the interaction serves several sections"


def _as_list(value: object) -> object:
    return [value] if isinstance(value, dict) else value


_Sources = Annotated[
    list[_SourceFile], BeforeValidator(_as_list), Field(min_length=1, max_length=_MOST_SOURCES)
]
_EndpointName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.-]{1,64}$")]


class ZisFile(FileModel):
    """The table itself."""

    endpoint: EndpointUrl
    consent_endpoint: EndpointUrl
    sender: Oid
    receiver: Oid
    patient_number_root: Oid
    source_name: Text
    care_provision_code_system: Oid = "2.16.840.1.113883.5.4"
    dialect: Dialect = Dialect.UV
    consent_service: ConsentService = ConsentService.ZIS
    patient_interaction: Text = "PRPA_IN201305UV02"
    patient_endpoint: Text = MAIN_ENDPOINT
    sections: dict[Section, _Sources] = Field(default_factory=dict)
    endpoints: dict[_EndpointName, _EndpointFile] = Field(default_factory=dict)

    def problems(self, folder: Path, *, strict: bool) -> Iterator[str]:
        """Faults that a single field cannot show, each with its key.

        :param folder: of the hospital file.
        :param strict: refuse plain http (D14).
        """
        if self.patient_interaction not in PATIENT_INTERACTIONS:
            yield f"zis.patient_interaction: must be one of {', '.join(sorted(PATIENT_INTERACTIONS))}"
        if self.patient_endpoint not in {MAIN_ENDPOINT, *self.endpoints}:
            yield "zis.patient_endpoint: no such endpoint under zis.endpoints"
        for section, sources in self.sections.items():
            for number, source in enumerate(sources):
                key = f"zis.sections.{section.value}.{number}"
                yield from source.problems(key, section, self.endpoints)
        for name, endpoint in self.endpoints.items():
            yield from _missing_files(f"zis.endpoints.{name}", endpoint, folder)
        yield from self._doubled_addresses()
        if strict:
            yield from (
                f"{key}: must be https while ZORGTEGEL_STRICT is on" for key in self._plain_addresses()
            )

    def _doubled_addresses(self) -> Iterator[str]:
        """``main`` and ``consent`` may stand under ``endpoints`` with their security, at the same address."""
        for name, key in ((MAIN_ENDPOINT, "endpoint"), (CONSENT_ENDPOINT, "consent_endpoint")):
            if name in self.endpoints and self.endpoints[name].url != getattr(self, key):
                yield f"zis.endpoints.{name}.url: differs from zis.{key}"

    def _plain_addresses(self) -> Iterator[str]:
        addresses = {"zis.endpoint": self.endpoint, "zis.consent_endpoint": self.consent_endpoint}
        addresses |= {f"zis.endpoints.{name}.url": each.url for name, each in self.endpoints.items()}
        return (key for key, url in addresses.items() if not url.startswith("https://"))

    def as_connection(self, folder: Path) -> ZisConnection:
        """:param folder: of the hospital file; paths of keys start there."""
        simple = self.model_dump(exclude={"sections", "endpoints"})
        return ZisConnection(
            **simple,
            sections={
                section: tuple(source.as_source(section) for source in sources)
                for section, sources in self.sections.items()
            },
            endpoints={name: each.as_endpoint(name, folder) for name, each in self.endpoints.items()},
        )


def _missing_files(key: str, endpoint: _EndpointFile, folder: Path) -> Iterator[str]:
    for part, table in (("tls", endpoint.tls), ("signing", endpoint.signing)):
        for name, value in (table.model_dump() if table else {}).items():
            if isinstance(value, Path) and not (folder / value).is_file():
                yield f"{key}.{part}.{name}: no such file"
