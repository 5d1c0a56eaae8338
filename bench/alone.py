"""Reads one answer in a process that loads nothing but what reading takes, and prints the peak of its memory.

``python -m bench.alone <dialect> <entries> <file>``, the BSN on its input: in KiB, as Linux counts what was
ever resident.
The bench itself would add the fake hospital that the answer came from.
"""

import re
import sys
from pathlib import Path

from adapters.zis.interactions import INTERACTIONS
from adapters.zis.record import Asked, Part, read_part
from adapters.zis.sections.table import SECTIONS
from adapters.zis.soap import open_envelope
from adapters.zis.wire import Answer
from context.bsn import Bsn
from context.launch import Asker, Practice, User
from context.ports import RecordQuestion
from context.records import Section
from context.zis import Dialect

ASKER = Asker(User("bench", "", "01.015", "bench"), Practice("00000000"))
# By the bytes, so that the process whose memory is measured parses the answer once.
_QUERY_ID = re.compile(rb'<queryId [^>]*extension="([^"]+)"')


def asked_for(dialect: Dialect, raw: bytes, bsn: Bsn) -> Asked:
    """The question that this answer belongs to, as far as reading asks."""
    query_id = _QUERY_ID.findall(raw)[-1].decode("ascii")
    interaction = INTERACTIONS[SECTIONS[Section.LABORATORY].source(dialect).interaction]
    return Asked(interaction, Section.LABORATORY, RecordQuestion(bsn, None, ASKER), query_id, "ZIS")


def is_whole(part: Part, entries: int) -> bool:
    """Whether it gave every entry."""
    return len(part.entries) == entries and not part.missing


def _main(dialect: str, entries: str, file: str) -> None:
    answer = Answer("", Path(file).read_bytes())
    asked = asked_for(Dialect(dialect), answer.body, Bsn(sys.stdin.read()))
    part = read_part(open_envelope(answer.take_body()), asked)
    if not is_whole(part, int(entries)):
        raise SystemExit(f"{entries} entries expected, {len(part.entries)} read")
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    print(peak.split()[1])


if __name__ == "__main__":
    _main(*sys.argv[1:])
