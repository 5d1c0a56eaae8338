"""URLs below one context, made once per request, so that a page can go on printing them while it streams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from views import url_words

Query = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Links:
    """:param start: path of the context, with a slash at the end, for example ``/cwz/c/<id>/``."""

    start: str

    def to(self, path: str, query: Query | None = None) -> str:
        """URL of a path below the context. :param query: parameters, none of them a BSN, name or finding."""
        words = urlencode([(name, value) for name, values in (query or {}).items() for value in values])
        return f"{self.start}{path}?{words}" if words else f"{self.start}{path}"

    @property
    def status(self) -> str:
        return self.to(url_words.STATUS)

    @property
    def extend(self) -> str:
        return self.to(url_words.EXTEND)

    @property
    def close(self) -> str:
        return self.to(url_words.CLOSE)

    @property
    def printed(self) -> str:
        """Where a browser tells that it prints a page."""
        return self.to(url_words.PRINTED)

    @property
    def idle(self) -> str:
        """Where a window without JavaScript turns to when its time is over."""
        return self.to("", {url_words.IDLE: ["1"]})
