"""``zorgtegel trust keys`` and ``revoke-key`` on a running product, and which addresses may be registered."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli_trust import trust
from app.findings import Finding
from app.installation_check import check_installation
from app.key_administration import KeyListing
from app.key_report import ending, listing_lines
from app.schema import upgrade
from app.secrets_file import write_new_secrets
from app.trust_findings import key_set_findings
from launch.trust.model import KeyKind, KeyStatus, Registration, TrustStatus, VendorKey
from launch.trust.published.key_set import ALWAYS, FOREVER
from launch.trust.published.model import StoredKeySet
from sandbox.his.content import SigningKey, new_es256_key
from tests.clock import START
from tests.key_set_launches import ACCEPTED, issuer_of, launch, refresh, register
from tests.key_set_stage import ISSUER, jwks_vendor
from tests.stack import Stack
from tests.trust_files import jwt_file
from tests.vendor_server import VendorServer

FIRST, SECOND = new_es256_key("first"), new_es256_key("second")
DAY, SECOND_LONG = timedelta(days=1), timedelta(seconds=1)
REVOKED = (401, "L205")
HOSPITALS = Path(__file__).resolve().parents[2] / "hospitals"


@pytest.fixture
def vendor() -> Iterator[VendorServer]:
    with VendorServer() as server:
        server.publish(FIRST, SECOND)
        yield server


def test_a_published_key_that_is_revoked_stays_so_under_every_kid(stack: Stack, vendor: VendorServer) -> None:
    register(stack, vendor.jwks_url)
    assert launch(stack, FIRST) == ACCEPTED
    issuer = issuer_of(stack)
    told = stack.product.run_cli("trust", "revoke-key", issuer, "first", "--actor", "j.jansen")
    assert told == f"{issuer}: key first now revoked\n"
    assert (launch(stack, FIRST), launch(stack, SECOND)) == (REVOKED, ACCEPTED)
    renamed = replace(FIRST, kid="renamed")
    vendor.publish(renamed, SECOND)
    stack.clock.advance(timedelta(hours=1))
    refresh(stack)
    assert (launch(stack, renamed), launch(stack, FIRST)) == (REVOKED, REVOKED)


def test_revoking_a_registered_key_is_recorded_once_and_cannot_be_undone_by_the_file(stack: Stack) -> None:
    issuer, kid = stack.his.issuer("jwt"), stack.his.keys.jwt.kid
    assert stack.new_browser().launch(stack.jwt("consent_given")).status == 303
    for word in ("now", "already"):
        told = stack.product.run_cli("trust", "revoke-key", issuer, kid)
        assert told == f"{issuer}: key {kid} {word} revoked\n"
    reply = stack.new_browser().launch(stack.jwt("consent_given"))
    assert (reply.status, "L205" in reply.body) == (401, True)
    (record,) = [one for one in stack.records("TRUST_CHANGED") if one.fields["change"] == "revoke_key"]
    told_of = {name: record.fields[name] for name in ("actor", "issuer", "subject", "status")}
    assert told_of == {"actor": "cli", "issuer": issuer, "subject": f"key {kid}", "status": "revoked"}
    assert str(record.fields["detail"]).startswith("ES256, sha256 ")


@pytest.mark.parametrize("words", [("stranger", "first"), (None, "stranger")])
def test_what_is_not_there_cannot_be_revoked(
    stack: Stack, vendor: VendorServer, words: tuple[str | None, str]
) -> None:
    register(stack, vendor.jwks_url)
    issuer = words[0] or issuer_of(stack)
    with pytest.raises(AssertionError, match=r"not registered|no key"):
        stack.product.run_cli("trust", "revoke-key", issuer, words[1])


def test_keys_are_listed_with_their_source_and_what_the_key_set_says(
    stack: Stack, vendor: VendorServer
) -> None:
    register(stack, vendor.jwks_url)
    assert "  not fetched yet" in stack.product.run_cli("trust", "keys", issuer_of(stack)).splitlines()
    refresh(stack)
    listed = stack.product.run_cli("trust", "keys", issuer_of(stack)).splitlines()
    for line in (
        "key first",
        "  algorithm    ES256 (public key)",
        "  valid        1970-01-01 00:00 UTC to no end of its own",
        "  source       key set, seen from 2026-11-22 09:00 to 2026-11-22 09:00 UTC",
        "key second",
        f"key set {vendor.jwks_url}",
    ):
        assert line in listed
    # The command looks at the time of today, which may add that the key set is too old.
    fetched = "  fetched      2026-11-22 09:00 UTC, fresh until 2026-11-22 09:15 UTC"
    assert any(line.startswith(fetched) for line in listed)
    of_file = stack.product.run_cli("trust", "keys", stack.his.issuer("jwt"))
    assert "  source       registered" in of_file.splitlines()


def as_registered(key: SigningKey) -> VendorKey:
    return VendorKey(
        key.kid, KeyKind.PUBLIC_KEY, key.algorithm, key.public_pem, KeyStatus.ACTIVE, ALWAYS, FOREVER
    )


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (31 * DAY, None),
        (30 * DAY + SECOND_LONG, None),
        (30 * DAY, "ends in 30 days: let the vendor hand over the next key"),
        (7 * DAY + SECOND_LONG, "ends in 7 days: let the vendor hand over the next key"),
        (7 * DAY, "URGENT: ends in 7 days; launches stop then, register the next key now"),
        (DAY, "URGENT: ends in 1 day; launches stop then, register the next key now"),
        (SECOND_LONG, "URGENT: ends in 0 days; launches stop then, register the next key now"),
        (timedelta(), None),
    ],
)
def test_the_end_of_a_key_is_told_from_thirty_days_before(left: timedelta, told: str | None) -> None:
    key = replace(as_registered(FIRST), not_after=START + left)
    assert ending(key, START) == told
    assert ending(replace(key, status=KeyStatus.REVOKED), START) is None
    listing = KeyListing(replace(jwks_vendor(""), keys=(key,), jwks_url=None), None, {})
    assert (f"  {told}" in list(listing_lines(listing, START))) is (told is not None)


FAILING = StoredKeySet(
    url="https://his.example/jwks.json",
    keys=(),
    fetched_at=START - DAY,
    expires_at=START - DAY + timedelta(minutes=15),
    failed_at=START - timedelta(minutes=1),
    last_error="status: 503",
    refetch_after=START,
)


def test_a_set_that_fails_says_since_when_and_why_and_what_that_means() -> None:
    listing = KeyListing(jwks_vendor(FAILING.url), FAILING, {})
    assert list(listing_lines(listing, START)) == [
        "key set https://his.example/jwks.json",
        "  fetched      2026-11-21 09:00 UTC, fresh until 2026-11-21 09:15 UTC"
        "  TOO OLD: launches are refused with L703",
        "  FAILED       2026-11-22 08:59 UTC: status: 503",
    ]
    assert not any("TOO OLD" in line for line in listing_lines(listing, START - SECOND_LONG))


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        (None, ["its key set was never fetched"]),
        (FAILING, ["has no usable key set (status: 503): launches are L703"]),
        (
            replace(FAILING, fetched_at=START - DAY + SECOND_LONG),
            ["its key set is not renewed (status: 503)"],
        ),
        (replace(FAILING, fetched_at=START), []),
        (replace(FAILING, fetched_at=None, last_error=None), ["has no usable key set: launches are L703"]),
    ],
)
def test_a_set_that_cannot_be_had_needs_attention(stored: StoredKeySet | None, told: list[str]) -> None:
    asked = [Registration(jwks_vendor(FAILING.url), ()), Registration(jwks_vendor(""), ())]
    asked[1] = Registration(replace(asked[1].vendor, jwks_url=None), ())
    found = key_set_findings(asked, {ISSUER: stored} if stored else {}, START)
    assert [finding.text for finding in found] == [f"{ISSUER}: {each}" for each in told]
    suspended = Registration(replace(asked[0].vendor, status=TrustStatus.SUSPENDED), ())
    assert list(key_set_findings([suspended], {}, START)) == []


def test_the_check_command_tells_of_the_key_set_of_a_vendor(stack: Stack, vendor: VendorServer) -> None:
    register(stack, vendor.jwks_url)
    assert any("was never fetched" in finding.text for finding in check_product(stack))
    refresh(stack)
    assert not any("key set" in finding.text for finding in check_product(stack))


def check_product(stack: Stack) -> tuple[Finding, ...]:
    settings = stack.product.services.settings
    environment = {
        "ZORGTEGEL_DATABASE_URL": settings.database_url,
        "ZORGTEGEL_HOSPITALS_DIR": str(settings.hospitals_dir),
        "ZORGTEGEL_SECRETS_FILE": str(settings.secrets_file),
        "ZORGTEGEL_STRICT": "false",
    }
    return check_installation(stack.clock, environment)


@pytest.mark.proves("attack:A120")
@pytest.mark.parametrize("name", ["jwks_url", "fhir_base_url"])
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "localhost",
        "0.0.0.0",  # noqa: S104 - an address to be refused
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[fd00:ec2::254]",
    ],
)
def test_a_private_address_cannot_be_registered_while_strict(tmp_path: Path, host: str, name: str) -> None:
    added = add(tmp_path, f'{name} = "https://{host}/x"\n')
    assert added.exit_code == 2
    assert f"{name}: is not on the open internet" in added.stderr


@pytest.mark.proves("attack:A120")
@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://his.example/jwks.json", "gopher://his.example/"]
)
def test_another_scheme_than_https_cannot_be_registered_while_strict(tmp_path: Path, url: str) -> None:
    added = add(tmp_path, f'jwks_url = "{url}"\n')
    assert added.exit_code == 2
    assert "jwks_url: must be" in added.stderr


def test_a_public_address_can_be_registered_while_strict(tmp_path: Path) -> None:
    added = add(tmp_path, 'jwks_url = "https://8.8.8.8/jwks.json"\n')
    assert (added.exit_code, added.stderr) == (0, "")


def add(folder: Path, addresses: str) -> Result:
    """``trust add`` in a strict installation with the hospitals that this project names."""
    write_new_secrets(folder / "secrets.toml")
    url = f"sqlite:///{folder / 'zorgtegel.sqlite'}"
    upgrade(url)
    client = 'client_id = "zorgtegel"\n' if "fhir" in addresses else ""
    file = folder / "vendor.toml"
    file.write_text(client + addresses + jwt_file(grants=""), encoding="utf-8")
    environment = {
        "ZORGTEGEL_DATABASE_URL": url,
        "ZORGTEGEL_HOSPITALS_DIR": str(HOSPITALS),
        "ZORGTEGEL_SECRETS_FILE": str(folder / "secrets.toml"),
    }
    return CliRunner(env=environment).invoke(trust, ["add", str(file)])
