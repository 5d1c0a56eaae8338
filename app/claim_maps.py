"""The HIS adapters of this installation: each module of ``adapters.his`` that names a ``CLAIM_MAP``."""

import sys
from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType

import adapters.his
from launch.claims import ClaimMap, TokenForm
from launch.inspector.claims import ClaimTable


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


def _table_of(adapter: ModuleType) -> ClaimTable:
    return ClaimTable(adapter.REQUIRED, adapter.OPTIONAL, adapter.IGNORED)


CLAIM_MAPS: Mapping[str, ClaimMap] = find_claim_maps()
"""By the name that a registration file gives as ``adapter``."""

CLAIM_TABLES: Mapping[str, ClaimTable] = MappingProxyType(
    {name: _table_of(sys.modules[type(each).__module__]) for name, each in CLAIM_MAPS.items()}
)
"""The names that each of them reads, for the inspector."""

TOKEN_FORMS: Mapping[str, TokenForm] = MappingProxyType(
    {name: each.form for name, each in CLAIM_MAPS.items()}
)
"""What form of token, and so what kind of key, each of them needs."""
