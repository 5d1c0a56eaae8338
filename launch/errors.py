"""Why a launch is refused at the door."""

from collections.abc import Mapping
from types import MappingProxyType

from context.codes import RefusalCode
from context.errors import RefusedError

_NOTHING: Mapping[str, str] = MappingProxyType({})


class LaunchRefusedError(RefusedError):
    """A POST that does not become a pending launch.

    :param facts: what is known about the sender by then, for the audit trail: ``issuer``, ``his``,
        ``token_form``, ``token_id``, ``practice_ura``, ``user_id``. Only values that were verified, or
        that equal a registered one, stand here; never a BSN, a name or the token.
    """

    def __init__(self, code: RefusalCode, detail: str, facts: Mapping[str, str] = _NOTHING) -> None:
        super().__init__(code, detail)
        self.facts = facts
