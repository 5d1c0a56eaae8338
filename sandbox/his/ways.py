"""How a tile brings its launch to the hospital."""

from enum import StrEnum

from sandbox.his.dialects import DIALECTS


class Way(StrEnum):
    """``direct``: the browser posts the token. ``ticket``: the HIS's server brings it. ``sign_on``: the
    hospital asks for it, by SAML."""

    DIRECT = ""
    TICKET = "ticket"
    SIGN_ON = "sign_on"


def goes_by(way: str, his: str) -> bool:
    """Whether this vendor can launch so."""
    return way != Way.SIGN_ON or DIALECTS[his].form == "saml"
