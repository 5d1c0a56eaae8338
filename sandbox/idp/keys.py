"""What the provider signs with: made at first start, kept in a folder."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from sandbox.his.content import SigningKey, new_es256_key, new_rsa_key

_SIGN_ON = "sign-on-key.pem"
_SMART = "smart-key.pem"
_SIGN_ON_KID, _SMART_KID = "sign-on-2026-11", "smart-2026-11"


@dataclass(frozen=True, slots=True)
class IdpKeys:
    """:param sign_on: registered by hand. :param smart: published at a JWKS URL, RSA as many EHRs have it."""

    sign_on: SigningKey
    smart: SigningKey


def load_or_make_idp_keys(folder: Path | None) -> IdpKeys:
    """The keys in ``folder``, made there when absent; without a folder fresh ones that nobody keeps."""
    if folder is None:
        return IdpKeys(new_es256_key(_SIGN_ON_KID), new_rsa_key(_SMART_KID))
    if not (folder / _SMART).exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = load_or_make_idp_keys(None)
        _write(folder / _SIGN_ON, fresh.sign_on)
        _write(folder / _SMART, fresh.smart)
    sign_on = serialization.load_pem_private_key((folder / _SIGN_ON).read_bytes(), None)
    smart = serialization.load_pem_private_key((folder / _SMART).read_bytes(), None)
    if not isinstance(sign_on, ec.EllipticCurvePrivateKey) or not isinstance(smart, rsa.RSAPrivateKey):
        raise ValueError("the key folder holds other kinds of keys")
    return IdpKeys(SigningKey(_SIGN_ON_KID, "ES256", sign_on), SigningKey(_SMART_KID, "RS256", smart))


def _write(file: Path, key: SigningKey) -> None:
    file.touch(mode=0o600)
    file.write_bytes(
        key.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
