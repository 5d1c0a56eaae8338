"""A hospital that thinks for a fixed time and then answers at once.

The sandbox's hospital system composes every answer anew, in Python, at about the cost of the page that
asks for it: twenty users would wait for it and not for the service. So each of its answers is fetched
once and told again, with the ids of the new question in the places of the old ones. A consent answer
repeats who asked; that one is fetched each time, it is short.
"""

import asyncio
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp
from aiohttp import web

CALL_SECONDS = 0.15

_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CREATED = re.compile(rb'<creationTime value="[^"]*"/>')
_MEDIA_TYPE = "application/soap+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Learned:
    """An answer, cut at each id that it repeats from its question.

    :param repeated: for each cut, which id of the question stood there.
    """

    parts: Sequence[bytes]
    repeated: Sequence[int]

    @classmethod
    def from_answer(cls, answer: bytes, ids: Sequence[bytes]) -> "_Learned":
        parts, repeated, end = [], [], 0
        for found in _UUID.finditer(answer):
            if found[0] in ids:
                parts.append(answer[end : found.start()])
                repeated.append(ids.index(found[0]))
                end = found.end()
        return cls([*parts, answer[end:]], repeated)

    def tell(self, ids: Sequence[bytes]) -> bytes:
        told = [self.parts[0]]
        for which, part in zip(self.repeated, self.parts[1:], strict=True):
            told += (ids[which], part)
        return b"".join(told)


class RepeatingHospital:
    """:param origin: scheme, host and port of the sandbox's hospital system."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._learned: dict[bytes, _Learned] = {}

    async def answer(self, request: web.Request) -> web.Response:
        """POST ``/soap`` and ``/consent``, as the hospital's own."""
        question = await request.read()
        await asyncio.sleep(CALL_SECONDS)
        if request.path == "/consent":
            return await self._ask(request.path, question)
        ids = _UUID.findall(question)
        pattern = _UUID.sub(b"", _CREATED.sub(b"", question))
        if pattern not in self._learned:
            fetched = await self._ask(request.path, question)
            if fetched.status != 200 or not isinstance(fetched.body, bytes):
                return fetched
            self._learned[pattern] = _Learned.from_answer(fetched.body, ids)
        return web.Response(body=self._learned[pattern].tell(ids), headers={"Content-Type": _MEDIA_TYPE})

    async def _ask(self, path: str, question: bytes) -> web.Response:
        headers = {"Content-Type": _MEDIA_TYPE}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self._origin}{path}", data=question, headers=headers) as answer,
        ):
            body = await answer.read()
            return web.Response(
                status=answer.status, body=body, headers={"Content-Type": answer.headers["Content-Type"]}
            )


def main(port: int, origin: str) -> None:
    """Serve until stopped."""
    hospital = RepeatingHospital(origin)
    app = web.Application()
    app.router.add_post("/soap", hospital.answer)
    app.router.add_post("/consent", hospital.answer)
    web.run_app(app, host="127.0.0.1", port=port, access_log=None, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
