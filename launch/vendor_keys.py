"""Choosing the registered key that may verify a token (D9)."""

from collections.abc import Iterable
from datetime import datetime

from context.codes import RefusalCode
from launch.errors import LaunchRefusedError
from launch.trust.model import KeyStatus, VendorKey


def select_usable(keys: Iterable[VendorKey], now: datetime) -> tuple[VendorKey, ...]:
    """The keys among these that may verify at ``now`` (aware); at least one.

    :raises LaunchRefusedError: L202 when there are none at all, L205 when all are revoked, L204 when
        what remains is outside its validity.
    """
    known = tuple(keys)
    if not known:
        raise LaunchRefusedError(RefusalCode.KEY_UNKNOWN, "no such key is registered for this issuer")
    active = [key for key in known if key.status is KeyStatus.ACTIVE]
    if not active:
        raise LaunchRefusedError(RefusalCode.CERTIFICATE_REVOKED, "the key is revoked")
    usable = tuple(key for key in active if key.not_before <= now < key.not_after)
    if not usable:
        raise LaunchRefusedError(RefusalCode.CERTIFICATE_EXPIRED, "the key is outside its validity")
    return usable
