"""What a look at an installation finds."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """``error``: it will not serve, or refuses what it was set up to accept. ``warning``: it soon will, or
    does so for one vendor. ``note``: worth a look, nothing is wrong."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """:param area: ``settings``, ``secrets``, ``hospitals``, ``database``, ``trust`` or ``endpoints``.
    :param text: one line, without BSN, name of a person, token or key material."""

    severity: Severity
    area: str
    text: str
