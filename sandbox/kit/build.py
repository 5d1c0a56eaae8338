"""Which cases a vendor's kit holds."""

from sandbox.kit import jwt_cases, saml_cases
from sandbox.kit.content_cases import content_cases, emergency_case
from sandbox.kit.encrypted_cases import encrypted_saml_cases, jwe_cases
from sandbox.kit.model import Case, Speaker


def cases_for(speaker: Speaker) -> tuple[Case, ...]:
    """Every case that this vendor's form of token and this service's keys allow."""
    if speaker.dialect.form == "saml":
        field, token = saml_cases.FIELD, saml_cases.response
        own = (*saml_cases.cases(), *encrypted_saml_cases(speaker))
    else:
        field, token = jwt_cases.FIELD, jwt_cases.token
        own = (*jwt_cases.cases(), *jwe_cases(speaker.jwks))
    said = (emergency_case(field, token),) if speaker.dialect.tells_purpose else ()
    return (*own, *content_cases(speaker.dialect, field, token), *said)
