"""What is known of a vendor's key set."""

from dataclasses import dataclass
from datetime import UTC, datetime

from launch.trust.model import VendorKey
from launch.trust.published.freshness import BETWEEN_FETCHES, LAST_GOOD_LIFE

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class StoredKeySet:
    """What is known of one vendor's key set. All moments aware UTC.

    :param keys: of the last good set; a key that breaks today's rules comes out as revoked.
    :param fetched_at, expires_at: of the last good set, None when there was none.
    :param failed_at, last_error: of the last attempt that brought no good set.
    :param refetch_after: no fetch before this moment.
    """

    url: str
    keys: tuple[VendorKey, ...]
    fetched_at: datetime | None
    expires_at: datetime | None
    failed_at: datetime | None
    last_error: str | None
    refetch_after: datetime

    def is_usable(self, now: datetime) -> bool:
        """Whether the last good set still serves, fresh or not."""
        return self.fetched_at is not None and now < self.fetched_at + LAST_GOOD_LIFE

    def is_fetched_now(self, now: datetime) -> bool:
        """Whether somebody, in this process or another, asked and has no answer yet."""
        begun = self.refetch_after - BETWEEN_FETCHES
        return now < self.refetch_after and self._settled_at < begun

    @property
    def is_current(self) -> bool:
        """Whether the last attempt brought a good set."""
        return self.fetched_at is not None and self._settled_at == self.fetched_at

    @property
    def _settled_at(self) -> datetime:
        return max(self.fetched_at or _EPOCH, self.failed_at or _EPOCH)


@dataclass(frozen=True, slots=True)
class KeySetChange:
    """What a fetched set changed.

    :param refused: why it was not kept; None when it was.
    :param is_news: False when the same was refused for the same reason before.
    """

    added: tuple[VendorKey, ...] = ()
    removed: tuple[VendorKey, ...] = ()
    refused: str | None = None
    is_news: bool = True
