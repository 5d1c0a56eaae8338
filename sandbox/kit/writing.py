"""A kit as files: tokens, manifest, the script that posts them, the key to register and a guide."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from sandbox.kit import run
from sandbox.kit.model import Case, Speaker

FRESH = timedelta(seconds=75)
"""The golden tokens live for up to 120 s; the one that is not yet valid becomes so after 80 s."""

KEYS = "keys"
_TOKENS = "tokens"
_GUIDE = Path(__file__).with_name("guide.md")


def write_kit(folder: Path, speaker: Speaker, cases: Iterable[Case], origin: str) -> None:
    """Write everything but the keys, which are there already. What was there of an older kit is replaced.

    :param origin: of the vendor's pages, as its grant lists it.
    """
    tokens = folder / _TOKENS
    tokens.mkdir(parents=True, exist_ok=True)
    for old in tokens.glob("*.txt"):
        old.unlink()
    written = [_write_case(folder, case, speaker) for case in cases]
    manifest = {
        "issuer": speaker.content.issuer,
        "url": speaker.content.launch_url,
        "origin": origin,
        "made_at": _instant(speaker.now),
        "fresh_until": _instant(speaker.now + FRESH),
        "cases": written,
    }
    (folder / run.MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    script = folder / "run"
    script.write_text(Path(run.__file__).read_text("utf-8"), "utf-8")
    script.chmod(0o755)
    (folder / "registration.toml").write_text(registration_snippet(speaker), "utf-8")
    wrong = sum(1 for each in written if each["code"])
    guide = _GUIDE.read_text("utf-8").replace("{golden}", str(len(written) - wrong))
    (folder / "README.md").write_text(guide.replace("{wrong}", str(wrong)), "utf-8")


def registration_snippet(speaker: Speaker) -> str:
    """The lines that register the throw-away key, for the vendor's registration file in test."""
    head = "# The kit's throw-away key, for test only. Take it out when the kit is done.\n[[keys]]\n"
    if speaker.dialect.form == "saml":
        return f'{head}certificate = """\n{speaker.signers.certificate.certificate_pem}"""\n'
    key = speaker.signers.key
    return f'{head}kid = "{key.kid}"\nalgorithm = "{key.algorithm}"\npublic_key = """\n{key.public_pem}"""\n'


def _write_case(folder: Path, case: Case, speaker: Speaker) -> dict[str, object]:
    fields = []
    for number, (name, value) in enumerate(case.make(speaker), start=1):
        file = f"{_TOKENS}/{case.name}{f'-{number}' if number > 1 else ''}.txt"
        (folder / file).write_bytes(value.encode("utf-8", "surrogatepass"))
        fields.append([name, file])
    return {
        "name": case.name,
        "wrong": case.wrong,
        "code": case.code,
        "fields": fields,
        **({"origin": case.origin} if case.origin is not None else {}),
    }


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
