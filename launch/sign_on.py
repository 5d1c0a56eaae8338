"""``GET /launch/start/<issuer>``: a HIS asks us to ask it (OpenID Connect Core §4, LTI 1.3 security §5.1.1).

Nothing in the request is trusted: it only says whose registered sign-on service the browser is sent to. The
hints go back to where they came from. ``target_link_uri`` and every other parameter are ignored: after a
launch there is one place to land (A121). The answer comes to ``POST /launch``, as ``id_token`` and ``state``;
from a vendor of SAML as ``SAMLResponse`` and ``RelayState``.
"""

import re
from datetime import datetime

from context.codes import RefusalCode
from context.errors import RefusedError
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from context.ports import Clock
from launch.answers import refuse_error
from launch.claims import TokenForm
from launch.decisions import Decisions
from launch.errors import LaunchRefusedError
from launch.form import SignOnAnswer
from launch.gate import Gate
from launch.hidden_bsn import may_hold_bsn
from launch.inspection import Inspection
from launch.oauth import Client, authentication_url
from launch.own_keys import OwnKeys
from launch.query import parse_query
from launch.requests.addressee import find_addressee, issuer_of_path
from launch.requests.model import Departure, OutgoingRequests, RequestKind
from launch.saml_sign_on import depart
from launch.trust.model import LaunchGrade
from launch.verify import UnverifiedLaunch

_HINTS = ("login_hint", "lti_message_hint")
_MAX_HINT = 1024
# Within a longer word nine digits are part of a random id; alone they may be a patient.
_NINE_DIGITS = re.compile(r"(?<![0-9A-Za-z])[0-9]{9}(?![0-9A-Za-z])", re.ASCII)


class SignOnDoor:
    """:param requests: remembers what was asked. :param decisions: records refusals.

    :param own_keys: sign what is asked by SAML.
    """

    def __init__(
        self,
        gate: Gate,
        requests: OutgoingRequests,
        decisions: Decisions,
        own_keys: OwnKeys,
        clock: Clock,
    ) -> None:
        self._gate = gate
        self._requests = requests
        self._decisions = decisions
        self._own_keys = own_keys
        self._clock = clock

    def start(self, hospital: Hospital, segment: str, query: bytes, browser_id: str | None) -> Departure:
        """Send the browser to the vendor's sign-on service.

        :param segment: ``path_of_issuer`` of the issuer, from the URL's path.
        :raises RefusedError: recorded already; L101 to L104 and L301 to L303.
        :raises StorageUnavailableError: nothing was asked.
        """
        facts = {"grade": LaunchGrade.TWO_HOP.value}
        try:
            return self._start(hospital, segment, query, browser_id, facts)
        except RefusedError as refusal:
            self._decisions.refuse(hospital, refusal, facts)
            raise

    def _start(
        self,
        hospital: Hospital,
        segment: str,
        query: bytes,
        browser_id: str | None,
        facts: dict[str, str],
    ) -> Departure:
        parameters = parse_query(query, ("iss", *_HINTS))
        issuer = issuer_of_path(segment)
        if issuer is None or parameters.get("iss", issuer) != issuer:
            raise LaunchRefusedError(RefusalCode.ISSUER_UNKNOWN, "no issuer, or not the one that it says")
        vendor = find_addressee(self._gate, hospital, issuer, LaunchGrade.TWO_HOP, facts, tuple(TokenForm))
        if vendor.sign_on_url is None:
            raise LaunchRefusedError(RefusalCode.ISSUER_NOT_ACTIVE, "no sign-on service is registered")
        if self._gate.maps[vendor.adapter].form is TokenForm.SAML:
            address, now = vendor.sign_on_url, self._clock.now()
            return depart(vendor, address, hospital, self._requests, browser_id, self._own_keys, now)
        if vendor.client_id is None:
            raise LaunchRefusedError(RefusalCode.ISSUER_NOT_ACTIVE, "the service has no name there")
        hints = {name: _checked(parameters[name]) for name in _HINTS if name in parameters}
        opened = self._requests.open(RequestKind.OIDC, hospital.slug, vendor.issuer, browser_id)
        client = Client(vendor.client_id, hospital.launch_url)
        url = authentication_url(vendor.sign_on_url, client, opened.request, hints)
        return Departure(url, opened.browser_id)


class SignOnAnswers:
    """Verifies what a vendor's sign-on service posts back: a two-hop launch."""

    def __init__(self, gate: Gate, requests: OutgoingRequests) -> None:
        self._gate = gate
        self._requests = requests

    def verify(
        self,
        hospital: Hospital,
        answer: SignOnAnswer,
        origin: str | None,
        browser_id: str | None,
        received_at: datetime,
        inspection: Inspection | None = None,
    ) -> VerifiedLaunch:
        """The launch that answers our request. Only a good one uses the request up, so that the same post
        again, as a double click makes it, is the replay guard's affair (D3).

        :param origin: the ``Origin`` header.
        :param received_at: aware UTC.
        :param inspection: notes every check.
        :raises LaunchRefusedError: L407 not the answer to a request of this browser, or not the first one;
            L101, L506 or L703 for an error; L102 to L602 as for any token.
        :raises StorageUnavailableError: the database is away.
        """
        facts = {"grade": LaunchGrade.TWO_HOP.value}
        try:
            request = self._requests.find(RequestKind.OIDC, hospital.slug, answer.state, browser_id)
            facts["issuer"] = request.issuer
            if answer.error:
                self._requests.answer(request, "error")
                refuse_error(answer.error)
            unverified = UnverifiedLaunch(
                TokenForm.JWT,
                answer.id_token,
                origin,
                received_at,
                grade=LaunchGrade.TWO_HOP,
                request=request,
            )
            launch = self._gate.verify(unverified, hospital, inspection)
            self._requests.answer(request, launch.token_id)
        except LaunchRefusedError as refusal:
            raise LaunchRefusedError(refusal.code, refusal.detail, {**facts, **refusal.facts}) from None
        return launch


def _checked(hint: str) -> str:
    if len(hint) > _MAX_HINT or not hint.isascii():
        raise LaunchRefusedError(RefusalCode.TOKEN_FIELDS_WRONG, "a hint is too long or not ASCII")
    if any(may_hold_bsn(found) for found in _NINE_DIGITS.findall(hint)):
        raise LaunchRefusedError(RefusalCode.TOKEN_FIELDS_WRONG, "a hint may hold a BSN")
    return hint
