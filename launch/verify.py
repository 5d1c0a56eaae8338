"""The gate: from posted text to a ``VerifiedLaunch``, or a refusal with its code.

Order of checks: launch.md §12.4 and architecture.md §2. Cheap checks come before cryptography, and
nothing of the token is believed before its signature is verified by a key of the issuer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from context.codes import RefusalCode
from context.hospital import Hospital
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
from launch.jose_decoder import ID_TOKEN_TYPES, LAUNCH_TYPES, CompactToken, decode_compact
from launch.jwe import is_encrypted
from launch.jwt_token import unverified_issuer, verify_jwt
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
from launch.requests.model import OutgoingRequest, RequestKind
from launch.saml_proof import prove_saml
from launch.saml_token import SamlDocument, decode_saml
from launch.smart.identity import SmartLaunch
from launch.trust.model import (
    Grant,
    LaunchGrade,
    RelaxationName,
    TrustRegistry,
    Vendor,
)
from launch.vendor_keys import find_keys

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
) -> VerifiedLaunch:
    """Decide whether a launch is genuine. This function alone makes a ``VerifiedLaunch`` from a token.

    :param hospital: the hospital at whose URL it was posted.
    :param maps: claim maps by adapter name.
    :param now: aware UTC.
    :param opener: opens encrypted tokens; by default none is opened.
    :raises LaunchRefusedError: one code of L102 to L602; ``facts`` hold what was proven by then.
    :raises StorageUnavailableError: the trust registry cannot be read.
    """
    facts: dict[str, str] = {"token_form": unverified.form.value}
    try:
        return _verify(unverified, hospital, trust, maps, opener, now, facts)
    except LaunchRefusedError as refused:
        raise LaunchRefusedError(refused.code, refused.detail, facts) from None


def _verify(
    unverified: UnverifiedLaunch,
    hospital: Hospital,
    trust: TrustRegistry,
    maps: Mapping[str, ClaimMap],
    opener: TokenOpener,
    now: datetime,
    facts: dict[str, str],
) -> VerifiedLaunch:
    token = _decode(unverified, opener, now)
    known = find_sender(trust, hospital, _issuer(token), facts)
    check_asked(known.vendor.issuer, unverified.request)
    grant = find_grant(known)
    leniency = Leniency(grant, now)
    if unverified.posted_by_page:
        check_origin(grant, unverified.origin, leniency)
    check_active(known.vendor, grant, hospital)
    check_grade(grant, unverified.grade)
    check_encryption(grant, leniency, encrypted=_is_encrypted(token, unverified.text))
    claim_map = _claim_map(known.vendor, maps, _form(token))
    vendor = _with_published_key(known.vendor, trust, token)
    proven = _prove(token, unverified.request, vendor, claim_map, leniency, opener, now)
    check_addresses(proven, hospital, _client_id(unverified.request, known.vendor))
    check_times(proven, now)
    check_lifetime(proven, grant, leniency)
    token_id = check_token_id(proven)
    check_answer(proven, unverified.request)
    case = _Case(hospital, trust, known.vendor, grant, leniency, unverified.grade, unverified.received_at)
    return _judge(case, claim_map, proven, token_id, now, facts)


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


def _judge(
    case: _Case,
    claim_map: ClaimMap,
    proven: ProvenToken,
    token_id: str,
    now: datetime,
    facts: dict[str, str],
) -> VerifiedLaunch:
    """The checks on content, the same for every door."""
    claims = read_claims(claim_map, proven, token_id, facts)
    practice = find_practice_of(case.trust, case.grant, claims, facts)
    role = check_role(claims, case.grant.roles)
    check_purpose(claims)
    check_user(claims, case.grant.generic_users)
    check_authentication(proven.signed, case.hospital, now)
    return VerifiedLaunch(
        hospital=case.hospital.slug,
        issuer=case.vendor.issuer,
        his=case.vendor.adapter,
        token_form=proven.signed.form.value,
        token_id=token_id,
        expires_at=proven.expires_at,
        received_at=case.received_at,
        bsn=check_bsn(claims, case.hospital.environment),
        birth_date=read_birth_date(claims),
        user=to_user(claims, role),
        practice=practice,
        vendor_name=case.vendor.name,
        family_name=claims.family_name,
        his_product=claims.his_product,
        his_session=proven.signed.session,
        relaxations=case.leniency.used,
        grade=case.grade.value,
    )


def verify_smart_launch(
    smart: SmartLaunch,
    hospital: Hospital,
    trust: TrustRegistry,
    maps: Mapping[str, ClaimMap],
    received_at: datetime,
) -> VerifiedLaunch:
    """Decide about a SMART launch, whose id_token is proven and whose resources the HIS itself gave.

    :param received_at: aware UTC, when the code came.
    :raises LaunchRefusedError: L301 to L303 when the trust ended meanwhile, L304 to L602 as for any launch.
    :raises StorageUnavailableError: the trust registry cannot be read.
    """
    facts = {"token_form": TokenForm.JWT.value}
    try:
        return _verify_smart(smart, hospital, trust, maps, received_at, facts)
    except LaunchRefusedError as refused:
        raise LaunchRefusedError(refused.code, refused.detail, facts) from None


def _verify_smart(
    smart: SmartLaunch,
    hospital: Hospital,
    trust: TrustRegistry,
    maps: Mapping[str, ClaimMap],
    received_at: datetime,
    facts: dict[str, str],
) -> VerifiedLaunch:
    known = find_sender(trust, hospital, smart.issuer, facts)
    grant = find_grant(known)
    check_active(known.vendor, grant, hospital)
    check_grade(grant, LaunchGrade.SMART)
    claim_map = _claim_map(known.vendor, maps, TokenForm.JWT)
    # The code is used up, so there is nothing to remember for as long as the id_token would be valid.
    end = received_at + timedelta(seconds=grant.max_lifetime_seconds)
    signed = replace(smart.identity.signed, claims={"fhir": smart.resources})
    proven = replace(smart.identity, signed=signed, expires_at=min(smart.identity.expires_at, end))
    case = _Case(
        hospital, trust, known.vendor, grant, Leniency(grant, received_at), LaunchGrade.SMART, received_at
    )
    return _judge(case, claim_map, proven, smart.token_id, received_at, facts)


def _decode(unverified: UnverifiedLaunch, opener: TokenOpener, now: datetime) -> CompactToken | SamlDocument:
    try:
        if unverified.form is TokenForm.JWT:
            types = LAUNCH_TYPES if unverified.request is None else ID_TOKEN_TYPES
            return decode_compact(opener.jws_of(unverified.text, now), types=types)
        return decode_saml(unverified.text)
    except LaunchRefusedError:
        raise
    except Exception as fault:  # noqa: BLE001 - no input may reach the caller as another error
        raise LaunchRefusedError(RefusalCode.NOT_A_TOKEN, type(fault).__name__) from None


def _issuer(token: CompactToken | SamlDocument) -> str:
    return token.shape.issuer if isinstance(token, SamlDocument) else unverified_issuer(token)


def _client_id(request: OutgoingRequest | None, vendor: Vendor) -> str | None:
    return vendor.client_id if request is not None and request.kind is RequestKind.OIDC else None


def _is_encrypted(token: CompactToken | SamlDocument, text: str) -> bool:
    return token.shape.encrypted if isinstance(token, SamlDocument) else is_encrypted(text)


def _form(token: CompactToken | SamlDocument) -> TokenForm:
    return TokenForm.SAML if isinstance(token, SamlDocument) else TokenForm.JWT


def _claim_map(vendor: Vendor, maps: Mapping[str, ClaimMap], form: TokenForm) -> ClaimMap:
    claim_map = maps.get(vendor.adapter)
    if claim_map is None:
        raise LaunchRefusedError(RefusalCode.ISSUER_NOT_ACTIVE, "no claim map of that name")
    if claim_map.form is not form:
        raise LaunchRefusedError(RefusalCode.ISSUER_NOT_ACTIVE, "the vendor uses the other token form")
    return claim_map


def _with_published_key(vendor: Vendor, trust: TrustRegistry, token: CompactToken | SamlDocument) -> Vendor:
    if isinstance(token, SamlDocument):
        return vendor
    return replace(vendor, keys=find_keys(vendor, token.key_id, trust))


def _prove(
    token: CompactToken | SamlDocument,
    request: OutgoingRequest | None,
    vendor: Vendor,
    claim_map: ClaimMap,
    leniency: Leniency,
    opener: TokenOpener,
    now: datetime,
) -> ProvenToken:
    try:
        if isinstance(token, SamlDocument):
            return prove_saml(token, vendor.keys, claim_map.value_namespaces, now, leniency, opener)
        # Our nonce under the signature tells an id_token from any other token, so it needs no type.
        if request is None and token.plainly_typed and not leniency.permits(RelaxationName.TYP_JWT):
            raise LaunchRefusedError(RefusalCode.HEADER_FORBIDDEN, "typ is not the profile's")
        return verify_jwt(token, vendor.keys, now)
    except LaunchRefusedError:
        raise
    except Exception as fault:  # noqa: BLE001 - no input may reach the caller as another error
        raise LaunchRefusedError(RefusalCode.SIGNATURE_WRONG, type(fault).__name__) from None
