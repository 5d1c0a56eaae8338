"""References: the short code that a person reads out on the telephone."""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def draw_reference() -> str:
    """``XXXX-XXXX`` in Crockford base32 (no I, L, O, U), 40 random bits from the system's source.

    Not unique by itself: ``audit`` keeps each opening reference once, and a taken one is drawn again.
    """
    symbols = [secrets.choice(ALPHABET) for _ in range(8)]
    return "".join(symbols[:4]) + "-" + "".join(symbols[4:])
