"""GIDS Health Tools Interoperability 2.0 with the profile ``HTI:his-launch``.

Source: GIDSOpenStandaarden/GIDS-HTI-Protocol, HTI_2.0.md, "The HTI claims", "The message format" and
"HTI profiles"; launch.md §4. HTI:core forbids every identifier but pseudonyms, and lets a named profile
add claims. This profile adds one claim, bearing the profile's name, with what a launch needs: ``patient``
and ``extensions`` exactly as in the profile "HIS launch 1.0" (``jwt``). HTI's own claims keep their
meaning: ``sub`` is the practitioner, ``patient`` the patient's pseudonym. Because it carries the BSN, the
profile asks for HTI:jwe as well; the grant's ``require_encryption`` sees to it.
"""

from collections.abc import Mapping
from dataclasses import replace

from adapters.his.claim_reader import member_object, member_text, optional_member_text, unknown_names
from adapters.his.jwt import REGISTERED, JwtMap
from launch.claims import ClaimError, LaunchClaims, SignedToken, TokenForm

PROFILE = "HTI:his-launch"

REQUIRED = ("sub", "resource", "patient", PROFILE)
OPTIONAL = ("hti-version",)
"""Absent means 2.0."""
IGNORED = ("definition", "intent")
"""Which task of the module: a tile has one."""

_VERSION = "2.0"


class HtiMap:
    """Reads HTI's claims; the user id is ``sub``, ``Practitioner/<pseudonym>``."""

    name = "hti"
    form = TokenForm.JWT
    value_namespaces: frozenset[str] = frozenset()

    def read(self, signed: SignedToken) -> LaunchClaims:
        """:raises ClaimError: a required claim is missing, empty or of the wrong type."""
        claims = signed.claims
        _check_reference(claims, "sub", "Practitioner/")
        _check_reference(claims, "patient", "Patient/")
        _check_reference(claims, "resource", "Task/")
        if optional_member_text(claims, "hti-version", "hti-version") not in (None, _VERSION):
            raise ClaimError("hti-version", "another version than 2.0")
        read = JwtMap().read(replace(signed, claims=member_object(claims, PROFILE, PROFILE)))
        return replace(read, unknown_names=unknown_names(claims, REQUIRED, OPTIONAL, REGISTERED, IGNORED))


def _check_reference(claims: Mapping[str, object], name: str, prefix: str) -> None:
    """A FHIR reference of one type of resource, as HTI writes them."""
    reference = member_text(claims, name, name)
    if not reference.startswith(prefix) or reference == prefix:
        raise ClaimError(name, f"not a reference to {prefix.rstrip('/')}")


CLAIM_MAP = HtiMap()
