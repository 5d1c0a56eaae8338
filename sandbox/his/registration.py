"""The files a vendor hands to hospital IT, for ``zorgtegel trust add``."""

from collections.abc import Iterable
from pathlib import Path

from sandbox.his.dialects import DIALECTS, Dialect
from sandbox.his.keys import VendorKeys
from sandbox.his.vendors import PRACTICE, Hospital, issuer_of, sign_on_url_of


def registration_text(his: str, portal_url: str, keys: VendorKeys, hospitals: Iterable[Hospital]) -> str:
    """One registration file, TOML.

    :param portal_url: the portal as a browser sees it: prefix of the issuer and the launch origin.
    :param hospitals: each gets a grant in its own environment, with this portal's one practice.
    """
    dialect = DIALECTS[his]
    lines = [
        f'issuer = "{issuer_of(his, portal_url)}"',
        f'name = "Sandbox {dialect.label}"',
        f'adapter = "{his}"',
        *([f'sign_on_url = "{sign_on_url_of(his, portal_url)}"'] if dialect.form == "saml" else []),
        "",
        "[[keys]]",
        *_key_lines(dialect, keys),
    ]
    for hospital in hospitals:
        lines += _grant_lines(dialect, hospital, portal_url)
    return "\n".join(lines) + "\n"


def _key_lines(dialect: Dialect, keys: VendorKeys) -> list[str]:
    """The key that launches are signed with, and for SAML the one of the back end's own messages too."""
    public = [
        f'kid = "{keys.jwt.kid}"',
        f'algorithm = "{keys.jwt.algorithm}"',
        f'public_key = """\n{keys.jwt.public_pem}"""',
    ]
    if dialect.form == "jwt":
        return public
    return [f'certificate = """\n{keys.saml.certificate_pem}"""', "[[keys]]", *public]


def _grant_lines(dialect: Dialect, hospital: Hospital, portal_url: str) -> list[str]:
    lines = [
        "",
        "[[grants]]",
        f'hospital = "{hospital.slug}"',
        f'environment = "{hospital.environment}"',
        f'launch_origins = ["{portal_url}"]',
        "[grants.roles]",
        *(f'"{sent}" = "{rolcode}"' for sent, rolcode in dialect.roles.items()),
    ]
    if dialect.organisation:
        sent = dialect.organisation.format(practice_agb=PRACTICE.agb_code)
        lines += ["[grants.organisations]", f'"{sent}" = "{PRACTICE.ura_number}"']
    return [
        *lines,
        "[[grants.practices]]",
        f'ura_number = "{PRACTICE.ura_number}"',
        f'name = "{PRACTICE.name}"',
    ]


def write_registrations(
    folder: Path, portal_url: str, keys: VendorKeys, hospitals: Iterable[Hospital]
) -> list[Path]:
    """One file per vendor, named as its adapter. :returns: their paths."""
    granted = list(hospitals)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for his in DIALECTS:
        file = folder / f"{his}.toml"
        file.write_text(registration_text(his, portal_url, keys, granted), "utf-8")
        files.append(file)
    return files
