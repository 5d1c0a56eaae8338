"""Medication in MP9 building blocks, and vaccinations."""

from dataclasses import dataclass

from sandbox.clinical.scene import Concept, Fact, Measure, RelativeMoment, Scene, reasons
from sandbox.clinical.statement import (
    ACT_CODE,
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

_OBSERVATIONS = "2.16.840.1.113883.2.4.3.11.60.20.77.5.2"
_STOP = Code(code="1", system=_OBSERVATIONS, name="Stoptype")
_COPY = Code(code="16", system=_OBSERVATIONS, name="Kopie-indicator")
_REASON = Code(code="10", system=_OBSERVATIONS, name="Reden van voorschrijven")
_STOPS = {
    "definitive": Code(code="410546004", system=SNOMED, name="stopgezet"),
    "temporary": Code(code="385655000", system=SNOMED, name="onderbroken"),
}
BLOCKS = {
    "agreement": Code(code="16076005", system=SNOMED, name="Medicatieafspraak"),
    "dispensing_agreement": Code(code="422037009", system=SNOMED, name="Toedieningsafspraak"),
    "dispense_request": Code(code="52711000146108", system=SNOMED, name="Verstrekkingsverzoek"),
    "dispense": Code(code="373784005", system=SNOMED, name="Medicatieverstrekking"),
    "use": Code(code="422979000", system=SNOMED, name="Medicatiegebruik"),
    "variable_dosing": Code(code="395067002", system=SNOMED, name="Wisselend doseerschema"),
    "administration": Code(code="18629005", system=SNOMED, name="Medicatietoediening"),
}
"""MP9's building blocks, by SNOMED CT."""
_PLANS = frozenset({"agreement", "dispensing_agreement", "dispense_request", "variable_dosing"})
_SUPPLIES = frozenset({"dispense", "dispense_request"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Medicine(Fact):
    """One building block.

    :param block: a word of ``BLOCKS``. :param setting: AMB at home, IMP during an admission, or empty.
    :param codes: the same product in other systems (HPK, GPK, ATC).
    :param per: of the dose: ``0.5 d`` is twice a day. :param event: or when: PCM after the meal.
    :param width: period of use where no end is set: ``10 d``.
    :param stop: definitive or temporary: this block says that it was stopped, ``end`` tells when.
    :param until_further_notice: the end is said to be open (nullFlavor NI).
    """

    product: Concept
    block: str = "agreement"
    setting: str = ""
    codes: tuple[Concept, ...] = ()
    instructions: str = ""
    dose: Measure | None = None
    per: str = ""
    event: str = ""
    quantity: Measure | None = None
    route: Concept | None = None
    begin: RelativeMoment
    end: RelativeMoment | None = None
    width: str = ""
    until_further_notice: bool = False
    stop: str = ""
    reasons: tuple[Concept, ...] = ()
    prescriber: str = ""
    prescribed: RelativeMoment | None = None
    dispenser: str = ""
    copy: bool = False
    previous: str = ""

    def statement(self, scene: Scene, root: str) -> Statement:
        supplied = self.block in _SUPPLIES
        return Statement(
            shape="supply" if supplied else "substanceAdministration",
            ids=(Id(root=root, extension=self.number),),
            code=BLOCKS[self.block],
            mood="RQO" if self.block in _PLANS else "EVN",
            negated=None if supplied else self.denial(),
            text=self.instructions,
            status=self.status,
            times=scene.point(self.begin) if supplied else self._times(scene),
            route=self.route.built() if self.route else None,
            dose=self.dose.built() if self.dose and not supplied else None,
            quantity=self.quantity.built() if self.quantity and supplied else None,
            product=Product(code=self._product()),
            performers=scene.who(self.dispenser, self.begin),
            authors=scene.who(self.prescriber, self.prescribed or self.begin),
            links=(*self._details(root), *self.more()),
        )

    def _product(self) -> Code:
        main = self.product.built()
        others = tuple(each.built() for each in self.codes)
        return Code(
            code=main.code,
            system=main.system,
            name=main.name,
            text=main.text,
            null=main.null,
            translations=others,
        )

    def _times(self, scene: Scene) -> tuple[Span, ...]:
        period = Span(
            low=scene.at(self.begin),
            high=scene.at(self.end or ""),
            high_null="NI" if self.until_further_notice else "",
            width=self.width,
        )
        often = (Span(period=self.per),) if self.per else ()
        return (period, *often, *((Span(event=self.event),) if self.event else ()))

    def _details(self, root: str) -> tuple[Link, ...]:
        found = [fact("COMP", _STOP, coded(_STOPS[self.stop]))] if self.stop else []
        found += [fact("RSON", _REASON, coded(each.built())) for each in self.reasons]
        if self.copy:
            found.append(fact("COMP", _COPY, Value(kind="BL", value="true")))
        if self.setting:
            during = Code(code=self.setting, system=ACT_CODE)
            found.append(Link("REFR", Statement(shape="encounter", code=during)))
        if self.previous:
            before = Id(root=root, extension=self.previous)
            found.append(Link("REFR", Statement(shape="act", ids=(before,), code=BLOCKS[self.block])))
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vaccination(Fact):
    """A vaccination (zib Vaccinatie)."""

    product: Concept
    given: RelativeMoment
    dose: Measure | None = None
    performer: str = ""
    reasons: tuple[Concept, ...] = ()

    def statement(self, scene: Scene, root: str) -> Statement:
        return Statement(
            shape="substanceAdministration",
            ids=(Id(root=root, extension=self.number),),
            code=Code(code="IMMUNIZ", system=ACT_CODE),
            negated=self.denial(),
            status=self.status,
            times=scene.point(self.given),
            dose=self.dose.built() if self.dose else None,
            product=Product(code=self.product.built()),
            performers=scene.who(self.performer),
            links=(*reasons(self.reasons), *self.more()),
        )
