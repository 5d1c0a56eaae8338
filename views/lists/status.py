"""Status codes of HL7, and of documents in an XDS registry, in words. Pure."""

from views.texts import Texts

# What is usual for whatever is listed is not said: it would be noise on every row.
_USUAL = frozenset({"completed", "final", "active", "normal", "Approved", ""})


def status_words(status: str | None, texts: Texts) -> str:
    """An unusual status in Dutch, one that we do not know as sent; empty for a usual one."""
    if status is None or status.strip() in _USUAL:
        return ""
    return texts.find(f"status.{status}") or status
