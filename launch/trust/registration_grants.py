"""What a registration file grants at one hospital, as the registry keeps it."""

from datetime import UTC, datetime

from context.hospital import Environment
from launch.trust.model import Grant, PracticeLink, RegisteredGrant, Relaxation, TrustStatus
from launch.trust.registration_file import GrantEntry


def registered_grant(issuer: str, entry: GrantEntry, now: datetime) -> RegisteredGrant:
    """A checked entry, everything in it active.

    :param now: aware; from then on its relaxations hold.
    """
    environment = Environment(entry.environment)
    encrypted = entry.require_encryption
    grant = Grant(
        hospital=entry.hospital,
        issuer=issuer,
        environment=environment,
        status=TrustStatus.ACTIVE,
        launch_origins=frozenset(entry.launch_origins),
        roles=dict(entry.roles),
        max_lifetime_seconds=entry.max_lifetime_seconds,
        minimum_grade=entry.minimum_grade,
        require_encryption=environment is Environment.PRODUCTION if encrypted is None else encrypted,
        relaxations=tuple(
            Relaxation(each.name, now.astimezone(UTC), each.until.astimezone(UTC), each.reason)
            for each in entry.relaxations
        ),
        generic_users=frozenset(entry.generic_users),
        organisations=dict(entry.organisations),
        frame_origins=frozenset(entry.frame_origins),
    )
    practices = tuple(
        PracticeLink(each.ura_number, TrustStatus.ACTIVE, each.name, each.deployment_id)
        for each in entry.practices
    )
    return RegisteredGrant(grant, practices)
