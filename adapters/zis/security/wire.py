"""What each endpoint's hospital file asks of the wire, made ready before anything is sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from ssl import SSLContext

from cryptography import x509
from lxml import etree

from adapters.zis.errors import SourceError
from adapters.zis.security.answers import read_signed
from adapters.zis.security.credentials import EndpointSetupError, read_certificates, read_credential
from adapters.zis.security.signing import Signer
from adapters.zis.security.tls import client_context
from adapters.zis.security.transaction_token import LSP, write_token
from adapters.zis.wire import Message
from context.outcome import FailureCause
from context.ports import Clock
from context.zis import Endpoint, WireSigning


@dataclass(frozen=True, slots=True)
class _Prepared:
    tls: SSLContext | None
    signer: Signer | None
    answer_certificates: tuple[x509.Certificate, ...] | None


class EndpointSecurity:
    """``adapters.zis.wire.WireSecurity`` by the files of the hospital. Read only after it was made, so that
    it survives a fork.

    :raises EndpointSetupError: with every problem of every endpoint.
    """

    def __init__(self, endpoints: Iterable[Endpoint], clock: Clock) -> None:
        self._clock = clock
        self._prepared: dict[Endpoint, _Prepared] = {}
        problems: list[str] = []
        for endpoint in endpoints:
            try:
                self._prepared[endpoint] = prepare(endpoint)
            except EndpointSetupError as error:
                problems += error.problems
        if problems:
            raise EndpointSetupError(*problems)

    def tls(self, endpoint: Endpoint) -> SSLContext | None:
        return self._of(endpoint).tls

    def seal(self, envelope: etree._Element, message: Message, endpoint: Endpoint) -> bytes:
        signer, signing = self._of(endpoint).signer, endpoint.signing
        if signer is not None and signing is not None:
            now = self._clock.now()
            try:
                token = None
                if signing.transaction_token:
                    token = write_token(message, signer, signing.audience or LSP, now)
                signer.secure(envelope, now, sign=signing.sign_messages, assertion=token)
            except Exception as error:  # noqa: BLE001 - whatever signxml stumbles on, it must not leave
                detail = f"the question cannot be signed ({type(error).__name__})"
                raise SourceError(FailureCause.UNREACHABLE, detail) from None
        return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")

    def check(self, envelope: etree._Element, message: Message, endpoint: Endpoint) -> etree._Element:
        certificates = self._of(endpoint).answer_certificates
        if certificates is None:
            return envelope
        return read_signed(envelope, certificates, message.message_id, self._clock.now())

    def _of(self, endpoint: Endpoint) -> _Prepared:
        found = self._prepared.get(endpoint)
        if found is not None:
            return found
        if endpoint.tls is None and endpoint.signing is None:
            return _PLAIN
        raise SourceError(FailureCause.UNREACHABLE, "the endpoint was not made ready")


_PLAIN = _Prepared(None, None, None)


def prepare(endpoint: Endpoint) -> _Prepared:
    """Read an endpoint's files.

    :raises EndpointSetupError: with every problem.
    """
    setting = f"zis.endpoints.{endpoint.name}"
    problems: list[str] = []
    if endpoint.tls is not None and not endpoint.url.startswith("https://"):
        problems.append(f"{setting}.url: must be https, because the endpoint has tls")
    tls = signer = answers = None
    try:
        tls = client_context(f"{setting}.tls", endpoint.tls) if endpoint.tls is not None else None
    except EndpointSetupError as error:
        problems += error.problems
    try:
        if endpoint.signing is not None:
            signer, answers = _read_signing(f"{setting}.signing", endpoint.signing)
    except EndpointSetupError as error:
        problems += error.problems
    if problems:
        raise EndpointSetupError(*problems)
    return _Prepared(tls, signer, answers)


def _read_signing(setting: str, signing: WireSigning) -> tuple[Signer, tuple[x509.Certificate, ...] | None]:
    credential = read_credential(setting, signing.certificate, signing.key)
    answers = None
    if signing.answer_certificates is not None:
        answers = read_certificates(f"{setting}.answer_certificates", signing.answer_certificates)
    return Signer(credential, signing.key_reference), answers
