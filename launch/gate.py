"""What every door verifies with: the registry, the claim maps and the service's own keys."""

from collections.abc import Mapping
from dataclasses import dataclass

from context.codes import RefusalCode
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from launch.claims import ClaimMap
from launch.errors import LaunchRefusedError
from launch.opening import TokenOpener
from launch.trust.model import TrustRegistry
from launch.verify import NO_OPENER, UnverifiedLaunch, verify_launch


@dataclass(frozen=True, slots=True)
class Gate:
    """:param maps: claim maps by adapter name. :param opener: opens encrypted tokens."""

    trust: TrustRegistry
    maps: Mapping[str, ClaimMap]
    opener: TokenOpener = NO_OPENER

    def verify(self, unverified: UnverifiedLaunch, hospital: Hospital) -> VerifiedLaunch:
        """``launch.verify.verify_launch`` at the moment of receipt; whatever a token makes the
        interpreter stumble on is a refusal.

        :raises LaunchRefusedError: L102 to L602.
        :raises StorageUnavailableError: the trust registry cannot be read.
        """
        try:
            return verify_launch(
                unverified, hospital, self.trust, self.maps, unverified.received_at, self.opener
            )
        except RecursionError:
            raise LaunchRefusedError(RefusalCode.NOT_A_TOKEN, "nested too deeply") from None
