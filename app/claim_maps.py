"""The HIS adapters of this installation: each module of ``adapters.his`` that names a ``CLAIM_MAP``."""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

import adapters.his
from launch.claims import ClaimMap, TokenForm


def find_claim_maps() -> Mapping[str, ClaimMap]:
    """Look again.

    :raises LookupError: a map is not named as its module is.
    """
    found: dict[str, ClaimMap] = {}
    for each in iter_modules(adapters.his.__path__):
        claim_map = getattr(import_module(f"{adapters.his.__name__}.{each.name}"), "CLAIM_MAP", None)
        if claim_map is None:
            continue
        if claim_map.name != each.name:
            raise LookupError(f"adapters.his.{each.name}: its claim map bears another name")
        found[each.name] = claim_map
    return MappingProxyType(found)


CLAIM_MAPS: Mapping[str, ClaimMap] = find_claim_maps()
"""By the name that a registration file gives as ``adapter``."""

TOKEN_FORMS: Mapping[str, TokenForm] = MappingProxyType(
    {name: each.form for name, each in CLAIM_MAPS.items()}
)
"""What form of token, and so what kind of key, each of them needs."""
