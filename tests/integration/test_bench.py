"""The bench runs and knows a wrong answer when it sees one. Its figures are nobody's test."""

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.bare import bare_app
from bench.load import Ledger, WrongAnswersError, run_load
from bench.report import Bound, Target
from bench.stage import post_form
from sandbox.servers import Server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_ROOT = Path(__file__).resolve().parents[2]
_SCREEN = (
    "launch to first byte, p95",
    "first contentful paint, p95",
    "grid of 40 x 12 made, p50",
    "layout shift",
    "requests of a page",
    *(f"bytes of {page}" for page in ("first page", "laboratory", "allergies")),
)
_ROW = re.compile(r"(?m)^(?P<name>P[1-9])  (?P<what>.{38}) ")


class _Bare(Server):
    """Answers every post with 303 and no body."""

    def application(self) -> "WSGIApplication":
        return bare_app()


@pytest.mark.timeout(300)
@pytest.mark.proves("perf:P1")
@pytest.mark.proves("perf:P2")
@pytest.mark.proves("perf:P3")
@pytest.mark.proves("perf:P4")
@pytest.mark.proves("perf:P6")
@pytest.mark.proves("perf:P9")
def test_quick_run_gets_right_answers_only_and_prints_each_row() -> None:
    command = [sys.executable, "-m", "bench", "--quick"]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    printed = [
        (row["name"], re.sub(r"[0-9,]+ kB", "N kB", row["what"].strip()))
        for row in _ROW.finditer(done.stdout)
    ]
    assert printed == [
        *(("P4", f"{dialect} answer of N kB") for dialect in ("uv", "nl")),
        *(("P4", f"{dialect} N kB, peak") for dialect in ("uv", "nl")),
        ("P6", "grid of 500 x 10"),
        ("P6", "chart of 100 points"),
        *(("P9", f"bytes of {what}") for what in ("grid", "grid, gzip", "css", "js")),
        ("P1", "JWT POST /launch, 16 connections"),
        ("P2", "SAML POST /launch, 16 connections"),
        ("P1", "JWT POST /launch, 1 connection"),
        ("P2", "SAML POST /launch, 1 connection"),
        *(
            ("P3", f"{page} page, {users}, {percentile}")
            for users in ("1 user", "20 users")
            for page in ("first", "later")
            for percentile in ("p50", "p99")
        ),
        *(("P9", what) for what in _SCREEN),
    ]
    assert "Every answer was the right one:" in done.stdout


def test_answer_with_another_status_is_an_error_that_counts_it() -> None:
    ledger = Ledger()
    with _Bare(0) as server:
        load = run_load(server.port, [post_form(f"{server.url}/launch", {"token": "x"})] * 3, 2)
        ledger.check("post", load, 303)
        with pytest.raises(WrongAnswersError, match=r"post: expected only status 200, got \{303: 3\}"):
            ledger.check("post", load, 200)
    assert ledger.counted["post"] == {303: 6}


def test_good_status_without_the_expected_content_is_an_error() -> None:
    with _Bare(0) as server:
        load = run_load(server.port, [post_form(f"{server.url}/launch", {"token": "x"})], 1)
    with pytest.raises(WrongAnswersError, match="post: 1 of 1 lack '72 uitslagen', after "):
        Ledger().check("post", load, 303, [b"72 uitslagen"])


@pytest.mark.parametrize(
    ("target", "measured", "verdict"),
    [
        (Target(Bound.AT_LEAST, 0.30), 0.30, "met"),
        (Target(Bound.AT_LEAST, 0.30), 0.29, "missed"),
        (Target(Bound.AT_MOST, 1.15), 1.15, "met"),
        (Target(Bound.AT_MOST, 1.15), 1.16, "missed"),
    ],
)
def test_target_is_met_on_its_good_side_only(target: Target, measured: float, verdict: str) -> None:
    assert target.verdict(measured) == verdict
