"""The sites that may show a hospital's pages in a frame, over all its vendors (architecture.md D2)."""

from sqlalchemy import Connection, bindparam, select

from launch.trust.model import TrustStatus
from launch.trust.store import trust_grant, vendor

_FRAMES = (
    select(trust_grant.c.frame_origins)
    .join_from(trust_grant, vendor)
    .where(
        trust_grant.c.hospital == bindparam("hospital"),
        trust_grant.c.status == TrustStatus.ACTIVE.value,
        vendor.c.status == TrustStatus.ACTIVE.value,
    )
)


def find_frame_origins(connection: Connection, hospital: str) -> tuple[str, ...]:
    """The frame origins of every active grant at this hospital, each once, in order."""
    stored = connection.execute(_FRAMES, {"hospital": hospital}).scalars()
    return tuple(sorted({origin for origins in stored for origin in origins}))
