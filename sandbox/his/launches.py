"""From a click on a tile to the form that is posted: genuine, or wrong in one chosen way."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from lxml import etree
from lxml.etree import _Element as Element

from sandbox.his.content import LaunchContent, new_token_id
from sandbox.his.dialects import DIALECTS, Dialect
from sandbox.his.keys import VendorKeys
from sandbox.his.saml import SAML, add_original_issuer, mint_saml, saml_attributes
from sandbox.his.tokens import encode_segment, jwt_claims, mint_jwt, object_with_duplicates, sign_segments
from sandbox.his.vendors import URA_ROOT, His

Fields = tuple[tuple[str, str], ...]
"""Names and values of the form, in order."""

_OTHER_BSN = "999904309"
_UNMAPPED_ROLE = "224610007"
_EMERGENCY = "ETREAT"
_LONG_SECONDS = 3600
_FAR = timedelta(minutes=10)
_STRANGE_URA = "90000099"
_STRANGE_AGB = "05090099"


class LaunchFault(StrEnum):
    """What can be wrong with a launch. ``replayed`` is the portal's own affair: it sends a token again."""

    EXPIRED = "expired"
    FUTURE = "future"
    TOO_LONG = "too_long"
    WRONG_AUDIENCE = "wrong_audience"
    BAD_SIGNATURE = "bad_signature"
    UNKNOWN_ISSUER = "unknown_issuer"
    REPLAYED = "replayed"
    BSN_INVALID = "bsn_invalid"
    NO_BIRTHDATE = "no_birthdate"
    ROLE_UNKNOWN = "role_unknown"
    EMERGENCY = "emergency"
    PRACTICE_UNKNOWN = "practice_unknown"
    NO_TOKEN = "no_token"  # noqa: S105  # a name of a fault, no secret
    BOTH_TOKENS = "both_tokens"
    ALG_NONE = "alg_none"
    HS256 = "hs256"
    DUPLICATE_KEYS = "duplicate_keys"
    WRAPPED = "wrapped"
    COMMENT_IN_BSN = "comment_in_bsn"
    DOCTYPE = "doctype"


JWT_ONLY = frozenset({LaunchFault.ALG_NONE, LaunchFault.HS256, LaunchFault.DUPLICATE_KEYS})
SAML_ONLY = frozenset({LaunchFault.WRAPPED, LaunchFault.COMMENT_IN_BSN, LaunchFault.DOCTYPE})


def applies(fault: LaunchFault, his: str) -> bool:
    """Whether this vendor's kind of token can be wrong in this way."""
    dialect = DIALECTS[his]
    if fault is LaunchFault.EMERGENCY:
        return dialect.tells_purpose
    if fault is LaunchFault.COMMENT_IN_BSN and not dialect.bsn_is_text:
        return False
    return fault not in (SAML_ONLY if dialect.form == "jwt" else JWT_ONLY)


@dataclass(frozen=True, slots=True)
class Minter:
    """Makes the form fields of one vendor. :param now: aware, the moment of the click."""

    keys: VendorKeys
    his: str

    def fields(self, content: LaunchContent, now: datetime, fault: LaunchFault | None = None) -> Fields:
        """The fields to post.

        :raises ValueError: the fault does not exist for this vendor's tokens.
        """
        if fault and not applies(fault, self.his):
            raise ValueError("this fault belongs to the other kind of token")
        if fault is LaunchFault.NO_TOKEN:
            return ()
        said, moment = _misled(content, now, fault)
        if fault is LaunchFault.BOTH_TOKENS:
            twin = replace(said, token_id=new_token_id())
            return (
                ("token", self._jwt(His.JWT, said, moment, None)),
                ("SAMLResponse", self._saml(DIALECTS[His.VIPLIVE], twin, moment, None)),
            )
        if DIALECTS[self.his].form == "jwt":
            return (("token", self._jwt(self.his, said, moment, fault)),)
        return (("SAMLResponse", self._saml(DIALECTS[self.his], said, moment, fault)),)

    def _jwt(self, his: str, content: LaunchContent, now: datetime, fault: LaunchFault | None) -> str:
        key, claims = self.keys.jwt, jwt_claims(content, now, his)
        header = {"typ": "his-launch+jwt", "kid": key.kid}
        if fault is LaunchFault.ALG_NONE:
            return sign_segments(_json(header | {"alg": "none"}), _json(claims), key.private, "none")
        if fault is LaunchFault.HS256:
            secret = key.public_pem.encode()
            return sign_segments(_json(header | {"alg": "HS256"}), _json(claims), secret, "HS256")
        body = _json(claims)
        if fault is LaunchFault.DUPLICATE_KEYS:
            name = DIALECTS[his].bsn_name
            body = object_with_duplicates([*claims.items(), (name, claims[name])])
        token = mint_jwt(content, key, now=now, claims=body)
        if fault is LaunchFault.BAD_SIGNATURE:
            return _with_other_payload(token, _json(claims | {"sub": "1"}))
        return token

    def _saml(
        self, dialect: Dialect, content: LaunchContent, now: datetime, fault: LaunchFault | None
    ) -> str:
        def before_signing(root: Element) -> None:
            if dialect.original_issuer:
                add_original_issuer(root, dialect.original_issuer)
            if fault is LaunchFault.COMMENT_IN_BSN:
                _split_bsn(_bsn_value(root, dialect.bsn_name))

        def after_signing(raw: bytes) -> bytes:
            change = _AFTER_SIGNING.get(fault) if fault else None
            return change(raw, dialect.bsn_name) if change else raw

        return mint_saml(
            content,
            self.keys.saml,
            now=now,
            attributes=saml_attributes(dialect, content),
            before_signing=before_signing,
            after_signing=after_signing,
        )


