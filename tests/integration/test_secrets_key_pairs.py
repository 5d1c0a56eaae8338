"""Our own key pairs in the secrets file: what is accepted there, and how they are rotated."""

import base64
import re
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from app.cli import main
from app.crypto import Cipher
from app.key_pairs import new_pairs_text, public_of, public_pem
from app.secrets_file import (
    PURPOSES,
    SecretsFileError,
    load_secrets,
    new_secrets_text,
    parse_secrets,
)
from app.secrets_rotation import rotate_secrets
from launch.own_keys import ECDH_ES_A256KW, RSA_OAEP_256

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@cache
def fresh_text() -> str:
    """One fresh file for all tests: making RSA keys takes a while."""
    return new_secrets_text()


@cache
def fresh_pairs(kind: str) -> str:
    return new_pairs_text(kind, NOW)


def fresh_file(folder: Path) -> Path:
    path = folder / "secrets.toml"
    path.touch(mode=0o600)
    path.write_text(fresh_text())
    return path


def old_file() -> str:
    """A secrets file from before there were key pairs."""
    return fresh_text().partition("# opens tokens")[0]


def pem_of(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def pair(kind: str, algorithm: str, pem: str, more: str = "") -> str:
    return f'[[{kind}]]\nid = "a"\nalgorithm = "{algorithm}"\nprivate_key = """\n{pem}"""\n{more}\n'


@pytest.fixture(scope="module")
def rsa_2048() -> str:
    return pem_of(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture(scope="module")
def p256() -> str:
    return pem_of(ec.generate_private_key(ec.SECP256R1()))


def test_fresh_file_holds_a_pair_for_every_algorithm(tmp_path: Path) -> None:
    path = fresh_file(tmp_path)
    found = load_secrets(path)
    keys = found.own_keys()
    assert [key.algorithm for key in keys.decrypt] == [RSA_OAEP_256, ECDH_ES_A256KW]
    assert keys.decrypt[0].private.key_size == 3072
    signer = keys.signer(NOW)
    assert signer is not None
    assert (signer.algorithm, signer.certificate is None) == ("ES256", False)
    for key in (keys.decrypt[0], signer):
        assert key.certificate is not None
        assert public_of(key.certificate) == public_pem(key.private)
    assert "PRIVATE" not in repr(found)
    assert "rsa" not in repr(keys).lower().replace("rsa-oaep", "")


def test_file_without_key_pairs_still_loads() -> None:
    keys = parse_secrets(old_file().encode()).own_keys()
    assert (keys.decrypt, keys.sign, keys.signer(NOW)) == ((), (), None)


def test_next_key_opens_early_and_the_last_one_until_its_end() -> None:
    day = timedelta(days=1)
    both = new_pairs_text("decrypt", NOW, not_before=NOW + day) + fresh_pairs("decrypt")
    keys = parse_secrets((old_file() + both).encode()).own_keys()
    following, current = keys.decrypt[0].kid, keys.decrypt[2].kid
    assert [key.kid for key in keys.opening(NOW)].index(current) < 2
    assert following in {key.kid for key in keys.opening(NOW)}
    assert keys.opening(NOW + day)[0].kid == following
    ended = re.sub(rf'(id = "{current}"\n)', rf"\1not_after = {(NOW + day).isoformat()}\n", both)
    keys = parse_secrets((old_file() + ended).encode()).own_keys()
    assert current in {key.kid for key in keys.opening(NOW)}
    assert current not in {key.kid for key in keys.opening(NOW + day)}


def test_key_that_has_not_begun_does_not_sign() -> None:
    text = old_file() + new_pairs_text("sign", NOW, not_before=NOW + timedelta(seconds=1))
    keys = parse_secrets(text.encode()).own_keys()
    assert keys.signer(NOW) is None
    assert len(keys.signing(NOW)) == 1
    assert keys.signer(NOW + timedelta(seconds=1)) is not None


Make = Callable[[str, str], str]


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (
            lambda rsa_pem, ec_pem: pair("decrypt", "RSA-OAEP", rsa_pem),
            "algorithm: Input should be",
        ),
        (lambda rsa_pem, ec_pem: pair("decrypt", "RSA1_5", rsa_pem), "algorithm: Input should be"),
        (lambda rsa_pem, ec_pem: pair("decrypt", RSA_OAEP_256, ec_pem), "does not belong to this type"),
        (lambda rsa_pem, ec_pem: pair("decrypt", ECDH_ES_A256KW, rsa_pem), "does not belong to this type"),
        (lambda rsa_pem, ec_pem: pair("decrypt", ECDH_ES_A256KW, ec_pem * 2), "is not one PEM block"),
        (lambda rsa_pem, ec_pem: pair("decrypt", ECDH_ES_A256KW, "geheim"), "is not one PEM block"),
        (
            lambda rsa_pem, ec_pem: pair(
                "decrypt", ECDH_ES_A256KW, ec_pem, "not_after = 2026-11-22T12:00:00"
            ),
            "should have timezone info",
        ),
        (
            lambda rsa_pem, ec_pem: pair(
                "decrypt",
                ECDH_ES_A256KW,
                ec_pem,
                "not_before = 2026-11-22T12:00:00Z\nnot_after = 2026-11-22T12:00:00Z",
            ),
            "ends before it begins",
        ),
        (lambda rsa_pem, ec_pem: pair("sign", "ES256", ec_pem), "sign.0.certificate: Field required"),
        (
            lambda rsa_pem, ec_pem: (
                fresh_pairs("sign").partition("private_key")[0]
                + f'private_key = """\n{ec_pem}"""\ncertificate = """'
                + fresh_pairs("sign").partition('certificate = """')[2]
            ),
            "the certificate belongs to another key",
        ),
    ],
)
def test_wrong_key_pair_is_refused_without_repeating_it(
    make: Make, problem: str, rsa_2048: str, p256: str
) -> None:
    with pytest.raises(SecretsFileError, match=problem) as caught:
        parse_secrets((old_file() + make(rsa_2048, p256)).encode())
    assert "geheim" not in str(caught.value)
    assert "PRIVATE KEY-----" not in str(caught.value)


