"""``docs/display-settings.md``, made of the keys: ``python -m app.display_reference`` writes it."""

import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields
from datetime import time
from enum import StrEnum
from pathlib import Path

from pydantic.fields import FieldInfo

from app.hospital_display import DisplayFile
from context.display import DisplayProfile
from views.catalogue.items import ITEMS
from views.texts import default_texts, label_keys

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "display-settings.md"

_INTRODUCTION = """\
# Display settings of a hospital

Written by `python -m app.display_reference` (`make reference`) from `app/hospital_display.py`: change it
there.

What two portals show differently is a key of the hospital's file, never a branch in the code. The keys stand
under `[display]`. A file may name a shared profile, `display_profile = "zgt_mst"` for
`hospitals/profiles/zgt_mst.toml`, which has the same tables `[display]` and `[labels]`: the hospital's own
keys go over those of the profile, and those over the defaults below. Unknown keys, items and labels are
refused at start, all of them at once, with file and key.

Beside these, a hospital file has `start_page` (feature X01), `without_consent` (X02), `idle_minutes` (X12),
`notice` (an outage or maintenance, F07), `sections` (what the hospital serves at all) and `contact` (F06).
"""

_OWNERS = (
    ("What is shown and when, labels, contact, consent help", "the hospital", "`hospitals/<slug>.toml`"),
    ("What hospitals share", "these hospitals together", "`hospitals/profiles/<name>.toml`"),
    ("Vendors, keys, grants, practices, relaxations", "the hospital, audited", "`zorgtegel trust`"),
    ("Patient, user, role, practice, strength of the log-in", "the HIS and its vendor", "the launch token"),
    ("Whether the record may be seen", "the patient", "the hospital's consent source"),
    ("Columns and period of a grid", "the GP", "the address of the page"),
    ("Database, secrets, strictness", "who runs the service", "`ZORGTEGEL_*`, see `zorgtegel check`"),
)


def display_reference() -> str:
    """The whole page."""
    parts = (
        _INTRODUCTION,
        "## Who owns a setting\n",
        _table(("Setting", "Whose", "Where"), _OWNERS),
        "## Keys of `[display]`\n",
        _table(("Key", "Value", "Default", "Meaning", "Asked for by"), _keys()),
        "## Items\n\nFor `items`, and as `item.<key>` under `[labels]`.\n",
        _table(("Item", "Tab", "Default label"), _items()),
        "## Labels\n\nKeys of `[labels]` (features F02, X08), written in quotes, with the default text.\n",
        _table(("Label", "Default"), _labels()),
    )
    return "\n".join(parts)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [tuple(heads), *(tuple(row) for row in rows)]
    lines.insert(1, tuple("---" for _ in lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _keys() -> Iterator[tuple[str, str, str, str, str]]:
    defaults = {field.name: _default(field) for field in fields(DisplayProfile)}
    for name, field in DisplayFile.model_fields.items():
        extra = field.json_schema_extra
        asked_by = str(extra["asked_by"]) if isinstance(extra, Mapping) else ""
        yield f"`{name}`", _value(name, field), defaults[name], field.description or "", asked_by


def _default(field: "Field[object]") -> str:
    """The default as a hospital file would write it."""
    value = field.default if field.default_factory is MISSING else field.default_factory()
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case StrEnum():
            return f'`"{value.value}"`'
        case time():
            return f"`{value.isoformat()}`"
        case int():
            return f"`{value}`"
    return "none"


def _value(name: str, field: FieldInfo) -> str:
    kinds = list(_kinds(DisplayFile.__annotations__[name]))
    choices = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, StrEnum)]
    if name == "final_statuses":
        return "a table: section = a list of texts"
    if name == "items":
        return "a list of items"
    if choices:
        words = ", ".join(f'`"{choice.value}"`' for choice in choices[0])
        return f"a list of {words}" if tuple in kinds else words
    if time in kinds:
        return "a time"
    if bool in kinds:
        return "`true`, `false`"
    least, most = _bounds(kinds)
    return f"{least} to {most}"


def _kinds(annotation: object) -> Iterator[object]:
    """Every type and constraint that an annotation is made of."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin not in (None, types.UnionType, typing.Annotated):
        yield origin
    if not arguments:
        yield annotation
    for argument in arguments:
        yield from _kinds(argument)


def _bounds(kinds: Iterable[object]) -> tuple[object, object]:
    found = [constraint for kind in kinds for constraint in getattr(kind, "metadata", ())]
    least = next(constraint.ge for constraint in found if hasattr(constraint, "ge"))
    most = next(constraint.le for constraint in found if hasattr(constraint, "le"))
    return least, most


def _items() -> Iterator[tuple[str, str, str]]:
    texts = default_texts()
    for key, item in ITEMS.items():
        yield f"`{key}`", texts(f"tab.{item.tab}"), texts(f"item.{key}")


def _labels() -> Iterator[tuple[str, str]]:
    texts = default_texts()
    for key in sorted(label_keys()):
        yield f'`"{key}"`', texts.find(key) or ""


if __name__ == "__main__":
    REFERENCE.write_text(display_reference(), "utf-8")
