"""The two forms of token behind one set of functions: decode, tell the issuer, prove the signature."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from context.codes import RefusalCode
from context.hospital import Hospital
from launch.claims import ClaimMap, TokenForm
from launch.errors import LaunchRefusedError
from launch.grant_checks import find_sender
from launch.jose_decoder import ID_TOKEN_TYPES, LAUNCH_TYPES, CompactToken, decode_compact
from launch.jwe import is_encrypted
from launch.jwt_token import unverified_issuer, verify_jwt
from launch.leniency import Leniency
from launch.opening import TokenOpener
from launch.proven_token import ProvenToken
from launch.requests.model import OutgoingRequest, RequestKind
from launch.saml_proof import prove_saml
from launch.saml_token import SamlDocument, decode_saml
from launch.trust.model import RelaxationName, Trust, TrustRegistry, Vendor
from launch.vendor_keys import find_keys

DecodedToken = CompactToken | SamlDocument


def decode(
    form: TokenForm, text: str, request: OutgoingRequest | None, opener: TokenOpener, now: datetime
) -> DecodedToken:
    """:param form: which form field it came in.
    :param request: ours, which it answers; None for an unsolicited launch.
    :raises LaunchRefusedError: L102, L103, L207, L209, L210.
    """
    try:
        if form is TokenForm.JWT:
            types = LAUNCH_TYPES if request is None else ID_TOKEN_TYPES
            return decode_compact(opener.jws_of(text, now), types=types)
        return decode_saml(text)
    except LaunchRefusedError:
        raise
    except Exception as fault:  # noqa: BLE001 - no input may reach the caller as another error
        raise LaunchRefusedError(RefusalCode.NOT_A_TOKEN, type(fault).__name__) from None


def sender_of(token: DecodedToken, trust: TrustRegistry, hospital: Hospital, facts: dict[str, str]) -> Trust:
    """Whom the token says it is from; an index into the registry, not proven.

    :raises LaunchRefusedError: L301, L501.
    """
    issuer = token.shape.issuer if isinstance(token, SamlDocument) else unverified_issuer(token)
    return find_sender(trust, hospital, issuer, facts)


def answered_by(token: DecodedToken) -> str | None:
    """What a Response says on its outside that it answers; unverified. A JWT has no outside."""
    return token.root.get("InResponseTo") if isinstance(token, SamlDocument) else None


def was_encrypted(token: DecodedToken, text: str) -> bool:
    """:param text: as posted."""
    return token.shape.encrypted if isinstance(token, SamlDocument) else is_encrypted(text)


def form_of(token: DecodedToken) -> TokenForm:
    """Which form of token it turned out to be."""
    return TokenForm.SAML if isinstance(token, SamlDocument) else TokenForm.JWT


def client_id_for(request: OutgoingRequest | None, vendor: Vendor) -> str | None:
    """Our name at the vendor, when an id_token may be addressed to it."""
    return vendor.client_id if request is not None and request.kind is RequestKind.OIDC else None


def find_claim_map(vendor: Vendor, maps: Mapping[str, ClaimMap], form: TokenForm) -> ClaimMap:
    """:raises LaunchRefusedError: L303 no adapter of that name, or one for the other form of token."""
    claim_map = maps.get(vendor.adapter)
    if claim_map is None:
        raise LaunchRefusedError(RefusalCode.ISSUER_NOT_ACTIVE, "no claim map of that name")
    if claim_map.form is not form:
        raise LaunchRefusedError(RefusalCode.ISSUER_NOT_ACTIVE, "the vendor uses the other token form")
    return claim_map


def with_published_key(vendor: Vendor, trust: TrustRegistry, token: DecodedToken) -> Vendor:
    """The vendor with the keys that the token's own key id may mean.

    :raises LaunchRefusedError: L202, L703.
    """
    if isinstance(token, SamlDocument):
        return vendor
    return replace(vendor, keys=find_keys(vendor, token.key_id, trust))


def prove(
    token: DecodedToken,
    request: OutgoingRequest | None,
    vendor: Vendor,
    claim_map: ClaimMap,
    leniency: Leniency,
    opener: TokenOpener,
    now: datetime,
) -> ProvenToken:
    """:raises LaunchRefusedError: L201 to L207, L209, L210; L501 or L502 for content that cannot be read."""
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
