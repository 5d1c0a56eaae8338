"""What an entry takes over from the groups around it, when it says nothing itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from context.person import Moment
from context.records import CodedText, Entry, Party

E_co = TypeVar("E_co", bound=Entry, covariant=True)

MADE = frozenset({None, "completed"})
"""An observation is completed when it was made; that says nothing about what it observes."""


@dataclass(frozen=True, slots=True)
class Around:
    """What entries take over from the groups around them. :param passed: fields that the groups have read."""

    group: CodedText | None = None
    begins: Moment | None = None
    ends: Moment | None = None
    status: str | None = None
    author: Party | None = None
    recorded: Moment | None = None
    negated: bool = False
    remarks: tuple[str, ...] = ()
    passed: Mapping[str, Any] = field(default_factory=dict)


class Plain(Protocol[E_co]):
    """A statement of the most common shape, read without the map."""

    def entry(self, around: Around) -> E_co: ...
