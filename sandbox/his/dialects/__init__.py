"""How each HIS says a launch, as data: one TOML file per vendor in this folder.

A file names what is sent (``says``) with the members of ``LaunchContent`` in braces; a value that is
nothing but one such name keeps its type, and a value without content is not sent at all. For SAML every
name in ``says`` is an Attribute, and a table with ``element`` is an HL7 element.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType

from sandbox.his.content import LaunchContent

_SINGLE = re.compile(r"\{(\w+)\}")
_LOGGED_IN_BEFORE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One vendor.

    :param name: of the adapter that reads it.
    :param label: on the portal's tiles.
    :param form: ``jwt`` or ``saml``.
    :param roles: for the registration, from the role as sent to RolCodeNL.
    :param says: names with templates.
    :param role, purpose: what this vendor calls a GP and a treatment.
    :param user_id: template of NameID.
    :param ended_user: template of how a context-ended message names the user: as the launch says it.
    :param organisation: template of how the practice is called in the registration's table; None when the
        vendor sends the URA number.
    :param original_issuer: what a Microsoft token service puts on every Attribute.
    """

    name: str
    label: str
    form: str
    roles: Mapping[str, str]
    says: Mapping[str, object] = field(repr=False)
    role: str = "62247001"
    purpose: str = "TREAT"
    user_id: str = "{user_id}"
    ended_user: str = "{user_id}"
    organisation: str | None = None
    original_issuer: str | None = None

    @property
    def bsn_name(self) -> str:
        """The top-level name that holds the BSN."""
        return next(name for name, template in self.says.items() if "{bsn}" in json.dumps(template))

    @property
    def bsn_is_text(self) -> bool:
        """False when the BSN is an attribute of an HL7 element, or deeper in an object."""
        return isinstance(self.says[self.bsn_name], str)

    @property
    def tells_session(self) -> bool:
        """Whether a launch names the session that it comes from."""
        return self.form == "saml" or "{session}" in json.dumps(dict(self.says))

    @property
    def tells_purpose(self) -> bool:
        """Whether an emergency can be said at all."""
        return "purpose}" in json.dumps(dict(self.says))

    def say(self, content: LaunchContent, now: datetime | None = None) -> dict[str, object]:
        """Everything that is sent. :param now: aware, the moment of the click; only JWT says it here."""
        filled = _fill(dict(self.says), self._values(content, now))
        assert isinstance(filled, dict)  # noqa: S101  # a table stays a table
        return filled

    def fill(self, template: str, content: LaunchContent) -> str:
        """One template."""
        return template.format_map(asdict(content))

    def _values(self, content: LaunchContent, now: datetime | None) -> Mapping[str, object]:
        return {
            **asdict(content),
            "birth_date_digits": content.birth_date.replace("-", ""),
            "user_name": f"{content.user_initials} {content.user_family_name}",
            "unusual_purpose": "" if content.purpose == self.purpose else content.purpose,
            "authenticated_at": int((now - _LOGGED_IN_BEFORE).timestamp()) if now else "",
        }


def _fill(template: object, values: Mapping[str, object]) -> object:
    if isinstance(template, str):
        single = _SINGLE.fullmatch(template)
        return values[single[1]] if single else template.format_map(values)
    if isinstance(template, list):
        return [_fill(each, values) for each in template]
    if isinstance(template, dict):
        filled = {name: _fill(each, values) for name, each in template.items()}
        return {name: value for name, value in filled.items() if value != ""}
    return template


def load_dialects(folder: Path) -> Mapping[str, Dialect]:
    """Every file of a folder, by the name of its adapter."""
    files = sorted(folder.glob("*.toml"))
    return MappingProxyType(
        {file.stem: Dialect(name=file.stem, **tomllib.loads(file.read_text("utf-8"))) for file in files}
    )


DIALECTS: Mapping[str, Dialect] = load_dialects(Path(__file__).parent)
"""By the name of the adapter."""
