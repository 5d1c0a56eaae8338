"""What every door verifies with: the registry, the claim maps and the service's own keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from context.codes import RefusalCode
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.ports import Clock
from launch.claims import ClaimMap
from launch.errors import LaunchRefusedError
from launch.opening import TokenOpener
from launch.smart.identity import SmartLaunch
from launch.trust.model import TrustRegistry
from launch.verify import NO_OPENER, UnverifiedLaunch, verify_launch, verify_smart_launch

DECRYPTION_FLOOR_SECONDS = 0.05
"""No L207 leaves sooner after the token came in. All its causes cost much the same work already; the
floor, well above that work, hides what difference is left (attacks A045 and A100)."""


@dataclass(frozen=True, slots=True)
class Gate:
    """:param maps: claim maps by adapter name. :param opener: opens encrypted tokens.

    :param clock: holds back the answer to a token that did not open.
    """

    trust: TrustRegistry
    maps: Mapping[str, ClaimMap]
    clock: Clock
    opener: TokenOpener = NO_OPENER

    def verify(self, unverified: UnverifiedLaunch, hospital: Hospital) -> VerifiedLaunch:
        """``launch.verify.verify_launch`` at the moment of receipt; whatever a token makes the
        interpreter stumble on is a refusal.

        :raises LaunchRefusedError: L102 to L602.
        :raises StorageUnavailableError: the trust registry cannot be read.
        """
        started = self.clock.monotonic()
        try:
            return verify_launch(
                unverified, hospital, self.trust, self.maps, unverified.received_at, self.opener
            )
        except LaunchRefusedError as refused:
            if refused.code is RefusalCode.DECRYPTION_FAILED:
                self.clock.wait_until(started + DECRYPTION_FLOOR_SECONDS)
            raise
        except RecursionError:
            raise LaunchRefusedError(RefusalCode.NOT_A_TOKEN, "nested too deeply") from None

    def verify_smart(self, smart: SmartLaunch, hospital: Hospital, received_at: datetime) -> VerifiedLaunch:
        """``launch.verify.verify_smart_launch`` at the moment of receipt.

        :param received_at: aware UTC, when the code came.
        :raises LaunchRefusedError: L301 to L602.
        :raises StorageUnavailableError: the trust registry cannot be read.
        """
        return verify_smart_launch(smart, hospital, self.trust, self.maps, received_at)
