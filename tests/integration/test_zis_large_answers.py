"""Ten megabytes in one answer: read whole, in memory that a worker can spare."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.zis_messages import enveloped, potassium, qed_answer, qed_subject
from tests.zis_nl_messages import batch, nl_enveloped, organizer, response

ROOT = Path(__file__).resolve().parents[2]
RESULTS = 8500
MOST_MEGABYTES = 150
NARRATIVE = f"<text>{'Nuchter afgenomen. ' * 50}</text>"

READ = r"""
import re, sys
from adapters.zis.interactions import INTERACTIONS
from adapters.zis.record import Asked, read_part
from adapters.zis.soap import open_envelope
from context.person import PartialDate
from context.ports import RecordQuestion
from context.records import Section
from tests.zis_messages import ASKED, ASKER, QUERY_ID, SOURCE

raw = open(sys.argv[2], "rb").read()
question = RecordQuestion(ASKED, PartialDate(1980, 5, 12), ASKER)
asked = Asked(INTERACTIONS[sys.argv[1]], Section.LABORATORY, question, QUERY_ID, SOURCE)
part = read_part(open_envelope(raw), asked)
# Not ru_maxrss: that one starts at what the parent had.
peak = int(re.search(r"VmHWM:\s+(\d+) kB", open("/proc/self/status").read())[1])
print(len(part.entries), part.missing == (), peak // 1024)
"""


def results() -> list[str]:
    return [
        potassium(f"{number}.5")
        .replace('extension="77"', f'extension="{number}"')
        .replace("</observation>", f"{NARRATIVE}</observation>")
        for number in range(RESULTS)
    ]


def answer(interaction: str) -> bytes:
    if interaction == "QUPC_IN043100UV01":
        return enveloped(qed_answer(qed_subject(*results())))
    return nl_enveloped(batch(response(organizer(*results()))))


@pytest.mark.parametrize("interaction", ["QUPC_IN043100UV01", "POLB_IN354001NL03"])
def test_ten_megabytes_are_read_whole_within_150(tmp_path: Path, interaction: str) -> None:
    raw = answer(interaction)
    assert len(raw) > 10 * 1024 * 1024
    (tmp_path / "answer.xml").write_bytes(raw)
    command = [sys.executable, "-c", READ, interaction, str(tmp_path / "answer.xml")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=100)
    entries, whole, peak = done.stdout.split()
    assert (entries, whole) == (str(RESULTS), "True")
    assert int(peak) < MOST_MEGABYTES
