"""The HIS's own server beside the whole product: what it sends without a browser."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sandbox.his.backend import Answer, client_assertion, ended_message, post_form, ticket_fields
from sandbox.his.content import LaunchContent, SigningKey
from sandbox.his.dialects import DIALECTS
from tests.stack import Stack

_NOTHING: Mapping[str, object] = MappingProxyType({})


class Backend:
    """:param his: the vendor whose server it is."""

    def __init__(self, stack: Stack, his: str = "jwt") -> None:
        self.stack = stack
        self.his = his

    @property
    def issuer(self) -> str:
        return self.stack.his.issuer(self.his)

    def assertion(
        self,
        changes: Mapping[str, object] = _NOTHING,
        *,
        hospital: str = "cwz",
        key: SigningKey | None = None,
    ) -> str:
        """A client assertion that is issued now. :param changes: other claims; None leaves one out."""
        stack = self.stack
        address = f"{stack.base_url(hospital)}/launch/ticket"
        return client_assertion(self.issuer, address, key or stack.his.keys.jwt, stack.clock.now(), changes)

    def token(
        self, persona: str = "consent_given", *, hospital: str = "cwz", **changes: Any
    ) -> dict[str, str]:
        """The form field of a launch that is issued now."""
        click = self.stack.click(self.his, persona, hospital=hospital, **changes)
        return self.stack.form(self.his, click)

    def ask(self, fields: Mapping[str, str], *, hospital: str = "cwz") -> Answer:
        """POST to the door for tickets."""
        return post_form(f"{self.stack.base_url(hospital)}/launch/ticket", fields)

    def ticket(
        self, persona: str = "consent_given", *, hospital: str = "cwz", **changes: Any
    ) -> dict[str, str]:
        """The form field of a good ticket, for the browser."""
        token = self.token(persona, hospital=hospital, **changes)
        answer = self.ask(ticket_fields(token, self.assertion(hospital=hospital)), hospital=hospital)
        assert answer.status == 200, answer
        return {"ticket": str(answer.content["ticket"])}

    def message(
        self,
        content: LaunchContent,
        event: str,
        changes: Mapping[str, object] = _NOTHING,
        *,
        hospital: str = "cwz",
        key: SigningKey | None = None,
    ) -> str:
        """A context-ended message that is issued now. :param changes: other claims; None leaves one out."""
        stack = self.stack
        address = f"{stack.base_url(hospital)}/context-ended"
        signer = key or stack.his.keys.jwt
        return ended_message(content, DIALECTS[self.his], address, event, signer, stack.clock.now(), changes)

    def say(self, token: str, *, hospital: str = "cwz") -> Answer:
        """POST to the door for endings."""
        return post_form(f"{self.stack.base_url(hospital)}/context-ended", {"token": token})
