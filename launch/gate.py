"""What every door verifies with: the registry, the claim maps and the service's own keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from context.codes import RefusalCode
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.ports import Clock
from launch.claims import ClaimMap
from launch.errors import LaunchRefusedError
from launch.inspection import Inspection
from launch.inspector.claims import ClaimTable
from launch.opening import TokenOpener
from launch.smart.identity import SmartLaunch
from launch.trust.model import TrustRegistry
from launch.verify import NO_OPENER, UnverifiedLaunch, verify_launch, verify_smart_launch

FAILURE_FLOOR_SECONDS = 0.05
"""No L203 and no L207 leaves sooner after the token came in, so that its time does not tell which step
failed (attacks A045, A100 and A139). The floor is well above the work of all of them."""
_ONE_TIMING = frozenset({RefusalCode.SIGNATURE_WRONG, RefusalCode.DECRYPTION_FAILED})


@dataclass(frozen=True, slots=True)
class Gate:
    """:param maps: claim maps by adapter name. :param opener: opens encrypted tokens.

    :param clock: holds back the answer to a token that was not proven.
    :param tables: by adapter, the names that it reads, for the inspector.
    """

    trust: TrustRegistry
    maps: Mapping[str, ClaimMap]
    clock: Clock
    opener: TokenOpener = NO_OPENER
    tables: Mapping[str, ClaimTable] = field(default_factory=dict)

    def verify(
        self,
        unverified: UnverifiedLaunch,
        hospital: Hospital,
        inspection: Inspection | None = None,
        *,
        dry_run: bool = False,
    ) -> VerifiedLaunch:
        """``launch.verify.verify_launch`` at the moment of receipt; whatever a token makes the
        interpreter stumble on is a refusal.

        :param inspection: notes every check.

        :raises LaunchRefusedError: L102 to L602.
        :raises StorageUnavailableError: the trust registry cannot be read.
        """
        started = self.clock.monotonic()
        inspection = inspection or Inspection()
        inspection.tables = self.tables
        try:
            return verify_launch(
                unverified,
                hospital,
                self.trust,
                self.maps,
                unverified.received_at,
                self.opener,
                inspection,
                dry_run=dry_run,
            )
        except LaunchRefusedError as refused:
            if refused.code in _ONE_TIMING:
                self.clock.wait_until(started + FAILURE_FLOOR_SECONDS)
            raise
        except RecursionError:
            raise LaunchRefusedError(RefusalCode.NOT_A_TOKEN, "nested too deeply") from None

    def verify_smart(
        self,
        smart: SmartLaunch,
        hospital: Hospital,
        received_at: datetime,
        inspection: Inspection | None = None,
    ) -> VerifiedLaunch:
        """``launch.verify.verify_smart_launch`` at the moment of receipt.

        :param received_at: aware UTC, when the code came.
        :param inspection: notes every check.
        :raises LaunchRefusedError: L301 to L602.
        :raises StorageUnavailableError: the trust registry cannot be read.
        """
        inspection = inspection or Inspection()
        inspection.tables = self.tables
        return verify_smart_launch(smart, hospital, self.trust, self.maps, received_at, inspection)
