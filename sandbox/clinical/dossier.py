"""The medical record: allergies, problems, alerts, restrictions, devices, functioning, substance use."""

from dataclasses import dataclass

from sandbox.clinical.scene import NUMBERS, Concept, Fact, Measure, RelativeMoment, Scene, place_of, reasons
from sandbox.clinical.statement import (
    ACT_CLASS,
    ACT_CODE,
    LOINC,
    SNOMED,
    Code,
    Id,
    Link,
    Product,
    Span,
    Statement,
    Value,
    coded,
    fact,
)

_CONCERN = Code(code="CONC", system=ACT_CLASS, name="Concern")
_DIAGNOSIS = Concept(code="282291009", name="Diagnose")
_CLINICAL_STATUS = Code(code="33999-4", system=LOINC, name="Status")
_VERIFICATION = Code(code="408729009", system=SNOMED, name="Verificatiestatus")
_ALERT = Code(code="74018-3", system=LOINC, name="Alert")
_CRITICALITY = Code(code="246112005", system=SNOMED, name="Mate van kritiek zijn")
_ASSERTION = Code(code="ASSERTION", system=ACT_CODE)
_DECISION = Code(code="247751003", system=SNOMED, name="Behandelbesluit")
_END_REASON = Code(code="58332-8", system=LOINC, name="Reden beëindiging")
_PLACING = Code(code="71861002", system=SNOMED, name="Implantatie")
_SEVERITIES = {"licht": "255604002", "matig": "6736007", "ernstig": "24484000", "fataal": "399166001"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """How an allergy shows itself."""

    symptom: Concept
    when: RelativeMoment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allergy(Fact):
    """An allergy or intolerance, or the statement that there is none (``negated``).

    :param category: DALG drug, FALG food, EALG environment, ALG any.
    :param severity: licht, matig, ernstig or fataal, empty when not known.
    """

    category: str
    substance: Concept
    since: RelativeMoment | None = None
    severity: str = ""
    reactions: tuple[Reaction, ...] = ()
    author: str = ""

    def statement(self, scene: Scene, root: str) -> Statement:
        observation = Statement(
            shape="observation",
            template="1.3.6.1.4.1.19376.1.5.3.1.4.6",
            ids=(Id(root=root, extension=self.number),),
            code=Code(code=self.category, system=ACT_CODE),
            negated=self.negated,
            times=scene.point(self.since or ""),
            substance=self.substance.built(),
            authors=scene.who(self.author, self.since or ""),
            links=(*self._reactions(scene), *self._severity(), *self.more()),
        )
        return Statement(
            shape="act",
            template="1.3.6.1.4.1.19376.1.5.3.1.4.5.3",
            ids=(Id(root=root, extension=f"concern-{self.number}"),),
            code=_CONCERN,
            status="active",
            times=scene.period(self.since or "") or (Span(low_null="UNK"),),
            links=(Link("SUBJ", observation),),
        )

    def _reactions(self, scene: Scene) -> tuple[Link, ...]:
        return tuple(
            fact(
                "MFST",
                _ASSERTION,
                coded(each.symptom.built()),
                time=scene.at(each.when or ""),
                inverted=True,
            )
            for each in self.reactions
        )

    def _severity(self) -> tuple[Link, ...]:
        if not self.severity:
            return ()
        known = Code(code=_SEVERITIES[self.severity], system=SNOMED, name=self.severity)
        return (fact("SUBJ", _CRITICALITY, coded(known), inverted=True),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Fact):
    """A diagnosis or condition inside its concern.

    :param state: 55561003 active, 73425007 inactive, or the source's own words; empty when it says none.
    """

    problem: Concept
    kind: Concept = _DIAGNOSIS
    state: Concept | None = None
    verification: Concept | None = None
    sites: tuple[Concept, ...] = ()
    begin: RelativeMoment | None = None
    end: RelativeMoment | None = None
    performer: str = ""

    def statement(self, scene: Scene, root: str) -> Statement:
        details = [fact("REFR", _CLINICAL_STATUS, coded(self.state.built()))] if self.state else []
        if self.verification:
            details.append(fact("SPRT", _VERIFICATION, coded(self.verification.built())))
        observation = Statement(
            shape="observation",
            ids=(Id(root=root, extension=self.number),),
            code=self.kind.built(),
            negated=self.denial(),
            times=scene.period(self.begin or "", self.end or ""),
            value=coded(self.problem.built()),
            sites=tuple(each.built() for each in self.sites),
            performers=scene.who(self.performer),
            links=(*details, *self.more()),
        )
        return Statement(
            shape="act",
            ids=(Id(root=f"{NUMBERS}.109", extension=self.number),),
            code=_CONCERN,
            status="completed" if self.end else "active",
            times=scene.period(self.begin or "", self.end or ""),
            links=(Link("SUBJ", observation),),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert(Fact):
    """An alert, or a contra-indication for medication (G-Standaard thesaurus 40)."""

    alert: Concept
    kind: Concept | None = None
    conditions: tuple[Concept, ...] = ()
    begin: RelativeMoment | None = None
    end: RelativeMoment | None = None
    author: str = ""

    def statement(self, scene: Scene, root: str) -> Statement:
        return Statement(
            shape="observation",
            ids=(Id(root=root, extension=self.number),),
            code=self.kind.built() if self.kind else _ALERT,
            negated=self.denial(),
            status=self.status,
            times=scene.period(self.begin or "", self.end or ""),
            value=coded(self.alert.built()),
            authors=scene.who(self.author, self.begin or ""),
            links=(*reasons(self.conditions), *self.more()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction(Fact):
    """What was agreed about one treatment.

    :param decision: zib 2020 (wel uitvoeren, niet uitvoeren, anders) or 2017 (JA, NEE, ...).
    :param with_whom: words for those it was agreed with. :param wills: living wills.
    """

    treatment: Concept
    decision: Concept
    discussed: RelativeMoment
    with_whom: tuple[str, ...] = ()
    end: RelativeMoment | None = None
    end_reason: str = ""
    wills: tuple[Concept, ...] = ()

    def statement(self, scene: Scene, root: str) -> Statement:
        details = [fact("REFR", _DECISION, coded(self.decision.built()), time=scene.at(self.discussed))]
        details += [Link("SUBJ", _will(each)) for each in self.wills]
        if self.end_reason:
            details.append(fact("RSON", _END_REASON, Value(kind="ST", words=self.end_reason)))
        verifiers = [each for word in self.with_whom for each in scene.who(word, self.discussed)]
        return Statement(
            shape="observation",
            ids=(Id(root=root, extension=self.number),),
            code=self.treatment.built(),
            negated=self.denial(),
            status="completed" if self.end else "active",
            times=scene.period(self.discussed, self.end or ""),
            verifiers=tuple(verifiers),
            links=(*details, *self.more()),
        )


def _will(kind: Concept) -> Statement:
    return Statement(shape="act", code=kind.built())


@dataclass(frozen=True, slots=True, kw_only=True)
class Device(Fact):
    """An implant, a placed material or an aid. :param gtin: of the product."""

    product: Concept
    words: str = ""
    gtin: str = ""
    site: Concept | None = None
    begin: RelativeMoment | None = None
    end: RelativeMoment | None = None
    reasons: tuple[Concept, ...] = ()
    performer: str = ""
    department: str = ""

    def statement(self, scene: Scene, root: str) -> Statement:
        ids = (Id(root="1.3.160", extension=self.gtin),) if self.gtin else ()
        placing: tuple[Link, ...] = ()
        if self.site:
            where = Statement(shape="procedure", code=_PLACING, sites=(self.site.built(),))
            placing = (Link("COMP", where),)
        return Statement(
            shape="supply",
            ids=(Id(root=root, extension=self.number),),
            negated=None,
            status=self.status,
            times=scene.period(self.begin or "", self.end or ""),
            product=Product(code=self.product.built(), ids=ids, words=self.words),
            performers=scene.who(self.performer),
            place=place_of(self.department, ""),
            links=(*placing, *reasons(self.reasons), *self.more()),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Functioning(Fact):
    """A functional or mental status. :param aids: what the patient uses for it."""

    subject: Concept
    value: Measure
    determined: RelativeMoment
    aids: tuple[Concept, ...] = ()

    def statement(self, scene: Scene, root: str) -> Statement:
        used = tuple(
            Link("REFR", Statement(shape="supply", product=Product(code=each.built()))) for each in self.aids
        )
        return Statement(
            shape="observation",
            ids=(Id(root=root, extension=self.number),),
            code=self.subject.built(),
            negated=self.denial(),
            times=scene.point(self.determined),
            value=self.value.built(),
            links=(*used, *self.more()),
        )


_AMOUNTS = {
    "alcohol": Code(code="74013-4", system=LOINC, name="Hoeveelheid alcohol"),
    "tobacco": Code(code="63640-7", system=LOINC, name="Hoeveelheid tabak"),
    "drugs": Code(code="363908000", system=SNOMED, name="Hoeveelheid drugs"),
}
_USES = {
    "alcohol": Code(code="228273003", system=SNOMED, name="Alcoholgebruik"),
    "tobacco": Code(code="365980008", system=SNOMED, name="Tabakgebruik"),
    "drugs": Code(code="228366006", system=SNOMED, name="Drugsgebruik"),
}
_KIND = Code(code="105590001", system=SNOMED, name="Soort")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use(Fact):
    """Use of a substance. :param substance: alcohol, tobacco or drugs. :param kind: of drug or tobacco."""

    substance: str
    use: Concept
    amount: Measure | None = None
    kind: Concept | None = None
    begin: RelativeMoment | None = None
    end: RelativeMoment | None = None

    def statement(self, scene: Scene, root: str) -> Statement:
        details = [fact("REFR", _AMOUNTS[self.substance], self.amount.built())] if self.amount else []
        if self.kind:
            details.append(fact("REFR", _KIND, coded(self.kind.built())))
        return Statement(
            shape="observation",
            ids=(Id(root=root, extension=self.number),),
            code=_USES[self.substance],
            negated=self.denial(),
            times=scene.period(self.begin or "", self.end or ""),
            value=coded(self.use.built()),
            links=(*details, *self.more()),
        )
