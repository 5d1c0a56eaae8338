"""What is read before the signature is what is verified: one parse, or bytes that mean the same (A146)."""

import base64
from collections.abc import Callable

import pytest
from joserfc import jws
from lxml import etree

from launch import saml_token
from launch.errors import LaunchRefusedError
from sandbox.his.tokens import encode_saml, mint_jwt
from tests.attack.expected import expected
from tests.attack.saml_makers import genuine
from tests.launch_stage import GENUINE_BSN, Stage, jwt_key

OTHER_BSN = b"999999151"
_REDECLARED = b'<saml:Subject xmlns:saml="urn:x">'
_TWINS: dict[str, Callable[[bytes], bytes]] = {
    "UTF-16": lambda raw: raw.decode().encode("utf-16"),
    "declared as Latin 1": lambda raw: b'<?xml version="1.0" encoding="iso-8859-1"?>' + raw,
    "declared as UTF-16": lambda raw: b'<?xml version="1.0" encoding="utf-16"?>' + raw,
    "byte order mark": lambda raw: b"\xef\xbb\xbf" + raw,
    "overlong": lambda raw: raw.replace(GENUINE_BSN.encode(), b"\xc0\xb9" + GENUINE_BSN.encode()[1:]),
    "surrogate": lambda raw: raw.replace(GENUINE_BSN.encode(), b"\xed\xa0\x80" + GENUINE_BSN.encode()),
    "NUL": lambda raw: raw.replace(GENUINE_BSN.encode(), GENUINE_BSN.encode() + b"\x00" + OTHER_BSN),
    "attribute twice": lambda raw: raw.replace(b' ID="', b' ID="x" ID="', 1),
    "behind the root": lambda raw: raw + raw,
    "comment": lambda raw: raw.replace(GENUINE_BSN.encode(), OTHER_BSN + b"<!---->" + GENUINE_BSN.encode()),
    "CDATA": lambda raw: raw.replace(
        GENUINE_BSN.encode(), b"<![CDATA[" + OTHER_BSN + b"]]>" + GENUINE_BSN.encode()
    ),
    "prefix declared anew": lambda raw: raw.replace(
        b"<saml:Subject>", b'<saml:Subject xmlns:saml="urn:x">', 1
    ),
}


@pytest.mark.proves("attack:A146")
@pytest.mark.parametrize("kind", list(_TWINS))
def test_document_that_two_parsers_could_read_differently_is_refused(kind: str) -> None:
    stage = Stage()
    raw = genuine(stage)
    twin = _TWINS[kind](raw)
    assert twin != raw
    with pytest.raises(LaunchRefusedError):
        stage.verify_saml(encode_saml(twin))


@pytest.mark.proves("attack:A146")
@pytest.mark.parametrize("form", ["line breaks", "URL-safe", "padding", "white space", "trailing bits"])
def test_form_value_has_one_reading(form: str) -> None:
    stage = Stage()
    text = encode_saml(genuine(stage))
    bent = {
        "line breaks": "\n".join(text[start : start + 76] for start in range(0, len(text), 76)),
        "URL-safe": text.replace("+", "-").replace("/", "_") + "_-__",
        "padding": text + "====",
        "white space": " " + text,
        "trailing bits": text.rstrip("=")[:-1] + "!",
    }[form]
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify_saml(bent)
    assert refused.value.code == expected("A095").code


@pytest.mark.proves("attack:A146")
def test_claims_of_a_jwt_are_read_from_the_bytes_that_the_library_verified(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A library that took the token apart in another way than our decoder is caught by comparing bytes."""
    stage = Stage()
    token = mint_jwt(stage.content(), jwt_key(), now=stage.now)
    assert stage.verify(token).bsn.reveal() == GENUINE_BSN
    other = mint_jwt(stage.content(bsn=OTHER_BSN.decode()), jwt_key(), now=stage.now)
    deserialize = jws.deserialize_compact
    monkeypatch.setattr(jws, "deserialize_compact", lambda text, *a, **k: deserialize(other, *a, **k))
    with pytest.raises(LaunchRefusedError) as refused:
        stage.verify(token)
    assert refused.value.code == expected("signature-wrong").code


@pytest.mark.proves("attack:A146")
def test_content_of_a_response_is_what_the_signature_covers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the pre-check saw is changed after the check, and that changes nothing."""
    stage = Stage()
    decode = saml_token.decode_saml

    def decode_and_change(text: str) -> saml_token.SamlDocument:
        document = decode(text)
        for value in document.root.iter(etree.Element):
            if value.text == GENUINE_BSN:
                value.text = OTHER_BSN.decode()
        return document

    monkeypatch.setattr("launch.proving.decode_saml", decode_and_change)
    text = encode_saml(genuine(stage))
    assert OTHER_BSN not in base64.b64decode(text)
    assert stage.verify_saml(text).bsn.reveal() == GENUINE_BSN
