"""A client that reads a page as it arrives, and may leave in the middle."""

import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

_SECONDS = 20.0


class ArrivingPage:
    """What has arrived so far of one answer."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.text = ""

    def read_until(self, mark: str) -> str:
        """Wait for a mark. :returns: all that arrived by then; what comes after the mark is not read on."""
        while mark not in self.text:
            received = self._connection.recv(65536)
            assert received, f"the page ended without {mark}: {self.text[-400:]}"
            self.text += received.decode("utf-8", "replace")
        return self.text

    def read_all(self) -> str:
        while received := self._connection.recv(65536):
            self.text += received.decode("utf-8", "replace")
        return self.text

    def leave(self) -> None:
        """Close at once, as a browser that goes elsewhere."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


@contextmanager
def arriving(url: str, path: str, cookies: Mapping[str, str]) -> Iterator[ArrivingPage]:
    """GET over HTTP/1.1; the server closes after its answer."""
    parts = urlsplit(url)
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    lines = (f"GET {path} HTTP/1.1", f"Host: {parts.netloc}", f"Cookie: {cookie}", "Connection: close")
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=_SECONDS) as connection:
        connection.sendall("\r\n".join((*lines, "", "")).encode("ascii"))
        yield ArrivingPage(connection)
