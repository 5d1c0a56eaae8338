"""``private_key_jwt``: how a HIS's back end says who it is (RFC 7523 section 2.2 and 3).

The key is one that the vendor signs launches with; the audience is the one address that asks for it.
"""

from datetime import datetime, timedelta

from context.codes import RefusalCode
from context.hospital import Hospital
from launch.backend.message import Message, MessageKind, verify_message
from launch.errors import LaunchRefusedError
from launch.gate import Gate

MAX_LIFE = timedelta(minutes=5)
_TYPES = ("JWT", "client-authentication+jwt", None)


def verify_client(
    assertion: str, address: str, hospital: Hospital, gate: Gate, now: datetime, facts: dict[str, str]
) -> Message:
    """Whose back end it is.

    :param address: of ours, where the assertion was posted.
    :param now: aware UTC.
    :param facts: learn whom it is from.
    :raises LaunchRefusedError: as ``verify_message``; L501 also when ``sub`` is not ``iss``.
    """
    # It names a vendor and no patient, so nothing asks for its encryption.
    kind = MessageKind(_TYPES, address, MAX_LIFE, dated=False, holds_patient=False)
    try:
        message = verify_message(assertion, kind, hospital, gate, now, facts)
        if message.claims.get("sub") != message.vendor.issuer:
            raise LaunchRefusedError(RefusalCode.CLAIM_MISSING, "sub is not iss")
    except LaunchRefusedError as refused:
        raise LaunchRefusedError(refused.code, f"client assertion: {refused.detail}", facts) from None
    return message
