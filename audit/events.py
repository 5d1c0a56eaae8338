"""The catalogue: which events exist and which fields each must and may carry.

Event codes and types are those of DICOM PS3.15 (CID 400 and 403), which NEN 7513 follows; actions are
C, R, U, D, E (NEN 7513 7.2.1, 7.2.2, 7.2.4). What is not listed cannot be recorded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType

from audit.errors import AuditFieldError
from audit.fields import AuditFieldValue, check_value

_AUDIT_LOG_USED = "110101"
_AUTHENTICATION = "110114"
_LOGIN, _LOGOUT = "110122", "110123"
_PATIENT_RECORD = "110110"
_SECURITY_ALERT = "110113"
_SECURITY_CONFIGURATION = "110129"

# NEN 7513 7.4.6 (required) and 7.4.7: the rule under which access is given is this product's own, and
# the treatment relation is what the HIS vouches for by its signature.
_POLICY = MappingProxyType({"authorisation_policy": "zorgtegel-gp@1", "relation_basis": "his-vouched"})


class OutcomeIndicator(IntEnum):
    """EventOutcomeIndicator of RFC 3881 (NEN 7513 7.2.5)."""

    SUCCESS = 0
    MINOR_FAILURE = 4
    SERIOUS_FAILURE = 8
    MAJOR_FAILURE = 12


@dataclass(frozen=True, slots=True)
class EventSpec:
    """One event of the catalogue.

    :param code, event_type, action: NEN 7513 7.2.1, 7.2.4 and 7.2.2.
    :param required: fields that must be present and not None.
    :param required_when: further required fields, by (field, value) that makes them so.
    :param optional: fields that may be absent or None.
    :param stamped: values that every record of this event carries unless its fields say otherwise.
    :param opens_reference: this event is the first of its reference, which must be new.
    :param outcome: the indicator, where the fields do not decide it.
    """

    name: str
    code: str
    action: str
    required: frozenset[str]
    optional: frozenset[str]
    event_type: str | None = None
    required_when: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    stamped: Mapping[str, str] = field(default_factory=dict)
    opens_reference: bool = False
    outcome: OutcomeIndicator = OutcomeIndicator.SUCCESS

    @property
    def allowed(self) -> frozenset[str]:
        conditional = frozenset[str]().union(*self.required_when.values())
        return self.required | self.optional | conditional | frozenset(self.stamped)

    def check(self, fields: Mapping[str, AuditFieldValue]) -> None:
        """:raises AuditFieldError: a field too many, one missing, or a value of the wrong kind."""
        if unknown := fields.keys() - self.allowed:
            raise AuditFieldError(f"{self.name}: not allowed: {', '.join(sorted(unknown))}")
        for name, value in fields.items():
            check_value(name, value)
        required = self.required
        for (name, value), more in self.required_when.items():
            if fields.get(name) == value:
                required |= more
        if missing := {name for name in required if fields.get(name) is None}:
            raise AuditFieldError(f"{self.name}: missing: {', '.join(sorted(missing))}")
        self._check_choices(fields)

    def _check_choices(self, fields: Mapping[str, AuditFieldValue]) -> None:
        for name in {name for name, _ in self.required_when}:
            if fields.get(name) not in {value for known, value in self.required_when if known == name}:
                raise AuditFieldError(f"{self.name}: {name} is none of its values")

    def outcome_of(self, fields: Mapping[str, AuditFieldValue]) -> OutcomeIndicator:
        """Success; minor failure for a section that is not whole; serious failure for a refusal; major
        failure for a refusal because something of ours or the hospital's is down (L7xx)."""
        if str(fields.get("code") or "").startswith("L7"):
            return OutcomeIndicator.MAJOR_FAILURE
        if fields.get("outcome") == "refused":
            return OutcomeIndicator.SERIOUS_FAILURE
        if fields.get("state") in ("failed", "partial"):
            return OutcomeIndicator.MINOR_FAILURE
        return self.outcome


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _by_outcome(**named: str) -> Mapping[tuple[str, str], frozenset[str]]:
    """What a record must name by its outcome; a refused one names why."""
    every = {"refused": "code detail", **named}
    return MappingProxyType({("outcome", outcome): _names(names) for outcome, names in every.items()})


_VIEWER = _names("hospital context user_id user_role practice_ura patient")
_ABOUT_LAUNCH = _names(
    "issuer vendor_name his his_product his_session token_form token_id user_id user_name user_role "
    "user_source_role uzi_number agb_code practice_ura practice_name patient purpose relaxations"
)
_PROVEN = (
    "issuer his token_form token_id user_id user_name user_role user_source_role practice_ura patient purpose"
)
_CONSENT = _names("consent_state consent_categories decision_id lookup_state failure")

