"""Text that is stored as ciphertext only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class ProtectedText:
    """A BSN or a name. ``repr`` and ``str`` are masked; ``reveal`` is the one way out and greppable."""

    _text: str

    def reveal(self) -> str:
        """The text itself, for the cipher and for an authorised reader only."""
        return self._text

    def __repr__(self) -> str:
        return "ProtectedText(***)"

    __str__ = __repr__
