"""The portal's own words, from ``sandbox/templates/texts.toml``."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

_CONTENT = tomllib.loads((Path(__file__).parent.parent / "templates" / "texts.toml").read_text("utf-8"))

FAULT_LABELS: Mapping[str, str] = _CONTENT["faults"]
USER_LABELS: Mapping[str, str] = _CONTENT["users"]
WAY_LABELS: Mapping[str, str] = _CONTENT["ways"]