_ALL = (
    EventSpec(
        "LAUNCH_DECISION",
        _AUTHENTICATION,
        "E",
        _names("hospital outcome"),
        _ABOUT_LAUNCH | _names("code detail context page unknown_names environment grade"),
        event_type=_LOGIN,
        required_when=_by_outcome(accepted=_PROVEN, reported=_PROVEN),
        stamped=_POLICY,
        opens_reference=True,
    ),
    EventSpec(
        "REPLAY_ALARM",
        _SECURITY_ALERT,
        "E",
        _names("hospital issuer token_id"),
        _ABOUT_LAUNCH | _names("context other_context code detail browser_matches context_matches"),
        outcome=OutcomeIndicator.SERIOUS_FAILURE,
    ),
    EventSpec(
        "CONTEXT_OPENED",
        _SECURITY_ALERT,
        "E",
        _VIEWER | _names("scope consent_state consent_categories"),
        _ABOUT_LAUNCH | _CONSENT,
        stamped=_POLICY,
    ),
    EventSpec(
        "CONTEXT_REFUSED",
        _SECURITY_ALERT,
        "E",
        _VIEWER | _names("code"),
        _ABOUT_LAUNCH | _CONSENT | _names("detail scope phase"),
        stamped=_POLICY,
        outcome=OutcomeIndicator.SERIOUS_FAILURE,
    ),
    EventSpec(
        "CATEGORY_WITHHELD",
        _SECURITY_ALERT,
        "E",
        _VIEWER | _names("data_category"),
        _ABOUT_LAUNCH | _CONSENT,
        stamped=_POLICY,
        outcome=OutcomeIndicator.SERIOUS_FAILURE,
    ),
    EventSpec(
        "CONSENT_NOTICED",
        _SECURITY_ALERT,
        "E",
        _names("hospital outcome"),
        _names("patient code detail consent_categories"),
        required_when=_by_outcome(accepted="patient count"),
        opens_reference=True,
    ),
    EventSpec(
        "CONTEXT_REPLACED",
        _AUTHENTICATION,
        "E",
        _names("hospital context user_id"),
        _ABOUT_LAUNCH | _names("other_context phase detail"),
        event_type=_LOGOUT,
    ),
    EventSpec(
        "CONTEXT_CLOSED",
        _AUTHENTICATION,
        "E",
        _VIEWER,
        _ABOUT_LAUNCH | _names("phase detail"),
        event_type=_LOGOUT,
    ),
    EventSpec(
        "CONTEXT_END_ASKED",
        _AUTHENTICATION,
        "E",
        _names("hospital outcome"),
        _names("code detail issuer his token_id user_id practice_ura his_session patient"),
        event_type=_LOGOUT,
        required_when=_by_outcome(accepted="issuer practice_ura detail count"),
        opens_reference=True,
    ),
    EventSpec("CONTEXT_EXTENDED", _AUTHENTICATION, "E", _VIEWER, _ABOUT_LAUNCH | _names("phase page")),
    EventSpec(
        "PAGE_VIEWED",
        _PATIENT_RECORD,
        "R",
        _VIEWER | _names("page"),
        _ABOUT_LAUNCH | _names("scope query"),
        stamped=_POLICY,
    ),
    EventSpec(
        "BANNER_SHOWN",
        _PATIENT_RECORD,
        "R",
        _VIEWER,
        _ABOUT_LAUNCH | _names("page scope"),
        stamped=_POLICY,
    ),
    EventSpec(
        "SECTION_SHOWN",
        _PATIENT_RECORD,
        "R",
        _VIEWER | _names("section state"),
        _ABOUT_LAUNCH
        | _CONSENT
        | _names("page scope query result_count held_back missing_sources data_category origin_system"),
        stamped=_POLICY,
    ),
    EventSpec(
        "DOCUMENT_SHOWN",
        _PATIENT_RECORD,
        "R",
        _VIEWER | _names("section state"),
        _ABOUT_LAUNCH | _names("page scope failure data_category subject detail origin_system"),
        stamped=_POLICY,
    ),
    EventSpec(
        "PAGE_PRINTED",
        _PATIENT_RECORD,
        "E",
        _VIEWER | _names("page"),
        _ABOUT_LAUNCH | _names("scope query detail"),
        stamped=_POLICY,
    ),
    EventSpec(
        "WRONG_PATIENT_ALARM",
        _SECURITY_ALERT,
        "E",
        _names("hospital"),
        _VIEWER | _ABOUT_LAUNCH | _CONSENT | _names("section page state scope detail origin_system code"),
        outcome=OutcomeIndicator.SERIOUS_FAILURE,
    ),
    EventSpec(
        "ACCESS_DENIED",
        _SECURITY_ALERT,
        "E",
        _names("hospital"),
        _names("page context code detail phase browser_matches context_matches"),
        opens_reference=True,
        outcome=OutcomeIndicator.SERIOUS_FAILURE,
    ),
    EventSpec(
        "REFUSALS_SUMMARISED",
        _SECURITY_ALERT,
        "E",
        _names("hospital count"),
        _names("window_seconds code detail"),
        opens_reference=True,
        outcome=OutcomeIndicator.SERIOUS_FAILURE,
    ),
    EventSpec(
        "TRUST_CHANGED",
        _SECURITY_ALERT,
        "U",
        _names("actor change"),
        _names(
            "hospital issuer vendor_name his practice_ura practice_name environment subject status "
            "detail relaxations"
        ),
        event_type=_SECURITY_CONFIGURATION,
        opens_reference=True,
    ),
    EventSpec(
        "LAUNCH_INSPECTED",
        _AUDIT_LOG_USED,
        "R",
        _names("actor subject"),
        _names("hospital issuer"),
        opens_reference=True,
    ),
)

CATALOGUE: Mapping[str, EventSpec] = MappingProxyType({spec.name: spec for spec in _ALL})


def spec_of(event: str) -> EventSpec:
    """:raises AuditFieldError: no such event."""
    try:
        return CATALOGUE[event]
    except KeyError:
        raise AuditFieldError("no such event") from None
