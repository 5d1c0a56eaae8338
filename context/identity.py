"""Is the person whom the HIS means the person whom the hospital found? (architecture.md D6). Pure."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import product

from context.launch import VerifiedLaunch
from context.person import HumanName, NamePart, NamePartKind, PartialDate, Patient

_PARTNER = "SP"

# Voorvoegsels of the Dutch population register (BRP table 36), word by word, accents removed, and the
# usual abbreviations of the commonest (v.d.).
_PREFIXES = """
    a aan af al am an auf aus aw bei ben bij bin boven buiten d da dal dalla das de degli dei del della
    den der des deze di die do don dos du el het i il im in l la las le les lo los met na nabij o of
    onder op opde over s t te ten ter thoe tho thor to toe tor uijt uit unter v van vd ver vom von voor
    vor y zu zum zur
"""
_PREFIX_WORDS = frozenset(_PREFIXES.split())
_WORD_BREAKS = re.compile(r"[^\w]+|_+")


def same_identity(launch: VerifiedLaunch, patient: Patient) -> bool:
    """Whether the birth date agrees, and the family name too when the HIS sent one.

    The BSN is not compared here: an answer about another BSN never becomes a ``Patient`` (D19).
    """
    if not same_birth_date(launch.birth_date, patient.birth_date):
        return False
    return launch.family_name is None or same_family_name(launch.family_name, patient.names)


def same_birth_date(sent: PartialDate, known: PartialDate | None) -> bool:
    """Compare the date that the HIS sent with the hospital's.

    A complete date in the hospital must be equal as a whole. Only when the hospital's own date is
    partial do the parts known on both sides decide; the year always is one of them.
    """
    if known is None or sent.year != known.year:
        return False
    if known.is_complete:
        return sent == known
    pairs = ((sent.month, known.month), (sent.day, known.day))
    return all(ours is None or theirs is None or ours == theirs for ours, theirs in pairs)


def same_family_name(sent: str, names: Iterable[HumanName]) -> bool:
    """Whether ``sent`` is the own name, the partner's name, or the two together in either order.

    Compared without case, accents, punctuation and prefixes ("van der"). A hospital without any family
    name proves nothing, so that is a difference.
    """
    wanted = _essence(sent)
    return bool(wanted) and any(wanted in _family_names(name) for name in names)


def _family_names(name: HumanName) -> set[tuple[str, ...]]:
    family = [part for part in name.parts if part.kind is NamePartKind.FAMILY]
    own = [_essence(part.text) for part in family if not _is_partner(part)]
    partner = [_essence(part.text) for part in family if _is_partner(part)]
    both = {left + right for left, right in product(own, partner)}
    both |= {right + left for left, right in product(own, partner)}
    whole = _essence(" ".join(part.text for part in family))
    return ({*own, *partner, whole} | both) - {()}


def _is_partner(part: NamePart) -> bool:
    return _PARTNER in part.qualifiers


def _essence(text: str) -> tuple[str, ...]:
    """The words that tell one family from another; a name made of prefixes only keeps them all."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    words = tuple(word for word in _WORD_BREAKS.split(plain) if word)
    return tuple(word for word in words if word not in _PREFIX_WORDS) or words
