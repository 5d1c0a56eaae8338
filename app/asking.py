"""The doors at which we ask a HIS back, put together."""

from dataclasses import dataclass

from app.crypto import Cipher
from app.engine import Database
from app.fhir_servers import StoredFhirServers
from app.outgoing_requests import StoredRequests
from app.writer import Writer
from context.ports import Clock
from launch.decisions import Decisions
from launch.gate import Gate
from launch.own_keys import OwnKeys
from launch.replay import PendingLaunches
from launch.saml_sign_on import SamlAnswers
from launch.sign_on import SignOnAnswers, SignOnDoor
from launch.smart.door import SmartDoor
from launch.smart.tokens import TokenExchange
from launch.trust.ports import WebClient


@dataclass(frozen=True, slots=True)
class AskingDoors:
    """:param answers, saml_answers: what the launch door verifies two-hop launches with."""

    sign_on: SignOnDoor
    answers: SignOnAnswers
    saml_answers: SamlAnswers
    smart: SmartDoor


@dataclass(frozen=True, slots=True)
class AskingParts:
    """What the doors are made of. :param pending: accepts their launches."""

    database: Database
    writer: Writer
    cipher: Cipher
    clock: Clock
    gate: Gate
    pending: PendingLaunches
    decisions: Decisions
    web: WebClient
    own_keys: OwnKeys


def wire_asking(parts: AskingParts) -> AskingDoors:
    """Build the doors; nothing is started."""
    requests = StoredRequests(parts.database, parts.writer, parts.cipher, parts.clock)
    smart = SmartDoor(
        parts.gate,
        StoredFhirServers(parts.database),
        requests,
        parts.pending,
        parts.decisions,
        parts.clock,
        parts.web,
        TokenExchange(parts.web, parts.own_keys, parts.clock),
    )
    return AskingDoors(
        sign_on=SignOnDoor(parts.gate, requests, parts.decisions, parts.own_keys, parts.clock),
        answers=SignOnAnswers(parts.gate, requests),
        saml_answers=SamlAnswers(parts.gate, requests),
        smart=smart,
    )