def short_key() -> str:
    return pem_of(rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505


def exponent_three() -> str:
    return pem_of(rsa.generate_private_key(public_exponent=3, key_size=2048))


def other_curve() -> str:
    return pem_of(ec.generate_private_key(ec.SECP256K1()))


@pytest.mark.parametrize(
    ("make", "algorithm", "problem"),
    [
        (short_key, RSA_OAEP_256, "less than 2048 bits"),
        (exponent_three, RSA_OAEP_256, "public exponent is not 65537"),
        (other_curve, ECDH_ES_A256KW, "another curve than P-256 or P-384"),
    ],
)
def test_weak_key_pair_is_refused(make: Callable[[], str], algorithm: str, problem: str) -> None:
    with pytest.raises(SecretsFileError, match=problem):
        parse_secrets((old_file() + pair("decrypt", algorithm, make())).encode())


def test_key_with_a_password_is_refused(p256: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode()
    with pytest.raises(SecretsFileError, match="without a password"):
        parse_secrets((old_file() + pair("decrypt", ECDH_ES_A256KW, locked)).encode())


def test_one_pair_for_two_purposes_is_refused() -> None:
    signing = fresh_pairs("sign")
    decrypting = signing.replace("[[sign]]", "[[decrypt]]").replace('"sign-', '"decrypt-')
    decrypting = decrypting.replace('"ES256"', f'"{ECDH_ES_A256KW}"')
    with pytest.raises(SecretsFileError, match="the same key pair stands there twice"):
        parse_secrets((old_file() + signing + decrypting).encode())


def test_one_id_for_two_pairs_is_refused() -> None:
    text = fresh_pairs("sign") + fresh_pairs("decrypt")
    same = re.sub(r'id = ".*"', 'id = "one"', text)
    with pytest.raises(SecretsFileError, match="two key pairs have the same id"):
        parse_secrets((old_file() + same).encode())


@pytest.mark.parametrize("purpose", PURPOSES)
def test_rotating_puts_a_fresh_key_in_front_and_keeps_the_rest(tmp_path: Path, purpose: str) -> None:
    path = fresh_file(tmp_path)
    path.chmod(0o640)
    before, text = load_secrets(path), path.read_text()
    sealed = Cipher(before).seal(b"secret", "here")
    result = CliRunner().invoke(main, ["secrets", "rotate", str(path), "--purpose", purpose])
    assert result.exit_code == 0, result.output
    after = load_secrets(path)
    kept = [each.id for each in getattr(before, purpose)]
    now_there = [each.id for each in getattr(after, purpose)]
    assert now_there[-len(kept) :] == kept
    assert len(now_there) == 2 * len(kept)
    assert set(text.splitlines()) <= set(path.read_text().splitlines())
    assert Cipher(after).open(sealed, "here") == b"secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_rotating_gives_an_old_file_its_first_key_pairs(tmp_path: Path) -> None:
    path = tmp_path / "secrets.toml"
    path.touch(mode=0o600)
    path.write_text(old_file())
    rotate_secrets(path, "decrypt", NOW)
    assert len(load_secrets(path).decrypt) == 2


def test_next_key_can_be_published_before_it_is_used(tmp_path: Path) -> None:
    path = fresh_file(tmp_path)
    current = load_secrets(path).own_keys().signer(NOW)
    arguments = ["secrets", "rotate", str(path), "--purpose", "sign", "--not-before", "2100-01-01"]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    keys = load_secrets(path).own_keys()
    assert current is not None
    assert keys.signing(NOW)[0].kid == current.kid
    assert len(keys.signing(NOW)) == 2


def inline(text: str) -> str:
    """The cookie key as an inline table in front of everything."""
    key = base64.b64encode(bytes(range(32))).decode()
    head, _, rest = text.partition("[[cookie]]")
    rest = rest[rest.index("# opens tokens") :]
    return f'cookie = [{{id = "a", key = "{key}"}}]\n{head}{rest}'


@pytest.mark.parametrize(
    ("change", "arguments", "said"),
    [
        (lambda text: text.replace("[[wrap]]", "[[wrong]]"), ["--purpose", "wrap"], "wrap: Field required"),
        (inline, ["--purpose", "cookie"], "write each key as a table"),
        (lambda text: text, ["--purpose", "wrap", "--not-before", "2100-01-01"], "holds? at once"),
    ],
    ids=["broken", "inline", "no-beginning"],
)
def test_file_that_cannot_be_rotated_stays_as_it_is(
    tmp_path: Path, change: Callable[[str], str], arguments: list[str], said: str
) -> None:
    path = tmp_path / "secrets.toml"
    path.touch(mode=0o600)
    path.write_text(text := change(fresh_text()))
    result = CliRunner().invoke(main, ["secrets", "rotate", str(path), *arguments])
    assert result.exit_code == 1
    assert re.search(said, result.output), result.output
    assert path.read_text() == text
