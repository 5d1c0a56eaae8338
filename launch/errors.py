"""Why a launch is refused at the door."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from context.codes import RefusalCode
from context.errors import ContextError, RefusedError

if TYPE_CHECKING:  # the report is made of what refuses
    from launch.inspector.report import LaunchReport

_NOTHING: Mapping[str, str] = MappingProxyType({})


class LaunchRefusedError(RefusedError):
    """A POST that does not become a pending launch.

    :param facts: what is known about the sender by then, for the audit trail: ``issuer``, ``his``,
        ``token_form``, ``token_id``, ``practice_ura``, ``user_id``. Only values that were verified, or
        that equal a registered one, stand here; never a BSN, a name or the token.
    :ivar report: what a vendor in test mode is shown; None for all others.
    """

    report: "LaunchReport | None" = None

    def __init__(self, code: RefusalCode, detail: str, facts: Mapping[str, str] = _NOTHING) -> None:
        super().__init__(code, detail)
        self.facts = facts


class LaunchReportedError(ContextError):
    """A launch with nothing wrong, of a vendor in test mode: it ends here, on its report.

    :param reference: it is recorded already.
    """

    def __init__(self, report: "LaunchReport", reference: str) -> None:
        super().__init__("ends in its report")
        self.report = report
        self.reference = reference
