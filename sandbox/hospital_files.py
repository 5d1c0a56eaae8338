"""Copies of the committed hospital files that point at this machine."""

import re
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.his.vendors import Hospital

PROJECT_HOSPITALS = Path(__file__).parent.parent / "hospitals"
PROFILES = "profiles"
"""Below the hospital files: display settings that several of them share."""


@dataclass(frozen=True, slots=True)
class LocalHospital:
    """A hospital file that was rewritten. :param number_root: OID of its own patient numbers."""

    hospital: Hospital
    receiver: str
    number_root: str


def write_local_hospitals(
    target: Path, service_url: str, zis_url: str, source: Path = PROJECT_HOSPITALS
) -> list[LocalHospital]:
    """Write each file of ``source`` into ``target``, served below ``service_url`` and asking ``zis_url``.

    Everything else in the files, comments included, stays as it is.

    :param service_url, zis_url: scheme, host and port.
    :raises ValueError: a file lacks what must change.
    """
    target.mkdir(parents=True, exist_ok=True)
    if (source / PROFILES).is_dir():
        shutil.copytree(source / PROFILES, target / PROFILES, dirs_exist_ok=True)
    written = []
    for file in sorted(source.glob("*.toml")):
        text = localised(file, f"{service_url}/{file.stem}", zis_url)
        (target / file.name).write_text(text, "utf-8")
        content = tomllib.loads(text)
        hospital = Hospital(file.stem, content["name"], content["base_url"])
        zis = content["zis"]
        written.append(LocalHospital(hospital, zis["receiver"], zis["patient_number_root"]))
    return written


def localised(file: Path, base_url: str, zis_url: str) -> str:
    """The text of a hospital file with other addresses.

    Every address at ``https://zis.<slug>.example`` goes to ``zis_url``, with its path.

    :raises ValueError: the file lacks a base_url, an environment or an address of its ZIS.
    """
    changes = {"base_url": base_url, "environment": "test"}
    text = _substitute(file.read_text("utf-8"), changes, file.name)
    text, count = re.subn(rf"https://zis\.{re.escape(file.stem)}\.example(?=/)", zis_url, text)
    if not count:
        raise ValueError(f"{file.name} should name an address at zis.{file.stem}.example")
    return text


def _substitute(text: str, changes: Mapping[str, str], file_name: str) -> str:
    for key, value in changes.items():
        text, count = re.subn(rf'^{key} = ".*"$', f'{key} = "{value}"', text, flags=re.MULTILINE)
        if count != 1:
            raise ValueError(f"{file_name} should have exactly one line for {key}")
    return text
