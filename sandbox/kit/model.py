"""One launch of the kit, and what it is made with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from cryptography import x509

from sandbox.his.content import LaunchContent, SigningCertificate, SigningKey, new_token_id
from sandbox.his.dialects import Dialect

Fields = tuple[tuple[str, str], ...]
"""Names and values of the form, in order."""


@dataclass(frozen=True, slots=True)
class Signers:
    """What a vendor signs with. ``key`` for a JWT, ``certificate`` for SAML."""

    key: SigningKey
    certificate: SigningCertificate


@dataclass(frozen=True, slots=True)
class Speaker:
    """The vendor for whom the launches are made.

    :param dialect: how its HIS says a launch.
    :param content: one good click.
    :param now: aware, the moment of every click.
    :param signers: the throw-away pair that the kit has registered; ``strangers`` are registered nowhere.
    :param jwks: the service's public keys to encrypt JWTs to.
    :param receiver: the service's certificate to encrypt Assertions to; None when it has none.
    :param old_ciphers: the grant accepts AES-CBC and OAEP with SHA-1 for now.
    """

    dialect: Dialect
    content: LaunchContent
    now: datetime
    signers: Signers = field(repr=False)
    strangers: Signers = field(repr=False)
    jwks: tuple[Mapping[str, Any], ...] = ()
    receiver: x509.Certificate | None = None
    old_ciphers: bool = False

    def click(self, **changes: Any) -> LaunchContent:
        """A click of its own, any member of it changed."""
        return replace(self.content, **{"token_id": new_token_id(), **changes})


@dataclass(frozen=True, slots=True)
class Case:
    """One launch.

    :param name: unique in its kit, fit for a file name.
    :param wrong: the one thing that is wrong; empty for a golden one.
    :param code: the refusal code expected, None when it must be accepted.
    :param make: the form fields.
    :param origin: sent instead of the vendor's own; empty to send none.
    """

    name: str
    wrong: str
    code: str | None
    make: Callable[[Speaker], Fields]
    origin: str | None = None


class Cases:
    """Collects the cases of one form of token.

    :param field: the form field that holds it.
    """

    def __init__(self, field: str) -> None:
        self._field = field
        self._cases: list[Case] = []

    def add(
        self,
        name: str,
        wrong: str,
        code: str | None,
        make: Callable[[Speaker], str],
        origin: str | None = None,
    ) -> None:
        """A case that posts one token."""
        self.add_form(name, wrong, code, lambda speaker: ((self._field, make(speaker)),), origin)

    def add_form(
        self,
        name: str,
        wrong: str,
        code: str | None,
        make: Callable[[Speaker], Fields],
        origin: str | None = None,
    ) -> None:
        """A case that posts another form."""
        self._cases.append(Case(name, wrong, code, make, origin))

    def all(self) -> tuple[Case, ...]:
        """In the order in which they were added."""
        return tuple(self._cases)
