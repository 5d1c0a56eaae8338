"""Which elements and attributes a launch's SAML Response may hold (SAML core 2.0, XMLDSig core 1.1,
narrowed by security.md §4 as D12 amends it). What is not in these tables is refused."""

from collections.abc import Mapping

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"

ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
TRANSFORMS = (ENVELOPED, EXC_C14N)

RESPONSE = f"{{{SAMLP}}}Response"
ASSERTION = f"{{{SAML}}}Assertion"
ENCRYPTED_ASSERTION = f"{{{SAML}}}EncryptedAssertion"
ISSUER = f"{{{SAML}}}Issuer"
ATTRIBUTE = f"{{{SAML}}}Attribute"
ATTRIBUTE_VALUE = f"{{{SAML}}}AttributeValue"
SIGNATURE = f"{{{DS}}}Signature"

DECLARED = frozenset({SAML, SAMLP, DS, EXC_C14N, "http://www.w3.org/2001/XMLSchema", XSI, XML, XENC, XENC11})
"""Namespaces that may be declared anywhere; those of an issuer's adapter come on top."""

HL7 = "urn:hl7-org:v3"
FOREIGN = frozenset({HL7})
"""Namespaces that some adapter reads inside AttributeValue."""

WS_CLAIMS = "http://schemas.xmlsoap.org/ws/2009/09/identity/claims"
ORIGINAL_ISSUER = f"{{{WS_CLAIMS}}}OriginalIssuer"
"""Microsoft's token services put it on an Attribute; nothing reads it, the issuer's adapter must know it."""

MANY = 1000

CHILDREN: Mapping[str, Mapping[str, int]] = {
    f"{{{outer}}}{parent}": {f"{{{inner}}}{child}": most for inner, child, most in children}
    for outer, parent, children in (
        (
            SAMLP,
            "Response",
            (
                (SAML, "Issuer", 1),
                (DS, "Signature", 1),
                (SAMLP, "Status", 1),
                (SAML, "Assertion", 1),
                (SAML, "EncryptedAssertion", 1),
            ),
        ),
        (SAMLP, "Status", ((SAMLP, "StatusCode", 1), (SAMLP, "StatusMessage", 1))),
        (SAMLP, "StatusCode", ((SAMLP, "StatusCode", 1),)),
        (
            SAML,
            "Assertion",
            (
                (SAML, "Issuer", 1),
                (DS, "Signature", 1),
                (SAML, "Subject", 1),
                (SAML, "Conditions", 1),
                (SAML, "AttributeStatement", 1),
                (SAML, "AuthnStatement", 1),
            ),
        ),
        (SAML, "Subject", ((SAML, "NameID", MANY), (SAML, "SubjectConfirmation", MANY))),
        (SAML, "SubjectConfirmation", ((SAML, "SubjectConfirmationData", MANY),)),
        (SAML, "Conditions", ((SAML, "AudienceRestriction", MANY), (SAML, "OneTimeUse", 1))),
        (SAML, "AudienceRestriction", ((SAML, "Audience", MANY),)),
        (SAML, "AttributeStatement", ((SAML, "Attribute", MANY),)),
        (SAML, "Attribute", ((SAML, "AttributeValue", MANY),)),
        (SAML, "AuthnStatement", ((SAML, "SubjectLocality", 1), (SAML, "AuthnContext", 1))),
        (SAML, "AuthnContext", ((SAML, "AuthnContextClassRef", 1), (SAML, "AuthenticatingAuthority", 1))),
        (DS, "Signature", ((DS, "SignedInfo", 1), (DS, "SignatureValue", 1), (DS, "KeyInfo", 1))),
        (
            DS,
            "SignedInfo",
            ((DS, "CanonicalizationMethod", 1), (DS, "SignatureMethod", 1), (DS, "Reference", 1)),
        ),
        (DS, "Reference", ((DS, "Transforms", 1), (DS, "DigestMethod", 1), (DS, "DigestValue", 1))),
        (DS, "Transforms", ((DS, "Transform", 2),)),
        (DS, "Transform", ((EXC_C14N, "InclusiveNamespaces", 1),)),
        (DS, "KeyInfo", ((DS, "X509Data", 1),)),
        (
            DS,
            "X509Data",
            ((DS, "X509Certificate", 1), (DS, "X509IssuerSerial", 1), (DS, "X509SubjectName", 1)),
        ),
        (DS, "X509IssuerSerial", ((DS, "X509IssuerName", 1), (DS, "X509SerialNumber", 1))),
    )
}
"""Parent to the children it may have and how often at most. No entry: no children. ``MANY`` where a
repetition is the signed content's fault and gets its own code after verification."""

IDENTIFIED = frozenset({RESPONSE, ASSERTION})
"""The only elements that may carry an ID."""

INCLUSIVE_PREFIXES = frozenset({"xs", "xsd", "xsi"})
"""OpenSAML lists the schema prefix when a value has an ``xsi:type``; nothing else has a reason to."""
