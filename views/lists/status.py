"""Status codes of HL7, and of documents in an XDS registry, in words. Pure."""

from context.records import Encounter, Procedure
from views.texts import Texts

# What is usual for whatever is listed is not said: it would be noise on every row.
_USUAL = frozenset({"completed", "final", "active", "normal", "Approved", ""})

# What no stage tells: it was begun, and does not go on for now, or counts no more.
_HALTED = frozenset({"held", "suspended", "obsolete"})


def status_words(status: str | None, texts: Texts) -> str:
    """An unusual status in Dutch, one that we do not know as sent; empty for a usual one."""
    if status is None or status.strip() in _USUAL:
        return ""
    return texts.find(f"status.{status}") or status


def stage_words(kind: str, entry: Encounter | Procedure, texts: Texts) -> str:
    """How far an act has come. A withdrawn one says that and nothing else; a denied one never reads as done.

    :param kind: which texts ``stage.<kind>_...`` name it.
    """
    if entry.status == "nullified":
        return status_words(entry.status, texts)
    stage = texts("stage.denied" if entry.negated else f"stage.{kind}_{entry.stage.value}")
    halted = status_words(entry.status, texts) if entry.status in _HALTED else ""
    return f"{stage}, {halted}" if halted else stage
