"""Who is logged in: the id_token of a SMART launch (OpenID Connect Core §3.1.3.7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from context.codes import RefusalCode
from context.errors import StorageUnavailableError
from launch.errors import LaunchRefusedError
from launch.jose_decoder import ID_TOKEN_TYPES, decode_compact
from launch.jwt_token import unverified_issuer, verify_jwt
from launch.proven_token import SKEW, ProvenToken, check_answer, check_asked, check_times
from launch.requests.model import OutgoingRequest
from launch.smart.asking import FhirVendor
from launch.trust.model import TrustRegistry
from launch.vendor_keys import find_keys


@dataclass(frozen=True, slots=True)
class SmartLaunch:
    """All that a SMART launch brought, for ``launch.verify`` to judge.

    :param issuer: whom we asked, and who answered.
    :param identity: what ``verify_identity`` proved.
    :param resources: from the EHR's own FHIR server, by type.
    :param token_id: names the launch once for all; made of the code, which is good for one launch.
    """

    issuer: str
    identity: ProvenToken
    resources: Mapping[str, object] = field(repr=False)
    token_id: str


def verify_identity(
    text: str, vendor: FhirVendor, trust: TrustRegistry, request: OutgoingRequest, now: datetime
) -> ProvenToken:
    """Prove an id_token. How long it would be valid does not matter: our nonce says that it is fresh.

    :param now: aware.
    :raises LaunchRefusedError: L102, L103 and L201 to L209 as for any JWT; L502 not meant for us, L401 to
        L403 its times, L407 not the answer to this request; L703 its key set cannot be had.
    :raises StorageUnavailableError: the registry cannot be read.
    """
    try:
        token = decode_compact(text, types=ID_TOKEN_TYPES)
        check_asked(unverified_issuer(token), request)
        proven = verify_jwt(token, find_keys(vendor.registration, token.key_id, trust), now)
    except (LaunchRefusedError, StorageUnavailableError):
        raise
    except Exception as fault:  # noqa: BLE001 - no input may reach the caller as another error
        raise LaunchRefusedError(RefusalCode.SIGNATURE_WRONG, type(fault).__name__) from None
    if proven.delivered_to != (vendor.client_id,):
        raise LaunchRefusedError(RefusalCode.AUDIENCE_WRONG, "meant for another client")
    check_times(proven, now)
    if proven.issued_at < request.created_at - SKEW:
        raise LaunchRefusedError(RefusalCode.EXPIRED, "issued before it was asked for")
    check_answer(proven, request)
    return proven
