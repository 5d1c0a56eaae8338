"""A browser as the protocol sees it: keeps cookies by path, follows nothing by itself, leaks nothing."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def location(self) -> str:
        return self.headers["Location"]


@dataclass
class _Cookie:
    value: str
    path: str


class BrowserClient:
    """:param service: scheme, host and port. :param his: origin of the HIS portal's pages."""

    def __init__(self, service: str, his: str) -> None:
        parts = urlsplit(service)
        self._his = his
        self._host = parts.hostname or ""
        self._port = parts.port or 80
        self.cookies: dict[tuple[str, str], _Cookie] = {}
        self.set_cookies: list[str] = []

    def request(
        self,
        method: str,
        path: str,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request with the cookies of its path; Set-Cookie of the answer is kept."""
        sent = {"Host": f"{self._host}:{self._port}", **(headers or {})}
        if cookie := self._cookie_header(path):
            sent.setdefault("Cookie", cookie)
        connection = http.client.HTTPConnection(self._host, self._port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "surrogateescape")  # a PDF is no text
            self.set_cookies = answer.headers.get_all("Set-Cookie", [])
            for line in self.set_cookies:
                self._keep(line)
            return Reply(answer.status, dict(answer.headers.items()), text)
        finally:
            connection.close()

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        return self.request("GET", path, headers=headers)

    def post(self, path: str, fields: Mapping[str, str] | None = None) -> Reply:
        """A form of our own pages."""
        return self.request("POST", path, urlencode(fields or {}), {"Content-Type": _FORM})

    def launch(
        self,
        fields: Mapping[str, str],
        *,
        hospital: str = "cwz",
        origin: str | None = None,
        more: Mapping[str, str] | None = None,
    ) -> Reply:
        """The cross-site form that a HIS portal sends.

        :param origin: another Origin, or "" for none. :param more: further headers.
        """
        sender = self._his if origin is None else origin
        headers = {"Content-Type": _FORM} | ({"Origin": sender} if sender else {}) | dict(more or {})
        return self.request("POST", f"/{hospital}/launch", urlencode(fields), headers)

    def open(self, fields: Mapping[str, str], *, hospital: str = "cwz") -> Reply:
        """Launch and follow the one redirect."""
        posted = self.launch(fields, hospital=hospital)
        assert posted.status == 303, (posted.status, posted.body)
        return self.get(posted.location)

    def _cookie_header(self, path: str) -> str:
        return "; ".join(
            f"{name}={cookie.value}"
            for (name, _), cookie in self.cookies.items()
            if path == cookie.path or path.startswith(cookie.path.rstrip("/") + "/")
        )

    def _keep(self, line: str) -> None:
        # SimpleCookie knows no Partitioned and would drop the whole cookie.
        for name, morsel in SimpleCookie(line.replace("; Partitioned", "")).items():
            self.cookies[(name, morsel["path"])] = _Cookie(morsel.value, morsel["path"])


_FORM = "application/x-www-form-urlencoded"
