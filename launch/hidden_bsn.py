"""Ids that hold the patient's BSN would carry it, readable, into tables and records (D8)."""

import re

from context.bsn import Bsn
from context.codes import RefusalCode
from context.errors import BsnFormatError
from launch.claims import LaunchClaims
from launch.errors import LaunchRefusedError

_SEPARATORS = re.compile(r"[-._~ ]+")
_NINE_DIGITS = re.compile(r"(?=([0-9]{9}))", re.ASCII)
_NO_DIGIT = re.compile(r"[^0-9]+", re.ASCII)
# Fewer digits than that also stand in random ids; a BSN has at most two zeros in front.
_MIN_DIGITS = 7


def holds_bsn(text: str, bsn: str) -> bool:
    """Whether this BSN stands in the text, with or without separators and zeros in front.

    :param bsn: as sent, unchecked.
    """
    digits = _NO_DIGIT.sub("", bsn).lstrip("0")
    return len(digits) >= _MIN_DIGITS and digits in _SEPARATORS.sub("", text)


def may_hold_bsn(text: str) -> bool:
    """Whether any BSN might stand in the text: nine digits in a row that keep the 11-test."""
    return any(_is_bsn(found[1]) for found in _NINE_DIGITS.finditer(_SEPARATORS.sub("", text)))


def check_no_bsn(claims: LaunchClaims, session: str | None) -> None:
    """Refuse a BSN in what is stored readable.

    :param session: the HIS's own session id.
    :raises LaunchRefusedError: L501.
    """
    stored = {
        "user_id": claims.user_id,
        "user_id_system": claims.user_id_system,
        "uzi_number": claims.uzi_number,
        "agb_code": claims.agb_code,
        "his_product": claims.his_product,
        "his_session": session,
    }
    for name, text in stored.items():
        if text is not None and holds_bsn(text, claims.bsn):
            raise LaunchRefusedError(RefusalCode.CLAIM_MISSING, f"{name} holds the BSN")


def _is_bsn(digits: str) -> bool:
    try:
        Bsn(digits)
    except BsnFormatError:
        return False
    return True
