"""A signed Assertion of nobody: what is verified in place of one that could not be opened.

AES-CBC does not notice a changed ciphertext. Whether the changed text is still readable XML must not
show in the time that a refusal takes, so that much the same work follows either way (attack A100).
"""

import base64
from html import escape

from launch.saml_grammar import DS, ENVELOPED, EXC_C14N, SAML

DECOY_ID = "_decoy0123456789abcdef"
_VALUES = 12


def decoy_assertion(issuer: str, method: str, digest: str, size: int) -> bytes:
    """An Assertion of about ``size`` bytes in the narrow shape, with a signature that never verifies.

    :param issuer: the text that its Issuer must have.
    :param method, digest: URIs of the signature's algorithms.
    """
    signature = base64.b64encode(b"\x01" * (64 if "ecdsa" in method else 256)).decode("ascii")
    frame = len(issuer) + 2000
    filling = "x" * max(1, (size - frame) // _VALUES)
    values = "".join(
        f'<Attribute Name="decoy.{number}"><AttributeValue>{filling}</AttributeValue></Attribute>'
        for number in range(_VALUES)
    )
    return (
        f'<Assertion xmlns="{SAML}" ID="{DECOY_ID}" Version="2.0" IssueInstant="2000-01-01T00:00:00Z">'
        f"<Issuer>{escape(issuer)}</Issuer>"
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{EXC_C14N}"/><ds:SignatureMethod Algorithm="{method}"/>'
        f'<ds:Reference URI="#{DECOY_ID}"><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"/>'
        f'<ds:Transform Algorithm="{EXC_C14N}"/></ds:Transforms><ds:DigestMethod Algorithm="{digest}"/>'
        "<ds:DigestValue>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</ds:DigestValue>"
        "</ds:Reference></ds:SignedInfo>"
        f"<ds:SignatureValue>{signature}</ds:SignatureValue></ds:Signature>"
        "<Subject><NameID>decoy</NameID>"
        '<SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><SubjectConfirmationData'
        ' Recipient="urn:decoy" NotOnOrAfter="2000-01-01T00:00:00Z"/></SubjectConfirmation></Subject>'
        '<Conditions NotBefore="2000-01-01T00:00:00Z" NotOnOrAfter="2000-01-01T00:00:00Z">'
        "<AudienceRestriction><Audience>urn:decoy</Audience></AudienceRestriction></Conditions>"
        f"<AttributeStatement>{values}</AttributeStatement>"
        "</Assertion>"
    ).encode()
