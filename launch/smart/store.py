"""Which vendor registered a FHIR server."""

from sqlalchemy import Connection, bindparam, select

from launch.trust.store import trust_grant, vendor

_ISSUER = (
    select(vendor.c.issuer)
    .join(trust_grant, trust_grant.c.issuer == vendor.c.issuer)
    .where(
        vendor.c.fhir_base_url == bindparam("fhir_base_url"), trust_grant.c.hospital == bindparam("hospital")
    )
    .limit(2)
)


def find_issuer(connection: Connection, hospital: str, fhir_base_url: str) -> str | None:
    """The one vendor with a grant at this hospital and exactly this URL; None for none, and for several."""
    asked = {"hospital": hospital, "fhir_base_url": fhir_base_url}
    found = connection.execute(_ISSUER, asked).scalars().all()
    return found[0] if len(found) == 1 else None
