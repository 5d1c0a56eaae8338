"""The two vendors that this provider is, and the files they hand to hospital IT."""

from collections.abc import Iterable
from pathlib import Path

from sandbox.his.dialects import DIALECTS
from sandbox.his.vendors import PRACTICE, Hospital
from sandbox.idp.keys import IdpKeys

CLIENT_ID = "zorgtegel"
"""Who the service is here."""


def sign_on_issuer(idp_url: str) -> str:
    """The vendor of two-hop launches."""
    return f"{idp_url}/oidc"


def smart_issuer(idp_url: str) -> str:
    """The vendor of SMART launches."""
    return f"{idp_url}/smart"


def fhir_base_url(idp_url: str) -> str:
    """``iss`` of a SMART launch."""
    return f"{idp_url}/fhir"


def write_idp_registrations(
    folder: Path, idp_url: str, keys: IdpKeys, hospitals: Iterable[Hospital]
) -> list[Path]:
    """``sign-on.toml`` and ``smart.toml`` for ``zorgtegel trust add``. :returns: their paths."""
    granted = list(hospitals)
    folder.mkdir(parents=True, exist_ok=True)
    sign_on = [
        *_head(sign_on_issuer(idp_url), "Sandbox log-in bij het HIS", "jwt"),
        f'sign_on_url = "{idp_url}/oidc/authorize"',
        "[[keys]]",
        f'kid = "{keys.sign_on.kid}"',
        f'algorithm = "{keys.sign_on.algorithm}"',
        f'public_key = """\n{keys.sign_on.public_pem}"""',
    ]
    smart = [
        *_head(smart_issuer(idp_url), "Sandbox SMART on FHIR", "epic"),
        f'fhir_base_url = "{fhir_base_url(idp_url)}"',
        f'jwks_url = "{idp_url}/smart/jwks.json"',
    ]
    files = []
    for name, head, adapter, grade in (
        ("sign-on", sign_on, "jwt", "two_hop"),
        ("smart", smart, "epic", "smart"),
    ):
        grants = [line for hospital in granted for line in _grant(hospital, idp_url, adapter, grade)]
        file = folder / f"{name}.toml"
        file.write_text("\n".join([*head, *grants]) + "\n", "utf-8")
        files.append(file)
    return files


def _head(issuer: str, name: str, adapter: str) -> list[str]:
    return [
        f'issuer = "{issuer}"',
        f'name = "{name}"',
        f'adapter = "{adapter}"',
        f'client_id = "{CLIENT_ID}"',
    ]


def _grant(hospital: Hospital, idp_url: str, adapter: str, grade: str) -> list[str]:
    return [
        "[[grants]]",
        f'hospital = "{hospital.slug}"',
        f'environment = "{hospital.environment}"',
        f'launch_origins = ["{idp_url}"]',
        f'minimum_grade = "{grade}"',
        "[grants.roles]",
        *(f'"{sent}" = "{rolcode}"' for sent, rolcode in DIALECTS[adapter].roles.items()),
        "[[grants.practices]]",
        f'ura_number = "{PRACTICE.ura_number}"',
        f'name = "{PRACTICE.name}"',
    ]
