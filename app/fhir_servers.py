"""Implements ``launch.smart.door.FhirServers`` over the trust registry's tables."""

from app.engine import Database
from launch.smart.store import find_issuer


class StoredFhirServers:
    """Nothing is remembered between launches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find_issuer(self, hospital: str, fhir_base_url: str) -> str | None:
        """See ``launch.smart.door.FhirServers``."""
        with self._database.read() as connection:
            return find_issuer(connection, hospital, fhir_base_url)