def _misled(
    content: LaunchContent, now: datetime, fault: LaunchFault | None
) -> tuple[LaunchContent, datetime]:
    """Faults that any form of token can carry: other content, or another moment."""
    moments = {LaunchFault.EXPIRED: now - _FAR, LaunchFault.FUTURE: now + _FAR}
    last = (int(content.bsn[-1]) + 1) % 10
    contents = {
        LaunchFault.TOO_LONG: replace(content, lifetime_seconds=_LONG_SECONDS),
        LaunchFault.WRONG_AUDIENCE: replace(
            content, launch_url=f"{content.launch_url}-elders", entity_id=f"{content.entity_id}-elders"
        ),
        LaunchFault.UNKNOWN_ISSUER: replace(content, issuer=f"{content.issuer}-onbekend"),
        LaunchFault.BSN_INVALID: replace(content, bsn=f"{content.bsn[:-1]}{last}"),
        LaunchFault.NO_BIRTHDATE: replace(content, birth_date=""),
        LaunchFault.EMERGENCY: replace(content, purpose=_EMERGENCY),
        LaunchFault.ROLE_UNKNOWN: replace(content, role=_UNMAPPED_ROLE),
        LaunchFault.PRACTICE_UNKNOWN: replace(
            content,
            practice_ura=_STRANGE_URA,
            practice_oid=f"{URA_ROOT}.{_STRANGE_URA}",
            practice_agb=_STRANGE_AGB,
        ),
    }
    if fault is None:
        return content, now
    return contents.get(fault, content), moments.get(fault, now)


def _json(members: Mapping[str, object]) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()


def _with_other_payload(token: str, payload: bytes) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{encode_segment(payload)}.{signature}"


def _split_bsn(value: Element) -> None:
    """A comment in the middle: canonicalisation drops it, a careless reader sees half the number."""
    digits = value.text or ""
    value.text = digits[:5]
    comment = etree.Comment("")
    comment.tail = digits[5:]
    value.append(comment)


def _bsn_value(root: Element, name: str) -> Element:
    attributes = root.iter(f"{{{SAML}}}Attribute")
    attribute = next(each for each in attributes if each.get("Name") == name)
    return attribute[0]


def _put_other_bsn(root: Element, name: str) -> None:
    value = _bsn_value(root, name)
    if len(value):
        value[0].set("extension", _OTHER_BSN)
    else:
        value.text = _OTHER_BSN + (value.text or "")[len(_OTHER_BSN) :]


def _wrap(raw: bytes, name: str) -> bytes:
    """XSW3: a forged assertion in front of the one that is really signed."""
    root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    genuine = next(root.iter(f"{{{SAML}}}Assertion"))
    forged = deepcopy(genuine)
    forged.set("ID", new_token_id())
    for signature in list(forged.iter("{http://www.w3.org/2000/09/xmldsig#}Signature")):
        forged.remove(signature)
    _put_other_bsn(forged, name)
    root.insert(root.index(genuine), forged)
    return etree.tostring(root)


def _tamper(raw: bytes, name: str) -> bytes:
    """Another patient in a signed assertion."""
    root = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True))
    _put_other_bsn(root, name)
    return etree.tostring(root)


def _with_doctype(raw: bytes, _: str) -> bytes:
    return b"<!DOCTYPE samlp:Response>" + raw


_AFTER_SIGNING: Mapping[LaunchFault, Callable[[bytes, str], bytes]] = {
    LaunchFault.BAD_SIGNATURE: _tamper,
    LaunchFault.WRAPPED: _wrap,
    LaunchFault.DOCTYPE: _with_doctype,
}
