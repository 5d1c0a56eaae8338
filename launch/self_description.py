"""What is accepted at one hospital's door, for a vendor's developer (``/.well-known/his-launch``).

Only what holds for every vendor: whom the hospital trusts, and what it relaxes for whom, stands nowhere.
"""

from collections.abc import Iterable
from datetime import datetime

from context.hospital import Hospital
from launch.form import MAX_BODY_BYTES
from launch.jose_decoder import MAX_TOKEN_CHARACTERS, TOKEN_TYPE
from launch.jwe import CONTENT_ENCRYPTION
from launch.own_keys import RSA_OAEP_256, OwnKeys
from launch.proven_token import SAML_LIFETIME, SKEW
from launch.saml_certificates import DIGESTS, METHODS
from launch.saml_encryption import AES_256_GCM, DIGEST_SHA256, MGF1_SHA256, RSA_OAEP
from launch.saml_token import MAX_DECODED_BYTES
from launch.trust.key_rules import ALGORITHMS
from launch.trust.model import MAX_LIFETIME_SECONDS, LaunchGrade

PROFILE = "HIS launch 1.0"


def describe_door(
    hospital: Hospital, keys: OwnKeys, grades: Iterable[LaunchGrade], now: datetime
) -> dict[str, object]:
    """A JSON object.

    :param grades: those that have a door here.
    :param now: aware; keys past their end open nothing.
    """
    opening = [key.algorithm for key in keys.opening(now)]
    return {
        "profile": PROFILE,
        "environment": hospital.environment.value,
        "launch_url": hospital.launch_url,
        "ticket_url": hospital.ticket_url,
        "two_hop_start": f"{hospital.launch_url}/start/{{base64url of iss}}",
        "smart_launch": f"{hospital.launch_url}/smart",
        "smart_redirect_uri": f"{hospital.launch_url}/callback",
        "context_ended_url": hospital.context_ended_url,
        "entity_id": hospital.entity_id,
        "saml_metadata": hospital.entity_id,
        "jwks_uri": f"{hospital.base_url}/.well-known/jwks.json",
        "grades": [grade.value for grade in grades],
        "token_forms": {
            "token": ["JWS", *(["JWE"] if opening else [])],
            "SAMLResponse": ["Assertion", *(["EncryptedAssertion"] if RSA_OAEP_256 in opening else [])],
        },
        "jws": {"typ": TOKEN_TYPE, "alg": list(ALGORITHMS)},
        "jwe": {"alg": sorted(set(opening)), "enc": [CONTENT_ENCRYPTION] if opening else []},
        "xml_signature": {
            "signature": [METHODS[name].value for name in METHODS if name in ALGORITHMS],
            "digest": sorted(digest.value for digest in DIGESTS),
        },
        "xml_encryption": {
            "content": [AES_256_GCM],
            "key_transport": [RSA_OAEP],
            "digest": [DIGEST_SHA256],
            "mask": [MGF1_SHA256],
        }
        if RSA_OAEP_256 in opening
        else {},
        "limits": {
            "body_bytes": MAX_BODY_BYTES,
            "token_characters": MAX_TOKEN_CHARACTERS,
            "saml_bytes": MAX_DECODED_BYTES,
            "token_lifetime_seconds": MAX_LIFETIME_SECONDS,
            "saml_lifetime_seconds": int(SAML_LIFETIME.total_seconds()),
            "clock_skew_seconds": int(SKEW.total_seconds()),
        },
    }
