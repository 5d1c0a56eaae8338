#!/usr/bin/env python3
"""Posts the launches of the kit in this folder and compares what comes back with what is expected.

    ./run [URL]

Exit code 0: everything as expected. 1: something differs. 2: the kit is too old, or nothing answers.
Python 3.11 or later, its standard library only. Stands alone: every kit holds a copy.
"""

import http.client
import json
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

MANIFEST = "manifest.json"
ACCEPTED = "accepted"
_CODE = re.compile(r"\bL[1-7][0-9]{2}\b")
_SECONDS = 30


def main(folder: Path, url: str | None = None, now: datetime | None = None) -> int:
    """Post everything. :param url: instead of the manifest's. :returns: the exit code."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    if (now or datetime.now(UTC)) > datetime.fromisoformat(manifest["fresh_until"]):
        print(f"These tokens were made at {manifest['made_at']} and are too old: write the kit again.")
        return 2
    different = 0
    for case in manifest["cases"]:
        try:
            got = post(folder, case, url or manifest["url"], case.get("origin", manifest["origin"]))
        except OSError as error:
            print(f"no answer: {error}")
            return 2
        expected = case["code"] or ACCEPTED
        different += got != expected
        mark = "ok " if got == expected else "BAD"
        print(f"{mark} {case['name']:<32} expected {expected:<8} got {got:<8} {case['wrong']}")
    print(f"{len(manifest['cases'])} launches, {different} not as expected")
    return 1 if different else 0


def post(folder: Path, case: Mapping[str, Any], url: str, origin: str) -> str:
    """One launch, without following anything. :returns: ``accepted``, a code, or the HTTP status."""
    form = [(name, (folder / file).read_bytes()) for name, file in case["fields"]]
    place = urlsplit(url)
    secure = place.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(place.hostname or "", place.port, timeout=_SECONDS)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} | ({"Origin": origin} if origin else {})
    try:
        connection.request("POST", place.path or "/", urlencode(form), headers)
        answer = connection.getresponse()
        body = answer.read().decode("utf-8", "replace")
    finally:
        connection.close()
    if answer.status == 303 or (answer.status == 200 and 'data-report="accepted"' in body):
        return ACCEPTED
    found = _CODE.search(body)
    return found.group() if found else f"HTTP {answer.status}"


if __name__ == "__main__":
    raise SystemExit(main(Path(__file__).resolve().parent, sys.argv[1] if len(sys.argv) > 1 else None))
