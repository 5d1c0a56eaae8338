"""From a registered vendor to who speaks in its kit."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from context.hospital import Environment, Hospital
from launch.own_jwks import published_keys
from launch.own_keys import OwnKeys
from launch.trust.model import (
    Grant,
    LaunchGrade,
    PracticeLink,
    RegisteredGrant,
    Registration,
    RelaxationName,
    TrustStatus,
)
from sandbox.his.content import LaunchContent, SigningKey
from sandbox.his.dialects import DIALECTS, Dialect
from sandbox.his.keys import load_or_make_keys
from sandbox.his.vendors import URA_ROOT
from sandbox.kit.model import Signers, Speaker

TEST_BSN = "999911120"
"""In the range that the Dutch health sector keeps for tests; nobody has it."""

BIRTH_DATE = "1970-01-01"
_AGB = "{practice_agb}"


class KitError(Exception):
    """No kit can be made; the message says what to do."""


def find_speaker(
    registration: Registration, hospital: Hospital, own_keys: OwnKeys, keys: Path, now: datetime
) -> Speaker:
    """:param keys: folder with the throw-away keys, made there when absent.
    :param now: aware.
    :raises KitError: the vendor cannot launch here in a way that a kit could try.
    """
    registered = next((each for each in registration.grants if each.grant.hospital == hospital.slug), None)
    if registered is None:
        raise KitError("the issuer has no grant at this hospital")
    dialect = DIALECTS.get(registration.vendor.adapter)
    if dialect is None:
        raise KitError("no dialect is known for the vendor's adapter")
    _check_usable(registered.grant, hospital, now)
    certificates = [key.certificate for key in own_keys.opening(now) if key.certificate is not None]
    return Speaker(
        dialect=dialect,
        content=_content(registered, registration.vendor.issuer, hospital, dialect),
        now=now,
        signers=throw_away_signers(keys),
        strangers=_signers(None),
        jwks=_keys_to_encrypt_to(own_keys, now),
        receiver=certificates[0] if certificates else None,
        old_ciphers=registered.grant.relaxes(RelaxationName.AES_CBC_AND_OAEP_SHA1, now),
    )


def throw_away_signers(folder: Path) -> Signers:
    """The kit's own keys; always the same from one folder."""
    return _signers(folder)


def _signers(folder: Path | None) -> Signers:
    made = load_or_make_keys(folder)
    mark = hashlib.sha256(made.jwt.public_pem.encode()).hexdigest()[:8]
    return Signers(SigningKey(f"kit-{mark}", made.jwt.algorithm, made.jwt.private), made.saml)


def _check_usable(grant: Grant, hospital: Hospital, now: datetime) -> None:
    if hospital.environment is not Environment.TEST:
        raise KitError("the hospital is in production: a throw-away key must not be registered there")
    if grant.minimum_grade is not LaunchGrade.ONE_HOP:
        raise KitError("the grant asks for a stronger door than the posted tokens of a kit")
    if grant.require_encryption and not grant.relaxes(RelaxationName.NO_ENCRYPTION, now):
        raise KitError("the grant asks for encryption: set require_encryption = false for the kit")


def _keys_to_encrypt_to(own_keys: OwnKeys, now: datetime) -> tuple[Mapping[str, str], ...]:
    """The first of each algorithm."""
    found: dict[str, Mapping[str, str]] = {}
    for jwk in published_keys(own_keys, now):
        if jwk["use"] == "enc":
            found.setdefault(jwk["alg"], jwk)
    return tuple(found.values())


def _content(registered: RegisteredGrant, issuer: str, hospital: Hospital, dialect: Dialect) -> LaunchContent:
    grant, practice = registered.grant, _practice(registered)
    content = LaunchContent(
        issuer=issuer,
        launch_url=hospital.launch_url,
        entity_id=hospital.entity_id,
        bsn=TEST_BSN,
        birth_date=BIRTH_DATE,
        practice_ura=practice.ura_number,
        practice_name=practice.name or "Testpraktijk",
        practice_oid=f"{URA_ROOT}.{practice.ura_number}",
        practice_agb=_agb(grant, dialect, practice.ura_number),
        role=_role(grant, dialect),
        purpose=dialect.purpose,
        lifetime_seconds=grant.max_lifetime_seconds,
    )
    return replace(content, user_id=dialect.fill(dialect.user_id, content))


def _practice(registered: RegisteredGrant) -> PracticeLink:
    active = [link for link in registered.practices if link.status is TrustStatus.ACTIVE]
    plain = [link for link in active if link.deployment_id is None]
    if not plain:
        raise KitError("the grant needs one active practice without a deployment_id")
    return plain[0]


def _role(grant: Grant, dialect: Dialect) -> str:
    """As the HIS says it: the dialect's usual one when the grant maps it."""
    mapped = [sent.rpartition("|")[2] for sent in grant.roles]
    if not mapped:
        raise KitError("the grant maps no role")
    return dialect.role if dialect.role in mapped else mapped[0]


def _agb(grant: Grant, dialect: Dialect, ura_number: str) -> str:
    """What stands in the grant's table of organisations for this practice, without what is around it."""
    before, _, after = (dialect.organisation or _AGB).partition(_AGB)
    for sent, ura in grant.organisations.items():
        if ura == ura_number and sent.startswith(before) and sent.endswith(after):
            return sent.removeprefix(before).removesuffix(after)
    if dialect.organisation:
        raise KitError("the grant's table of organisations does not name the practice")
    return "05029999"
