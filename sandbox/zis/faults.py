"""What can go wrong with an answer, and the script that says when.

A script is a sequence of steps for one patient and one interaction. Each question takes the next
step; the last step stays. A step is a fault's name, ``ok``, or either with a delay in seconds:
``"fault"``, ``"delay:2"``, ``"html:0.5"``.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sandbox.zis.question import INTERACTIONS

ANY_PATIENT = "*"


class Fault(StrEnum):
    """Names of steps. The first group spoils the content, the second the message, the third the transport."""

    OK = "ok"
    DELAY = "delay"

    WRONG_BSN = "wrong_bsn"
    WRONG_BIRTHDATE = "wrong_birthdate"
    HALF = "half"
    AE = "ae"
    SOURCE_AE = "source_ae"
    COUNTERS = "counters"

    FAULT = "fault"
    HTML = "html"
    HTTP500 = "http500"
    MALFORMED = "malformed"
    BOMB = "bomb"
    DOCTYPE = "doctype"
    HUGE = "huge"
    CHARSET = "charset"
    MISSING_PART = "missing_part"
    WRONG_BOUNDARY = "wrong_boundary"

    DROP = "drop"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Step:
    """One step. :param seconds: how long the answer waits before it starts."""

    fault: Fault = Fault.OK
    seconds: float = 0.0


def parse_step(text: str) -> Step:
    """:raises ValueError: an unknown name, or a delay without a number."""
    name, _, seconds = text.partition(":")
    fault = Fault(name)
    if fault is Fault.DELAY and not seconds:
        raise ValueError("a delay needs its seconds, as in delay:2")
    return Step(fault, float(seconds) if seconds else 0.0)


class FaultScripts:
    """All scripts of one server; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._scripts: dict[tuple[str, str], list[Step]] = {}

    def set(self, bsn: str, interaction: str, steps: Sequence[str]) -> None:
        """Replace the script. No steps: back to good answers.

        :param bsn: or ``*`` for every patient without a script of its own.
        :raises ValueError: an unknown interaction or step.
        """
        parsed = [parse_step(step) for step in steps]
        if interaction not in INTERACTIONS:
            raise ValueError(f"{interaction!r} is no interaction")
        key = (bsn, interaction)
        with self._lock:
            if parsed:
                self._scripts[key] = parsed
            else:
                self._scripts.pop(key, None)

    def load(self, bsn: str, scripts: Mapping[str, Sequence[str]]) -> None:
        for interaction, steps in scripts.items():
            self.set(bsn, interaction, steps)

    def next(self, bsn: str, interaction: str) -> Step:
        with self._lock:
            script = self._scripts.get((bsn, interaction)) or self._scripts.get((ANY_PATIENT, interaction))
            if not script:
                return Step()
            return script.pop(0) if len(script) > 1 else script[0]
