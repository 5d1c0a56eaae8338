"""The documents of every patient: letters, and the reports of examinations."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from sandbox.clinical.documents import Letter, generated_letters
from sandbox.clinical.record import FACTS, library
from sandbox.clinical.results import Finding
from sandbox.clinical.scene import Headed, Scene
from sandbox.clinical.statement import LOINC, Code, Involved, Party, Statement
from sandbox.patients import HospitalPerson, Persona
from sandbox.xds.cda import Clinical, write_cda
from sandbox.xds.pdf import write_pdf
from sandbox.zis.chart import OTHER_BSN
from sandbox.zis.sections import BY_DOCUMENT_KIND, WAYS

DOCUMENTS = "2.16.840.1.113883.2.4.3.7.96"
REPOSITORY = "2.16.840.1.113883.2.4.3.7.96.1"
_KINDS = tuple(BY_DOCUMENT_KIND)
_MIME_TYPES = {"pdf": "application/pdf", "cda": "text/xml", "tex": "text/plain"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One document as registry and repository know it.

    :param kind: XDS type code, :param kind_name: and its name. :param created: HL7 TS with its offset.
    :param form: see ``sandbox/clinical/documents.py``. :param number: its place within kind and patient.
    """

    kind: str
    kind_name: str
    number: int
    title: str
    class_code: Code
    created: str
    author: Party
    form: str
    recipients: tuple[Party, ...] = ()
    authorised: bool = True
    parts: tuple[Headed, ...] = ()
    entries: tuple[Statement, ...] = ()
    fault: str = ""

    @property
    def mime_type(self) -> str:
        return _MIME_TYPES[self.form[:3]]

    def unique_id(self, person: HospitalPerson) -> str:
        """An OID made of the hospital's own patient number; never of the BSN."""
        return f"{DOCUMENTS}.{person.number}.{_KINDS.index(self.kind) + 1}.{self.number + 1}"

    def content(self, person: HospitalPerson) -> bytes:
        """The bytes, the same for the same facts."""
        if self.fault == "other_patient":
            person = replace(person, bsn=OTHER_BSN)
        lines = [line for each in self.parts for line in _lines(each)]
        if self.form == "text":
            return "\n".join([self.title, "", *lines]).encode()
        if self.form.startswith("pdf"):
            return write_pdf(
                self.title, lines, script=self.form == "pdf_script", huge=self.form == "pdf_huge"
            )
        number = (DOCUMENTS, self.unique_id(person).removeprefix(f"{DOCUMENTS}."))
        clinical = Clinical(
            number=number,
            kind=self.class_code,
            title=self.title,
            created=self.created,
            author=Involved(party=self.author, time=self.created),
            recipients=self.recipients,
            authorised=self.authorised,
            parts=self.parts,
            entries=self.entries if self.form == "cda3" else (),
            pdf=write_pdf(self.title, lines) if self.form == "cda1" else b"",
            script=self.form == "cda_script",
        )
        return write_cda(person, clinical)


@lru_cache(maxsize=4096)
def measured(stored: Stored, person: HospitalPerson) -> tuple[str, int]:
    """Hash and size as the registry states them; kept, because a long list states them all."""
    content = stored.content(person)
    told = digest(content + b"." if stored.fault == "wrong_hash" else content)
    return told, len(content)


def digest(content: bytes) -> str:
    """The hash that XDS states: SHA-1, hexadecimal."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def _lines(told: Headed) -> Iterator[str]:
    heading = told.heading.text or told.heading.name
    yield from ([f"{heading}:"] if heading else [])
    yield from told.text.splitlines()
    yield ""


class Archive:
    """:param personas: by BSN."""

    def __init__(self, personas: Mapping[str, Persona]) -> None:
        self._personas = personas
        self._by_number = {
            person.number: persona for persona in personas.values() for person in persona.people[:1]
        }

    def person(self, bsn: str) -> HospitalPerson | None:
        """None when the hospital does not know the patient."""
        persona = self._personas.get(bsn)
        return persona.people[0] if persona and persona.people else None

    def owner(self, unique_id: str) -> str:
        """The BSN of the patient whose document this is, empty when there is none."""
        number = unique_id.removeprefix(f"{DOCUMENTS}.").partition(".")[0]
        persona = self._by_number.get(number)
        return persona.bsn if persona else ""

    def documents(self, bsn: str, kinds: tuple[str, ...], now: datetime) -> list[Stored]:
        """Those of these type codes; of every kind without any. :param now: aware."""
        persona = self._personas.get(bsn)
        if persona is None or not persona.people:
            return []
        scene = library().scene(now)
        return [each for kind in kinds or _KINDS for each in _of_kind(persona, kind, scene)]


def _of_kind(persona: Persona, kind: str, scene: Scene) -> Iterator[Stored]:
    record = library().record(persona.record)
    section = BY_DOCUMENT_KIND.get(kind)
    if section == "letters":
        letters = [*record.letters, *generated_letters(persona.letters)]
        yield from (_letter(each, index, scene) for index, each in enumerate(letters))
    elif section is not None:
        findings = record.findings.get(section, ())
        yield from (_report(each, index, kind, section, scene) for index, each in enumerate(findings))


def _letter(letter: Letter, index: int, scene: Scene) -> Stored:
    return Stored(
        kind=WAYS["letters"].nl_category,
        kind_name="Brief",
        number=index,
        title=letter.title,
        class_code=letter.kind.built(),
        created=scene.at(letter.created),
        author=scene.people[letter.author].party(),
        form=letter.form,
        recipients=tuple(scene.people[word].party() for word in letter.recipients),
        authorised=letter.authorised,
        parts=letter.parts,
        fault=letter.fault,
    )


def _report(finding: Finding, index: int, kind: str, section: str, scene: Scene) -> Stored:
    _, root = FACTS[section]
    name = finding.examination.text or finding.examination.name
    by = finding.performer or finding.requester
    return Stored(
        kind=kind,
        kind_name=WAYS[section].name,
        number=index,
        title=name,
        class_code=Code(code=kind, system=LOINC, name=WAYS[section].name),
        created=scene.at(finding.taken),
        author=scene.people[by].party() if by else Party(organisation="Ziekenhuis"),
        form=finding.document,
        parts=finding.parts,
        entries=(finding.statement(scene, root),),
    )
