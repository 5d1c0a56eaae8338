"""HTTP status of each refusal code (architecture.md D5; the domain itself knows no HTTP)."""

from collections.abc import Mapping
from types import MappingProxyType

from context.codes import RefusalCode as Code

HTTP_STATUS: Mapping[Code, int] = MappingProxyType(
    {
        Code.METHOD_NOT_ALLOWED: 405,
        Code.TOKEN_FIELDS_WRONG: 400,
        Code.TOO_LARGE: 413,
        Code.NOT_A_TOKEN: 400,
        Code.TOO_MANY_LAUNCHES: 429,
        Code.ORIGIN_NOT_LISTED: 403,
        Code.ALGORITHM_NOT_ALLOWED: 401,
        Code.KEY_UNKNOWN: 401,
        Code.SIGNATURE_WRONG: 401,
        Code.CERTIFICATE_EXPIRED: 401,
        Code.CERTIFICATE_REVOKED: 401,
        Code.CERTIFICATE_UNTRUSTED: 401,
        Code.DECRYPTION_FAILED: 401,
        Code.ENCRYPTION_REQUIRED: 401,
        Code.HEADER_FORBIDDEN: 401,
        Code.XML_SHAPE_REFUSED: 401,
        Code.ISSUER_UNKNOWN: 401,
        Code.ISSUER_SUSPENDED: 401,
        Code.ISSUER_NOT_ACTIVE: 401,
        Code.PRACTICE_NOT_LINKED: 403,
        Code.PRACTICE_SUSPENDED: 403,
        Code.EXPIRED: 401,
        Code.NOT_YET_VALID: 401,
        Code.ISSUED_IN_FUTURE: 401,
        Code.VALID_TOO_LONG: 401,
        Code.REPLAYED: 401,
        Code.TOKEN_ID_WEAK: 401,
        Code.NONCE_WRONG: 401,
        Code.CLAIM_MISSING: 400,
        Code.AUDIENCE_WRONG: 401,
        Code.ROLE_NOT_ALLOWED: 403,
        Code.PURPOSE_NOT_ALLOWED: 403,
        Code.USER_GENERIC: 403,
        Code.LOGIN_TOO_WEAK: 403,
        Code.BSN_INVALID: 400,
        Code.BSN_WRONG_ENVIRONMENT: 403,
        Code.NOTHING_TO_SHOW: 403,
        Code.IDENTITY_DIFFERS: 409,
        Code.CONSENT_UNAVAILABLE: 503,
        Code.RECORD_SOURCE_UNAVAILABLE: 503,
        Code.KEYS_UNREACHABLE: 503,
        Code.STORAGE_UNAVAILABLE: 503,
    }
)
