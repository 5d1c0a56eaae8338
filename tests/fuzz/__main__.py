"""``python -m tests.fuzz [minutes]``: every target in turn, with atheris when it is installed.

Without atheris, Hypothesis draws new examples each time. The first finding ends the run with its input.
"""

import importlib
import importlib.util
import multiprocessing
import sys
import time
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings

from tests.fuzz.mutations import INPUTS
from tests.fuzz.targets import TARGETS, seeds

_ROUND = 2000


def main(minutes: float) -> None:
    """:param minutes: for all targets together."""
    seconds = minutes * 60 / len(TARGETS)
    for name in TARGETS:
        fuzz = _with_atheris if importlib.util.find_spec("atheris") else _with_hypothesis
        sys.stdout.write(f"{name}: {fuzz(name, seconds)}\n")


def _with_hypothesis(name: str, seconds: float) -> str:
    good, count = seeds()[name], 0
    end = time.monotonic() + seconds

    @settings(max_examples=_ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(raw=INPUTS[name](good))
    def read(raw: bytes) -> None:
        TARGETS[name](raw)

    while time.monotonic() < end:
        read()
        count += _ROUND
    return f"{count} examples of Hypothesis, nothing found"


def _with_atheris(name: str, seconds: float) -> str:
    atheris: Any = importlib.import_module("atheris")
    one: Callable[[bytes], None] = TARGETS[name]
    # libFuzzer ends the process, so each target gets one of its own.

    def run() -> None:
        atheris.instrument_all()
        atheris.Setup([sys.argv[0], f"-max_total_time={int(seconds)}", "-max_len=49152"], one)
        atheris.Fuzz()

    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    child.join()
    if child.exitcode:
        raise SystemExit(f"{name}: atheris found something, exit code {child.exitcode}")
    return f"{seconds:.0f} s of atheris, nothing found"


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
