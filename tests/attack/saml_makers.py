"""Makers of bad SAML Responses. Wrapped documents keep a genuine signature that still verifies."""

import base64
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree
from lxml.etree import _Element

from sandbox.his.tokens import encode_saml, mint_saml
from sandbox.kit.saml_changes import Change, assertion_of, ds, find, signature_of
from tests.attack.cases import Maker
from tests.launch_stage import SAML_ISSUER, Stage, certificate

EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"


def genuine(stage: Stage, **options: Any) -> bytes:
    """A signed Response that the stage accepts, unless ``options`` of ``mint_saml`` spoil it."""
    return base64.b64decode(mint_saml(stage.content(SAML_ISSUER), certificate(), now=stage.now, **options))


def minted(**options: Any) -> Maker:
    return lambda stage: encode_saml(genuine(stage, **options))


def before(change: Change) -> Maker:
    """Change the Response in place before its Assertion is signed."""
    return minted(before_signing=change)


def after(change: Change, **options: Any) -> Maker:
    """Change the signed tree; ``change`` may return another root."""

    def make(stage: Stage) -> str:
        root = etree.fromstring(genuine(stage, **options))
        changed = change(root)
        return encode_saml(etree.tostring(root if changed is None else changed))

    return make


def raw(change: Callable[[bytes], bytes], **options: Any) -> Maker:
    """Change the signed bytes."""
    return minted(after_signing=change, **options)


def replaced(old: bytes, new: bytes) -> Maker:
    def change(signed: bytes) -> bytes:
        assert old in signed
        return signed.replace(old, new)

    return raw(change)


def text(change: Callable[[str], str]) -> Maker:
    """Change the form value."""
    return lambda stage: change(encode_saml(genuine(stage)))


def signed_again(root: _Element, prefixes: list[str]) -> None:
    """Sign the Assertion by hand, with an InclusiveNamespaces PrefixList, which signxml does not write."""
    signature = signature_of(assertion_of(root))
    last = list(signature.iter(ds("Transform")))[-1]
    etree.SubElement(last, f"{{{EXC_C14N}}}InclusiveNamespaces", PrefixList=" ".join(prefixes))
    covered = etree.fromstring(etree.tostring(assertion_of(root)))
    covered.remove(signature_of(covered))
    canonical = etree.tostring(covered, method="c14n", exclusive=True, inclusive_ns_prefixes=prefixes)
    find(signature, ds("DigestValue")).text = base64.b64encode(sha256(canonical).digest()).decode()
    signed_info = etree.fromstring(etree.tostring(find(signature, ds("SignedInfo"))))
    value = certificate().private.sign(
        etree.tostring(signed_info, method="c14n", exclusive=True), PKCS1v15(), SHA256()
    )
    find(signature, ds("SignatureValue")).text = base64.b64encode(value).decode()
