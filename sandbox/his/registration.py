"""The files a vendor hands to hospital IT, for ``zorgtegel trust add``."""

from collections.abc import Iterable
from pathlib import Path

from sandbox.his.content import SNOMED_OID, SNOMED_URI
from sandbox.his.keys import VendorKeys
from sandbox.his.vendors import PRACTICE, His, Hospital, issuer_of

GP_ROLE = "62247001"
ROLCODE_GP = "01.015"
_NAMES = {His.VIPLIVE: "Sandbox VIPLive", His.JWT: "Sandbox JWT-HIS"}


def registration_text(his: His, portal_url: str, keys: VendorKeys, hospitals: Iterable[Hospital]) -> str:
    """One registration file, TOML.

    :param portal_url: the portal as a browser sees it: prefix of the issuer and the launch origin.
    :param hospitals: each gets a grant in its own environment, with this portal's one practice.
    """
    lines = [
        f'issuer = "{issuer_of(his, portal_url)}"',
        f'name = "{_NAMES[his]}"',
        f'adapter = "{his}"',
        "",
        "[[keys]]",
        *_key_lines(his, keys),
    ]
    for hospital in hospitals:
        lines += _grant_lines(hospital, portal_url)
    return "\n".join(lines) + "\n"


def _key_lines(his: His, keys: VendorKeys) -> list[str]:
    if his is His.VIPLIVE:
        return [f'certificate = """\n{keys.saml.certificate_pem}"""']
    return [
        f'kid = "{keys.jwt.kid}"',
        f'algorithm = "{keys.jwt.algorithm}"',
        f'public_key = """\n{keys.jwt.public_pem}"""',
    ]


def _grant_lines(hospital: Hospital, portal_url: str) -> list[str]:
    return [
        "",
        "[[grants]]",
        f'hospital = "{hospital.slug}"',
        f'environment = "{hospital.environment}"',
        f'launch_origins = ["{portal_url}"]',
        "[grants.roles]",
        f'"{SNOMED_OID}|{GP_ROLE}" = "{ROLCODE_GP}"',
        f'"{SNOMED_URI}|{GP_ROLE}" = "{ROLCODE_GP}"',
        "[[grants.practices]]",
        f'ura_number = "{PRACTICE.ura_number}"',
        f'name = "{PRACTICE.name}"',
    ]


def write_registrations(
    folder: Path, portal_url: str, keys: VendorKeys, hospitals: Iterable[Hospital]
) -> list[Path]:
    """One file per vendor, ``viplive.toml`` and ``jwt.toml``. :returns: their paths."""
    granted = list(hospitals)
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for his in His:
        file = folder / f"{his}.toml"
        file.write_text(registration_text(his, portal_url, keys, granted), "utf-8")
        files.append(file)
    return files
