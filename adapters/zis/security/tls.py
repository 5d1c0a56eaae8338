"""Mutual TLS with one endpoint: we show our certificate and trust only whom the hospital file names."""

import ssl

from adapters.zis.security.credentials import EndpointSetupError, read_certificates, read_credential
from context.zis import ClientTls


def client_context(setting: str, tls: ClientTls) -> ssl.SSLContext:
    """TLS 1.2 or later, the server's chain and name verified, our certificate shown.

    :param setting: what the settings begin with, for errors.
    :raises EndpointSetupError: a file is missing or wrong; the text names the setting.
    """
    read_credential(setting, tls.certificate, tls.key)
    if tls.authorities is not None:
        read_certificates(f"{setting}.authorities", tls.authorities)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if tls.authorities is not None:
            context.load_verify_locations(cafile=tls.authorities)
        else:
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        # A password would be asked for on the terminal otherwise.
        context.load_cert_chain(tls.certificate, tls.key, password=lambda: b"")
    except (OSError, ssl.SSLError) as error:
        raise EndpointSetupError(f"{setting}: cannot be used for TLS ({type(error).__name__})") from None
    return context
