"""``GET /launch/start/<issuer>``: a HIS asks us to ask it (OpenID Connect Core §4, LTI 1.3 security §5.1.1).

Nothing in the request is trusted: it only says whose registered sign-on service the browser is sent to. The
hints go back to where they came from. ``target_link_uri`` and every other parameter are ignored: after a
launch there is one place to land (A121). The answer comes to ``POST /launch``.
"""

import re

from context.codes import RefusalCode
from context.errors import RefusedError
from context.hospital import Hospital
from launch.decisions import Decisions
from launch.errors import LaunchRefusedError
from launch.gate import Gate
from launch.hidden_bsn import may_hold_bsn
from launch.oauth import Client, authentication_url
from launch.query import parse_query
from launch.requests.addressee import find_addressee, issuer_of_path
from launch.requests.model import Departure, OutgoingRequests, RequestKind
from launch.trust.model import LaunchGrade

_HINTS = ("login_hint", "lti_message_hint")
_MAX_HINT = 1024
# Within a longer word nine digits are part of a random id; alone they may be a patient.
_NINE_DIGITS = re.compile(r"(?<![0-9A-Za-z])[0-9]{9}(?![0-9A-Za-z])", re.ASCII)


class SignOnDoor:
    """:param requests: remembers what was asked. :param decisions: records refusals."""

    def __init__(self, gate: Gate, requests: OutgoingRequests, decisions: Decisions) -> None:
        self._gate = gate
        self._requests = requests
        self._decisions = decisions

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
        vendor = find_addressee(self._gate, hospital, issuer, LaunchGrade.TWO_HOP, facts)
        if vendor.sign_on_url is None or vendor.client_id is None:
            raise LaunchRefusedError(RefusalCode.ISSUER_NOT_ACTIVE, "no sign-on service is registered")
        hints = {name: _checked(parameters[name]) for name in _HINTS if name in parameters}
        opened = self._requests.open(RequestKind.OIDC, hospital.slug, vendor.issuer, browser_id)
        client = Client(vendor.client_id, hospital.launch_url)
        url = authentication_url(vendor.sign_on_url, client, opened.request, hints)
        return Departure(url, opened.browser_id)


def _checked(hint: str) -> str:
    if len(hint) > _MAX_HINT or not hint.isascii():
        raise LaunchRefusedError(RefusalCode.TOKEN_FIELDS_WRONG, "a hint is too long or not ASCII")
    if any(may_hold_bsn(found) for found in _NINE_DIGITS.findall(hint)):
        raise LaunchRefusedError(RefusalCode.TOKEN_FIELDS_WRONG, "a hint may hold a BSN")
    return hint
