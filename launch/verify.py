"""The gate: from posted text to a ``VerifiedLaunch``, or a refusal with its code.

Order of checks: launch.md §12.4 and architecture.md §2. Cheap checks come before cryptography, and
nothing of the token is believed before its signature is verified by a key of the issuer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from context.hospital import Environment, Hospital
from context.launch import VerifiedLaunch
from launch.claim_checks import (
    check_authentication,
    check_bsn,
    check_purpose,
    check_role,
    check_user,
    read_birth_date,
    to_user,
)
from launch.claim_reading import find_practice_of, read_claims
from launch.claims import ClaimMap, TokenForm
from launch.errors import LaunchRefusedError
from launch.grant_checks import (
    check_active,
    check_encryption,
    check_grade,
    check_origin,
    find_grant,
    find_sender,
)
from launch.inspection import ASKED_INSTEAD, Inspection
from launch.leniency import Leniency
from launch.opening import TokenOpener
from launch.proven_token import (
    ProvenToken,
    check_addresses,
    check_answer,
    check_asked,
    check_lifetime,
    check_times,
    check_token_id,
)
from launch.proving import (
    answered_by,
    client_id_for,
    decode,
    find_claim_map,
    form_of,
    prove,
    sender_of,
    was_encrypted,
    with_published_key,
)
from launch.requests.model import OutgoingRequest
from launch.smart.identity import SmartLaunch
from launch.trust.model import (
    Grant,
    LaunchGrade,
    TrustRegistry,
    Vendor,
)

NO_OPENER = TokenOpener()


@dataclass(frozen=True, slots=True)
class UnverifiedLaunch:
    """One posted token.

    :param form: which form field it came in.
    :param text: the field's value; not shown by ``repr``.
    :param origin: the ``Origin`` header as sent, None when absent.
    :param received_at: aware UTC, when the POST arrived.
    :param grade: by which door it came; the door says so, never the token.
    :param posted_by_page: False when no page of the HIS posted it, so that there is no Origin to check.
    :param request: ours, which it must answer; None for an unsolicited launch, which must answer none.
    """

    form: TokenForm
    text: str = field(repr=False)
    origin: str | None
    received_at: datetime
    grade: LaunchGrade = LaunchGrade.ONE_HOP
    posted_by_page: bool = True
    request: OutgoingRequest | None = None


def verify_launch(
    unverified: UnverifiedLaunch,
    hospital: Hospital,
    trust: TrustRegistry,
    maps: Mapping[str, ClaimMap],
    now: datetime,
    opener: TokenOpener = NO_OPENER,
    inspection: Inspection | None = None,
    *,
    dry_run: bool = False,
) -> VerifiedLaunch:
    """Decide whether a launch is genuine. This function alone makes a ``VerifiedLaunch`` from a token.

    A launch of a vendor in test mode, or in a dry run, comes back as ``report_only``.

    :param hospital: the hospital at whose URL it was posted.
    :param maps: claim maps by adapter name.
    :param now: aware UTC.
    :param opener: opens encrypted tokens; by default none is opened.
    :param inspection: notes every check.
    :param dry_run: judge the BSN as in a test environment, wherever this is.
    :raises LaunchRefusedError: one code of L102 to L602; ``facts`` hold what was proven by then.
    :raises StorageUnavailableError: the trust registry cannot be read.
    """
    facts: dict[str, str] = {"token_form": unverified.form.value}
    inspection = inspection or Inspection()
    inspection.dry_run = dry_run
    try:
        return _verify(unverified, hospital, trust, maps, opener, now, facts, inspection)
    except LaunchRefusedError as refused:
        raise LaunchRefusedError(refused.code, refused.detail, facts) from None
    finally:
        inspection.know(facts, unverified.grade)


def _verify(
    unverified: UnverifiedLaunch,
    hospital: Hospital,
    trust: TrustRegistry,
    maps: Mapping[str, ClaimMap],
    opener: TokenOpener,
    now: datetime,
    facts: dict[str, str],
    inspection: Inspection,
) -> VerifiedLaunch:
    see, request = inspection.run, unverified.request
    token = see("token", decode, unverified.form, unverified.text, request, opener, now)
    known = see("issuer", sender_of, token, trust, hospital, facts)
    _note_test_mode(inspection, known.vendor, hospital)
    see("asked", check_asked, known.vendor.issuer, request, answered_by(token))
    grant = see("grant", find_grant, known)
    leniency = inspection.leniency = Leniency(grant, now)
    if unverified.posted_by_page:
        see("origin", check_origin, grant, unverified.origin, leniency)
    else:
        inspection.skip("origin")
    see("active", check_active, known.vendor, grant, hospital)
    see("grade", check_grade, grant, unverified.grade)
    see("encryption", check_encryption, grant, leniency, encrypted=was_encrypted(token, unverified.text))
    claim_map = see("adapter", find_claim_map, known.vendor, maps, form_of(token))
    vendor = see("key", with_published_key, known.vendor, trust, token)
    proven = see("signature", prove, token, request, vendor, claim_map, leniency, opener, now)
    see("addresses", check_addresses, proven, hospital, client_id_for(request, known.vendor))
    see("times", check_times, proven, now)
    see("lifetime", check_lifetime, proven, grant, leniency)
    token_id = see("token_id", check_token_id, proven)
    see("answer", check_answer, proven, request)
    case = _Case(
        hospital, trust, known.vendor, grant, leniency, unverified.grade, unverified.received_at, inspection
    )
    return _judge(case, claim_map, proven, token_id, now, facts)


def _note_test_mode(inspection: Inspection, vendor: Vendor, hospital: Hospital) -> None:
    """Test mode shows the vendor its report; in production it is a dry run, for patients who do not exist."""
    inspection.reports = vendor.reports_launches
    inspection.dry_run |= vendor.reports_launches and hospital.environment is Environment.PRODUCTION


@dataclass(frozen=True, slots=True)
class _Case:
    """Where, from whom, by which door and when: what stays the same while one launch is judged."""

    hospital: Hospital
    trust: TrustRegistry
    vendor: Vendor
    grant: Grant
    leniency: Leniency
    grade: LaunchGrade
    received_at: datetime
    inspection: Inspection


def _judge(
    case: _Case,
    claim_map: ClaimMap,
    proven: ProvenToken,
    token_id: str,
    now: datetime,
    facts: dict[str, str],
) -> VerifiedLaunch:
    """The checks on content, the same for every door."""
    see, hospital = case.inspection.run, case.hospital
    case.inspection.see_signed(claim_map.name, proven.signed)
    claims = see("claims", read_claims, claim_map, proven, token_id, facts)
    case.inspection.see_values(claims)
    practice = see("practice", find_practice_of, case.trust, case.grant, claims, facts)
    role = see("role", check_role, claims, case.grant.roles)
    see("purpose", check_purpose, claims)
    see("user", check_user, claims, case.grant.generic_users)
    see("authentication", check_authentication, proven.signed, hospital, now)
    environment = Environment.TEST if case.inspection.dry_run else hospital.environment
    bsn = see("bsn", check_bsn, claims, environment)
    return VerifiedLaunch(
        hospital=hospital.slug,
        issuer=case.vendor.issuer,
        his=case.vendor.adapter,
        token_form=proven.signed.form.value,
        token_id=token_id,
        expires_at=proven.expires_at,
        received_at=case.received_at,
        bsn=bsn,
        birth_date=read_birth_date(claims),
        user=to_user(claims, role),
        practice=practice,
        vendor_name=case.vendor.name,
        family_name=claims.family_name,
        his_product=claims.his_product,
        his_session=proven.signed.session,
        relaxations=case.leniency.used,
        grade=case.grade.value,
        report_only=case.inspection.reports or case.inspection.dry_run,
    )


def verify_smart_launch(
    smart: SmartLaunch,
    hospital: Hospital,
    trust: TrustRegistry,
    maps: Mapping[str, ClaimMap],
    received_at: datetime,
    inspection: Inspection | None = None,
) -> VerifiedLaunch:
    """Decide about a SMART launch, whose id_token is proven and whose resources the HIS itself gave.

    :param received_at: aware UTC, when the code came.
    :param inspection: notes every check.
    :raises LaunchRefusedError: L301 to L303 when the trust ended meanwhile, L304 to L602 as for any launch.
    :raises StorageUnavailableError: the trust registry cannot be read.
    """
    facts = {"token_form": TokenForm.JWT.value}
    inspection = inspection or Inspection()
    try:
        return _verify_smart(smart, hospital, trust, maps, received_at, facts, inspection)
    except LaunchRefusedError as refused:
        raise LaunchRefusedError(refused.code, refused.detail, facts) from None
    finally:
        inspection.know(facts, LaunchGrade.SMART)


def _verify_smart(
    smart: SmartLaunch,
    hospital: Hospital,
    trust: TrustRegistry,
    maps: Mapping[str, ClaimMap],
    received_at: datetime,
    facts: dict[str, str],
    inspection: Inspection,
) -> VerifiedLaunch:
    see = inspection.run
    inspection.skip(*ASKED_INSTEAD)
    known = see("issuer", find_sender, trust, hospital, smart.issuer, facts)
    _note_test_mode(inspection, known.vendor, hospital)
    grant = see("grant", find_grant, known)
    leniency = inspection.leniency = Leniency(grant, received_at)
    see("active", check_active, known.vendor, grant, hospital)
    see("grade", check_grade, grant, LaunchGrade.SMART)
    claim_map = see("adapter", find_claim_map, known.vendor, maps, TokenForm.JWT)
    # The code is used up, so there is nothing to remember for as long as the id_token would be valid.
    end = received_at + timedelta(seconds=grant.max_lifetime_seconds)
    signed = replace(smart.identity.signed, claims={"fhir": smart.resources})
    proven = replace(smart.identity, signed=signed, expires_at=min(smart.identity.expires_at, end))
    case = _Case(hospital, trust, known.vendor, grant, leniency, LaunchGrade.SMART, received_at, inspection)
    return _judge(case, claim_map, proven, smart.token_id, received_at, facts)
