"""A vendor's keys in lines of text, for a terminal."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from app.key_administration import KeyListing
from app.trust_report import key_lines
from launch.trust.model import KeyStatus, VendorKey
from launch.trust.published.model import StoredKeySet

SOON, URGENT = timedelta(days=30), timedelta(days=7)
"""How long before the end of a key hospital IT is told, and told loudly."""


def ending(key: VendorKey, now: datetime) -> str | None:
    """A warning from 30 days before the end of an active key, a loud one from 7; None before and after.

    :param now: aware.
    """
    left = key.not_after - now
    if key.status is not KeyStatus.ACTIVE or not timedelta() < left <= SOON:
        return None
    days = f"{left.days} days" if left.days != 1 else "1 day"
    if left <= URGENT:
        return f"URGENT: ends in {days}; launches stop then, register the next key now"
    return f"ends in {days}: let the vendor hand over the next key"


def listing_lines(listing: KeyListing, now: datetime) -> Iterator[str]:
    """Each key with where it comes from, when it is valid, and what to do about it; then the key set.

    :param now: aware.
    """
    vendor = listing.vendor
    registered = {key.kid for key in vendor.keys}
    published = listing.key_set.keys if listing.key_set else ()
    for key in vendor.keys:
        yield from key_lines(key, now)
        yield "  source       registered"
        yield from _warning(key, now)
    for key in published:
        if key.kid in registered:
            continue
        yield from key_lines(key, now)
        yield f"  source       key set{_sight(listing, key.kid)}"
        yield from _warning(key, now)
    if vendor.jwks_url is not None:
        yield f"key set {vendor.jwks_url}"
        yield from _set_lines(listing.key_set, now)
    elif not vendor.keys:
        yield "no key"


def _warning(key: VendorKey, now: datetime) -> Iterator[str]:
    if told := ending(key, now):
        yield f"  {told}"


def _sight(listing: KeyListing, kid: str) -> str:
    seen = listing.seen.get(kid)
    return f", seen from {seen[0]:%Y-%m-%d %H:%M} to {seen[1]:%Y-%m-%d %H:%M} UTC" if seen else ""


def _set_lines(stored: StoredKeySet | None, now: datetime) -> Iterator[str]:
    if stored is None:
        yield "  not fetched yet"
        return
    if stored.fetched_at is not None and stored.expires_at is not None:
        state = "" if stored.is_usable(now) else "  TOO OLD: launches are refused with L703"
        yield f"  fetched      {_moment(stored.fetched_at)}, fresh until {_moment(stored.expires_at)}{state}"
    if stored.last_error is not None and stored.failed_at is not None:
        yield f"  FAILED       {_moment(stored.failed_at)}: {stored.last_error}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
