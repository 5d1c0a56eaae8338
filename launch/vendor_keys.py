"""Choosing the key of a vendor that may verify a token (D9)."""

from collections.abc import Iterable
from datetime import datetime

from context.codes import RefusalCode
from launch.errors import LaunchRefusedError
from launch.trust.model import KeyStatus, TrustRegistry, Vendor, VendorKey


def find_keys(vendor: Vendor, key_id: str, trust: TrustRegistry) -> tuple[VendorKey, ...]:
    """The vendor's registered keys, and the one of this kid that it publishes.

    A registered key comes before a published one of the same kid, also when it is revoked.

    :param key_id: as a token names it, unverified.
    :raises LaunchRefusedError: L703 when the vendor's key set is needed and cannot be had.
    :raises StorageUnavailableError: the registry cannot be read.
    """
    if vendor.jwks_url is None or any(key.kid == key_id for key in vendor.keys):
        return vendor.keys
    return (*vendor.keys, *trust.find_published(vendor, key_id))


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
