"""Our SAML metadata: what a HIS's identity provider must know of this hospital's door (SAML metadata 2.0)."""

from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from lxml.etree import _Element

from context.hospital import Hospital
from launch.own_keys import RSA_OAEP_256, OwnKey, OwnKeys
from launch.saml_encryption import AES_256_GCM, DIGEST_SHA256, MGF1_SHA256, RSA_OAEP
from launch.saml_grammar import DS, SAMLP, XENC11

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
POST_BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_CACHE_DURATION = "PT4H"


def build_metadata(hospital: Hospital, keys: OwnKeys, now: datetime) -> bytes:
    """An ``EntityDescriptor`` for one hospital, UTF-8.

    Current keys stand first; certificates are wrappings of keys only, to be compared and not validated.

    :param now: aware; keys past their end are left out.
    """
    entity = etree.Element(
        f"{{{MD}}}EntityDescriptor",
        {"entityID": hospital.entity_id, "cacheDuration": _CACHE_DURATION},
        nsmap={"md": MD, "ds": DS, "xenc11": XENC11},
    )
    signing = [key.certificate for key in keys.signing(now)]
    role = etree.SubElement(
        entity,
        f"{{{MD}}}SPSSODescriptor",
        {
            "protocolSupportEnumeration": SAMLP,
            "AuthnRequestsSigned": "true" if signing else "false",
            "WantAssertionsSigned": "true",
        },
    )
    _add_certificates(role, "signing", signing)
    for descriptor in _add_certificates(role, "encryption", _encrypting(keys.opening(now))):
        _add_methods(descriptor)
    etree.SubElement(
        role,
        f"{{{MD}}}AssertionConsumerService",
        {"Binding": POST_BINDING, "Location": hospital.launch_url, "index": "0", "isDefault": "true"},
    )
    return etree.tostring(entity, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _encrypting(keys: Iterable[OwnKey]) -> list[x509.Certificate | None]:
    return [key.certificate for key in keys if key.algorithm == RSA_OAEP_256]


def _add_certificates(
    role: _Element, use: str, certificates: Iterable[x509.Certificate | None]
) -> list[_Element]:
    return [_add_certificate(role, use, each) for each in certificates if each is not None]


def _add_certificate(role: _Element, use: str, certificate: x509.Certificate) -> _Element:
    descriptor = etree.SubElement(role, f"{{{MD}}}KeyDescriptor", {"use": use})
    info = etree.SubElement(descriptor, f"{{{DS}}}KeyInfo")
    data = etree.SubElement(info, f"{{{DS}}}X509Data")
    lines = certificate.public_bytes(Encoding.PEM).decode("ascii").splitlines()
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = "".join(lines[1:-1])
    return descriptor


def _add_methods(descriptor: _Element) -> None:
    """What may be used with this key, strongest and only: relaxations are a hospital's own affair."""
    etree.SubElement(descriptor, f"{{{MD}}}EncryptionMethod", {"Algorithm": AES_256_GCM})
    transport = etree.SubElement(descriptor, f"{{{MD}}}EncryptionMethod", {"Algorithm": RSA_OAEP})
    etree.SubElement(transport, f"{{{DS}}}DigestMethod", {"Algorithm": DIGEST_SHA256})
    etree.SubElement(transport, f"{{{XENC11}}}MGF", {"Algorithm": MGF1_SHA256})
