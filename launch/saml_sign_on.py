"""Two-hop launches by SAML: a signed AuthnRequest, and the one Response that answers it (launch.md §1)."""

from datetime import datetime

from context.codes import RefusalCode
from context.hospital import Hospital
from context.launch import VerifiedLaunch
from launch.errors import LaunchRefusedError
from launch.form import TokenField
from launch.gate import Gate
from launch.inspection import Inspection
from launch.own_keys import OwnKeys
from launch.requests.model import Departure, OutgoingRequest, OutgoingRequests, RequestKind
from launch.saml_request import sign_on_address
from launch.trust.model import LaunchGrade, Vendor
from launch.verify import UnverifiedLaunch


def depart(
    vendor: Vendor,
    sign_on_url: str,
    hospital: Hospital,
    requests: OutgoingRequests,
    browser_id: str | None,
    own_keys: OwnKeys,
    now: datetime,
) -> Departure:
    """Ask the vendor to log its user in and send them back with the patient who is active there.

    :param sign_on_url: the vendor's single sign-on service.
    :param browser_id: the browser cookie as shown.
    :param now: aware UTC.
    :raises LaunchRefusedError: L303 the service has no key to sign with, L104.
    :raises StorageUnavailableError: nothing was asked.
    """
    key = own_keys.signer(now)
    if key is None:
        raise LaunchRefusedError(RefusalCode.ISSUER_NOT_ACTIVE, "no key of ours to sign requests with")
    opened = requests.open(RequestKind.SAML, hospital.slug, vendor.issuer, browser_id)
    url = sign_on_address(sign_on_url, hospital, opened.request, key)
    return Departure(url, opened.browser_id)


class SamlAnswers:
    """Verifies a Response, as the answer to a request of ours when there is one."""

    def __init__(self, gate: Gate, requests: OutgoingRequests) -> None:
        self._gate = gate
        self._requests = requests

    def verify(
        self,
        hospital: Hospital,
        field: TokenField,
        origin: str | None,
        browser_id: str | None,
        received_at: datetime,
        inspection: Inspection | None = None,
    ) -> VerifiedLaunch:
        """The launch that the Response says. Only a good answer uses the request up, so that the same post
        again, as a double click makes it, is the replay guard's affair (D3).

        A Response that answers nothing is a one-hop launch, whatever RelayState stands beside it.

        :param origin: the ``Origin`` header.
        :param received_at: aware UTC.
        :param inspection: notes every check.
        :raises LaunchRefusedError: L407 it answers no request of this browser, or not as the first one;
            L102 to L602 as for any token.
        :raises StorageUnavailableError: the database is away.
        """
        request = self._find(hospital, field, browser_id)
        unverified = UnverifiedLaunch(
            field.form,
            field.text,
            origin,
            received_at,
            grade=LaunchGrade.ONE_HOP if request is None else LaunchGrade.TWO_HOP,
            request=request,
        )
        launch = self._gate.verify(unverified, hospital, inspection)
        if request is not None:
            self._answer(request, launch)
        return launch

    def _find(self, hospital: Hospital, field: TokenField, browser_id: str | None) -> OutgoingRequest | None:
        if field.relay_state is None:
            return None
        try:
            return self._requests.find(RequestKind.SAML, hospital.slug, field.relay_state, browser_id)
        except LaunchRefusedError:
            # A HIS may send a RelayState of its own; if the Response says that it answers, it is refused.
            return None

    def _answer(self, request: OutgoingRequest, launch: VerifiedLaunch) -> None:
        try:
            self._requests.answer(request, launch.token_id)
        except LaunchRefusedError as refused:
            facts = {
                "issuer": launch.issuer,
                "his": launch.his,
                "token_form": launch.token_form,
                "token_id": launch.token_id,
                "practice_ura": launch.practice.ura_number,
                "user_id": launch.user.identifier,
                "grade": launch.grade,
            }
            raise LaunchRefusedError(refused.code, refused.detail, facts) from None
