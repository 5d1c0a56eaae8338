"""One request with a form, as bytes and headers: what the doors read, free of any web framework."""

from dataclasses import dataclass

from context.codes import RefusalCode
from launch.errors import LaunchRefusedError


@dataclass(frozen=True, slots=True)
class Submission:
    """``repr`` holds nothing of the body.

    :param body: None when the method is not POST or the body was over the limit.
    :param framed: the browser asks for a page to show in a frame (``Sec-Fetch-Dest: iframe``).
    :param refused: a refusal that the transport already knows (L100, L102).
    """

    media_type: str
    charset: str | None
    query: bytes
    body: bytes | None
    origin: str | None
    browser_id: str | None
    refused: RefusalCode | None = None
    framed: bool = False

    def __repr__(self) -> str:
        return "Submission(...)"

    def require_body(self) -> bytes:
        """:raises LaunchRefusedError: what the transport refused."""
        if self.refused is not None or self.body is None:
            raise LaunchRefusedError(self.refused or RefusalCode.TOKEN_FIELDS_WRONG, "transport")
        return self.body
