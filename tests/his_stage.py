"""A dialect's words as the verifier hands them to an adapter, whole or changed in one place."""

from collections.abc import Mapping

from launch.claims import CodedValue, SignedToken, TokenForm
from sandbox.his.content import LaunchContent
from sandbox.his.dialects import DIALECTS
from sandbox.his.vendors import USERS, Hospital, launch_content
from sandbox.patients import load_personas
from tests.clock import START

PERSONA = load_personas()["consent_given"]
TARGET = Hospital("cwz", "CWZ", "https://dossier.cwz.example")
REGISTERED = ("iss", "aud", "jti", "iat", "nbf", "exp")

Attributes = Mapping[str, tuple[str | CodedValue, ...]]


def click(his: str) -> LaunchContent:
    """A good click on this vendor's tile."""
    return launch_content(PERSONA, TARGET, his, USERS["arts"], "https://portal.example")


def said(his: str) -> dict[str, object]:
    """Everything that the vendor says at a good click, by name."""
    return DIALECTS[his].say(click(his), START)


def signed(his: str, words: Mapping[str, object] | None = None) -> SignedToken:
    """What was signed. :param words: by default everything."""
    words = said(his) if words is None else words
    content = click(his)
    if DIALECTS[his].form == "jwt":
        registered = dict.fromkeys(REGISTERED, "")
        subject = words.get("sub")
        return SignedToken(
            TokenForm.JWT, subject if isinstance(subject, str) else None, {**registered, **words}, {}
        )
    attributes = {name: (_value(word),) for name, word in words.items()}
    return SignedToken(TokenForm.SAML, content.user_id, {}, attributes)


def _value(word: object) -> str | CodedValue:
    if isinstance(word, str):
        return word
    assert isinstance(word, dict)
    code, system = ("extension", "root") if "extension" in word else ("code", "codeSystem")
    return CodedValue(word[code], word[system], word.get("displayName"))
