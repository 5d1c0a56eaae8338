"""The HIS adapters of this installation, by the name that a registration file gives."""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.his.jwt import JwtMap
from adapters.his.viplive import VipliveMap
from launch.claims import ClaimMap

CLAIM_MAPS: Mapping[str, ClaimMap] = MappingProxyType(
    {claim_map.name: claim_map for claim_map in (VipliveMap(), JwtMap())}
)
