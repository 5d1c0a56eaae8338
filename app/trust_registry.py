"""The trust registry that launches ask, over the database."""

from app.engine import Database
from app.published_keys import PublishedKeys
from launch.trust.frames.store import find_frame_origins
from launch.trust.model import PracticeLink, Trust, Vendor, VendorKey
from launch.trust.store import find_practice, find_trust


class StoredTrustRegistry:
    """Implements ``launch.trust.model.TrustRegistry``.

    Nothing is remembered between launches: what hospital IT suspends is refused from the next launch on.
    All methods raise StorageUnavailableError when the database is away.

    :param published: the key sets; None for who only reads registrations, and then no vendor publishes any.
    """

    def __init__(self, database: Database, published: PublishedKeys | None = None) -> None:
        self._database = database
        self._published = published

    def find_trust(self, hospital: str, issuer: str) -> Trust | None:
        """The vendor, with its grant at this hospital; None when the issuer is not registered."""
        with self._database.read() as connection:
            return find_trust(connection, hospital, issuer)

    def find_practice(self, hospital: str, issuer: str, ura_number: str) -> PracticeLink | None:
        """None when the practice is not linked to this issuer at this hospital."""
        with self._database.read() as connection:
            return find_practice(connection, hospital, issuer, ura_number)

    def find_frame_origins(self, hospital: str) -> tuple[str, ...]:
        """See ``launch.trust.model.TrustRegistry``."""
        with self._database.read() as connection:
            return find_frame_origins(connection, hospital)

    def find_published(self, vendor: Vendor, key_id: str) -> tuple[VendorKey, ...]:
        """See ``launch.trust.model.TrustRegistry``."""
        return () if self._published is None else self._published.find(vendor, key_id)
