"""A launch that was proven genuine, and the people named in it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from context.bsn import Bsn
from context.person import PartialDate


@dataclass(frozen=True, slots=True)
class User:
    """The person who clicked the tile. The representation holds no name.

    :param identifier: user id as the HIS sent it, with ``system`` in front when it named one.
    :param role: RolCodeNL (for example ``01.015``), after the grant's own table (D11).
    :param source_role: the role as the HIS sent it, ``system|code``.
    """

    identifier: str
    name: str = field(repr=False)
    role: str
    source_role: str
    uzi_number: str | None = None
    agb_code: str | None = None


@dataclass(frozen=True, slots=True)
class Practice:
    """The organisation the user works for. :param ura_number: eight digits."""

    ura_number: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Asker:
    """On whose behalf the hospital is asked; Dutch messages and their tokens name both."""

    user: User
    practice: Practice


class Inquiry(Protocol):
    """About whom and on whose behalf a hospital is asked: a launch, or a trial of the connection."""

    @property
    def bsn(self) -> Bsn: ...

    @property
    def asker(self) -> Asker: ...


@dataclass(frozen=True, slots=True)
class VerifiedLaunch:
    """Claims whose signature, audience, time, trust and form were all checked.

    Only ``launch/verify.py`` makes one from a token; ``app/sealed.py`` restores one from our own
    authenticated ciphertext. A test forbids any other place. The representation holds no name.

    :param hospital: the hospital's slug.
    :param issuer: the exact issuer string of the vendor.
    :param his: name of the HIS adapter that read the claims.
    :param token_form: ``jwt`` or ``saml``.
    :param token_id: jti or assertion ID; unique per hospital and issuer.
    :param expires_at: aware UTC; the token's own end, without skew.
    :param birth_date: as the HIS sent it (D6); always complete enough to hold a year.
    :param received_at: aware UTC; when the POST arrived.
    :param his_session: the HIS's own session id, when sent.
    :param relaxations: names of the dated exceptions that the launch needed (D9).
    :param grade: by which door it came: ``one_hop``, ``ticket``, ``two_hop`` or ``smart``.
    :param frame_origins: the sites in whose frames its pages may stand; none when it opened in a window of
        its own (D2).
    :param report_only: a test of the vendor: it ends in its report and never opens a context.
    """

    hospital: str
    issuer: str
    his: str
    token_form: str
    token_id: str
    expires_at: datetime
    received_at: datetime
    bsn: Bsn
    birth_date: PartialDate
    user: User
    practice: Practice
    vendor_name: str
    purpose: str = "TREAT"
    family_name: str | None = field(default=None, repr=False)
    his_product: str | None = None
    his_session: str | None = None
    relaxations: tuple[str, ...] = ()
    grade: str = "one_hop"
    frame_origins: tuple[str, ...] = ()
    report_only: bool = False

    @property
    def asker(self) -> Asker:
        return Asker(self.user, self.practice)
