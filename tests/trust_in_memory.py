"""A trust registry in memory: the test double of the ``TrustRegistry`` port."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from launch.trust.model import Grant, PracticeLink, Trust, Vendor, VendorKey


@dataclass
class InMemoryTrust:
    """:param grants: by (hospital, issuer). :param practices: by (hospital, issuer, URA number).
    :param published: key sets by issuer.
    """

    vendors: dict[str, Vendor] = field(default_factory=dict)
    grants: dict[tuple[str, str], Grant] = field(default_factory=dict)
    practices: dict[tuple[str, str, str], PracticeLink] = field(default_factory=dict)
    published: dict[str, tuple[VendorKey, ...]] = field(default_factory=dict)

    def find_trust(self, hospital: str, issuer: str) -> Trust | None:
        vendor = self.vendors.get(issuer)
        return None if vendor is None else Trust(vendor, self.grants.get((hospital, issuer)))

    def find_practice(self, hospital: str, issuer: str, ura_number: str) -> PracticeLink | None:
        return self.practices.get((hospital, issuer, ura_number))

    def find_frame_origins(self, hospital: str) -> tuple[str, ...]:
        return tuple(
            sorted({o for (at, _), g in self.grants.items() if at == hospital for o in g.frame_origins})
        )

    def find_published(self, vendor: Vendor, key_id: str) -> tuple[VendorKey, ...]:
        return tuple(key for key in self.published.get(vendor.issuer, ()) if key.kid == key_id)

    def register(self, vendor: Vendor, grant: Grant, links: Mapping[str, PracticeLink]) -> None:
        """Put a vendor, its grant at one hospital and its practices there in place."""
        self.vendors[vendor.issuer] = vendor
        self.grants[grant.hospital, vendor.issuer] = grant
        for ura_number, link in links.items():
            self.practices[grant.hospital, vendor.issuer, ura_number] = link
