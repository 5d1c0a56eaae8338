"""The trust registry that launches ask, over the database."""

from app.engine import Database
from launch.trust.model import PracticeLink, Trust
from launch.trust.store import find_practice, find_trust


class StoredTrustRegistry:
    """Implements ``launch.trust.model.TrustRegistry``.

    Nothing is remembered between launches: what hospital IT suspends is refused from the next launch on.
    Both methods raise StorageUnavailableError when the database is away.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_trust(self, hospital: str, issuer: str) -> Trust | None:
        """The vendor, with its grant at this hospital; None when the issuer is not registered."""
        with self._database.read() as connection:
            return find_trust(connection, hospital, issuer)

    def find_practice(self, hospital: str, issuer: str, ura_number: str) -> PracticeLink | None:
        """None when the practice is not linked to this issuer at this hospital."""
        with self._database.read() as connection:
            return find_practice(connection, hospital, issuer, ura_number)
