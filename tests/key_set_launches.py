"""Launches through the whole product by a vendor that publishes its keys."""

from sandbox.his.content import SigningKey
from sandbox.his.registration import registration_text
from sandbox.his.tokens import mint_jwt
from sandbox.his.vendors import Hospital
from tests.stack import Stack

PERSONA = "consent_given"
ACCEPTED = (303, "")
"""What ``launch`` says of a launch that is accepted."""


def issuer_of(stack: Stack, name: str = "jwks") -> str:
    return f"{stack.his.url}/{name}"


def register(stack: Stack, jwks_url: str, name: str = "jwks") -> None:
    """A vendor like the sandbox's JWT vendor, with a key set instead of keys."""
    hospital = Hospital("cwz", "cwz", stack.base_url(), "test")
    text = registration_text("jwt", stack.his.url, stack.his.keys, [hospital])
    head, _, rest = text.partition("[[keys]]")
    grants = rest[rest.index("[[grants]]") :]
    head = head.replace(stack.his.issuer("jwt"), issuer_of(stack, name))
    stack.product.register(f'{head}\njwks_url = "{jwks_url}"\n{grants}')


def launch(stack: Stack, key: SigningKey, name: str = "jwks") -> tuple[int, str]:
    """HTTP status, and the code in the one record that this launch left (empty when accepted)."""
    before = len(stack.records("LAUNCH_DECISION"))
    content = stack.content(PERSONA, issuer=issuer_of(stack, name))
    reply = stack.new_browser().launch({"token": mint_jwt(content, key, now=stack.clock.now())})
    (record,) = stack.records("LAUNCH_DECISION")[before:]
    code = str(record.fields.get("code") or "")
    assert code in reply.body
    if code:
        assert not stack.records("CONTEXT_OPENED")
        assert not stack.zis.requests
    return reply.status, code


def refresh(stack: Stack) -> None:
    """What the housekeeper does every minute."""
    while stack.product.services.published_keys.refresh_one_due():
        continue
