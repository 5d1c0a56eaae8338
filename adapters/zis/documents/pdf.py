"""Cleans PDFs in a process of their own, because no cap inside this one would hold against a bad file."""

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from adapters.zis.documents.errors import DocumentRefusedError
from adapters.zis.documents.pdf_program import MAX_OUTPUT_BYTES, Verdict
from context.records import DocumentFailure

CLEANING_SECONDS = 10.0
_PROGRAM = Path(__file__).with_name("pdf_program.py")

_FAILURES = {
    Verdict.ENCRYPTED: DocumentFailure.UNSUPPORTED,
    Verdict.UNREADABLE: DocumentFailure.MALFORMED,
    Verdict.TOO_LARGE: DocumentFailure.TOO_LARGE,
    Verdict.STILL_ACTIVE: DocumentFailure.ACTIVE_CONTENT,
}


@dataclass(frozen=True, slots=True)
class CleanPdf:
    """:param changed: something that acts was taken out."""

    content: bytes = field(repr=False)
    changed: bool


class PdfCleaner:
    """Runs the cleaning program. :param seconds: how long one file may take."""

    def __init__(self, seconds: float = CLEANING_SECONDS) -> None:
        self._seconds = seconds

    def clean(self, content: bytes) -> CleanPdf:
        """The file, written anew from what can be reached in it, without anything that acts.

        :raises SourceError: it cannot be cleaned.
        """
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program; the file is nothing but its input
                # -I: neither the environment nor the working directory has a say in what runs.
                [sys.executable, "-I", str(_PROGRAM)],
                input=content,
                capture_output=True,
                timeout=self._seconds,
                check=False,
                env={},
                cwd="/",
            )
        except subprocess.TimeoutExpired:
            raise DocumentRefusedError(DocumentFailure.TIMEOUT, "a PDF takes too long to clean") from None
        if done.returncode in (Verdict.KEPT, Verdict.CLEANED) and 0 < len(done.stdout) <= MAX_OUTPUT_BYTES:
            return CleanPdf(done.stdout, changed=done.returncode == Verdict.CLEANED)
        raise DocumentRefusedError(_failure(done.returncode), "a PDF that cannot be cleaned")


def _failure(code: int) -> DocumentFailure:
    if code < 0:
        # Killed by a limit that it met.
        return DocumentFailure.TOO_LARGE
    try:
        return _FAILURES[Verdict(code)]
    except (ValueError, KeyError):
        return DocumentFailure.MALFORMED
