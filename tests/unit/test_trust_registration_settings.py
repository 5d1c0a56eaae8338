"""What a registration file may say beside keys, roles and practices: addresses, grades, relaxations."""

from datetime import datetime, timedelta

import pytest

from app.claim_maps import TOKEN_FORMS
from context.hospital import Environment
from launch.trust.model import MAX_RELAXED, LaunchGrade, Registration, Relaxation, RelaxationName
from launch.trust.registration import RegistrationError, parse_registration
from tests.trust_files import NOW, certificate_pem, ec_key, grant_entry, jwt_file, saml_file

ROLES = "[grants.roles]"


def parse(content: str) -> Registration:
    return parse_registration(content, NOW, TOKEN_FORMS)


def problems_of(content: str) -> tuple[str, ...]:
    with pytest.raises(RegistrationError) as refused:
        parse(content)
    return refused.value.problems


def of_vendor(lines: str) -> str:
    """A whole file with these lines about the vendor."""
    return lines + jwt_file()


def of_grant(lines: str, grant: str | None = None) -> str:
    """A whole file with these lines in its only grant."""
    return jwt_file(grants=(grant or grant_entry()).replace(ROLES, f"{lines}\n{ROLES}"))


def relaxed(until: datetime, name: str = "typ_jwt", reason: str = "HIS 7.1 says JWT") -> str:
    entry = f'[[grants.relaxations]]\nname = "{name}"\nuntil = {until.isoformat()}\nreason = "{reason}"\n'
    return jwt_file(grants=grant_entry() + entry)


def test_addresses_of_a_vendor_are_kept_as_written() -> None:
    vendor = parse(
        of_vendor(
            'jwks_url = "https://his.example/Keys?set=1"\nsign_on_url = "https://his.example/authorize"\n'
            'fhir_base_url = "https://his.example/fhir/R4"\nclient_id = "zorgtegel"\n'
            "reports_launches = true\n"
        )
    ).vendor
    assert vendor.jwks_url == "https://his.example/Keys?set=1"
    assert vendor.sign_on_url == "https://his.example/authorize"
    assert (vendor.fhir_base_url, vendor.client_id) == ("https://his.example/fhir/R4", "zorgtegel")
    assert vendor.reports_launches is True


def test_vendor_with_a_key_set_address_needs_no_keys_in_the_file() -> None:
    vendor = parse('jwks_url = "https://his.example/jwks"\n' + jwt_file(keys="")).vendor
    assert (vendor.keys, vendor.jwks_url) == ((), "https://his.example/jwks")
    assert problems_of(jwt_file(keys="")) == ("keys: needs at least 1 entry, or a jwks_url",)
    assert problems_of("keys = []\n" + jwt_file(keys="")) == ("keys: needs at least 1 entry, or a jwks_url",)


def test_saml_vendor_pins_certificates_and_names_no_key_set() -> None:
    content = saml_file(certificate_pem(ec_key()))
    assert parse('sign_on_url = "https://his.example/sso"\n' + content).vendor.client_id is None
    (problem,) = problems_of('jwks_url = "https://his.example/jwks"\n' + content)
    assert problem.startswith("jwks_url: holds keys for JWT")


@pytest.mark.parametrize("name", ["sign_on_url", "fhir_base_url"])
def test_address_that_asks_for_a_client_without_one_is_refused(name: str) -> None:
    assert problems_of(of_vendor(f'{name} = "https://his.example/x"\n')) == (
        "client_id: is missing: name ours at the vendor",
    )


@pytest.mark.parametrize(
    "url",
    [
        "his.example/jwks",
        "ftp://his.example/jwks",
        "file:///etc/passwd",
        "https:///jwks",
        "https://user@his.example/jwks",
        "https://:word@his.example/jwks",
        "https://his.example/jwks#a",
        "https://his.example/jwks#",
        "https://his.example:99999/jwks",
        "https://his.example/jw ks",
        "https://his.exämple/jwks",
        "https://his.example/" + "a" * 236,
    ],
)
@pytest.mark.proves("attack:A009")
def test_address_that_is_no_plain_url_is_refused(url: str) -> None:
    (problem,) = problems_of(of_vendor(f'jwks_url = "{url}"\n'))
    assert problem.startswith("jwks_url: ")


def test_production_asks_https_of_every_address() -> None:
    content = (
        of_vendor('jwks_url = "http://his.example/jwks"\n')
        .replace('"test"', '"production"')
        .replace("http://localhost:8081", "https://his.example")
    )
    assert problems_of(content) == ("jwks_url: must be https when a grant is for production",)
    assert parse(content.replace("production", "test")).vendor.jwks_url == "http://his.example/jwks"


@pytest.mark.parametrize(
    ("environment", "said", "required"),
    [
        ("production", "", True),
        ("test", "", False),
        ("production", "require_encryption = false", False),
        ("test", "require_encryption = true", True),
    ],
)
def test_encryption_is_asked_for_in_production_unless_the_file_says_otherwise(
    environment: str, said: str, required: bool
) -> None:
    entry = (
        grant_entry().replace('"test"', f'"{environment}"').replace("http://localhost:8081", "https://h.nl")
    )
    grant = parse(of_grant(said, entry)).grants[0].grant
    assert grant.environment is Environment(environment)
    assert grant.require_encryption is required


def test_grant_keeps_its_grade_generic_users_and_organisations() -> None:
    grant = (
        parse(
            of_grant(
                'minimum_grade = "two_hop"\ngeneric_users = ["Balie", "assistente"]\n'
                'organisations = {"AGB|01012345" = "90000001"}'
            )
        )
        .grants[0]
        .grant
    )
    assert grant.minimum_grade is LaunchGrade.TWO_HOP
    assert grant.generic_users == {"Balie", "assistente"}
    assert grant.organisations == {"AGB|01012345": "90000001"}


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('minimum_grade = "three_hop"', "minimum_grade: must be 'one_hop', 'ticket', 'two_hop' or 'smart'"),
        ('require_encryption = "no"', "require_encryption: must be true or false"),
        ('generic_users = [""]', "generic_users[1]: is empty"),
        (
            'organisations = {"x" = "90000002"}',
            "organisations: names a URA number that is not among the practices of this grant",
        ),
        ('organisations = {"x" = "9000001"}', "organisations.x: must be eight digits"),
    ],
)
def test_wrong_setting_of_a_grant_is_refused(lines: str, problem: str) -> None:
    assert problems_of(of_grant(lines)) == (f"grants[1].{problem}",)


def test_practice_keeps_its_deployment_and_no_two_share_one() -> None:
    practices = (("90000001", "a"), ("90000002", "b"))
    one = grant_entry(practices=practices).replace('"b"', '"b"\ndeployment_id = "nl-2"')
    assert [each.deployment_id for each in parse(jwt_file(grants=one)).grants[0].practices] == [None, "nl-2"]
    two = one.replace('"a"', '"a"\ndeployment_id = "nl-2"')
    assert problems_of(jwt_file(grants=two)) == (
        "grants[1].practices[2].deployment_id: is another practice's, higher up",
    )


def test_relaxation_holds_from_its_registration_to_its_end() -> None:
    until = NOW + timedelta(days=30)
    (relaxation,) = parse(relaxed(until)).grants[0].grant.relaxations
    assert relaxation == Relaxation(RelaxationName.TYP_JWT, NOW, until, "HIS 7.1 says JWT")


def test_relaxation_of_ninety_days_is_the_longest() -> None:
    (relaxation,) = parse(relaxed(NOW + MAX_RELAXED)).grants[0].grant.relaxations
    assert relaxation.until == NOW + timedelta(days=90)
    assert problems_of(relaxed(NOW + MAX_RELAXED + timedelta(microseconds=1))) == (
        "grants[1].relaxations[1].until: may be at most 90 days ahead",
    )


def test_relaxation_that_has_ended_is_told_to_the_microsecond() -> None:
    assert parse(relaxed(NOW + timedelta(microseconds=1))).grants[0].grant.relaxations
    assert problems_of(relaxed(NOW)) == (
        "grants[1].relaxations[1].until: has passed: leave this relaxation out, or renew it with a new date",
    )


@pytest.mark.parametrize(
    "name",
    ["no_signature", "signature", "audience", "expiry", "token_id", "practice_link", "bsn", "TYP_JWT", ""],
)
def test_what_is_never_relaxed_cannot_be_named(name: str) -> None:
    (problem,) = problems_of(relaxed(NOW + timedelta(days=1), name))
    assert problem.startswith("grants[1].relaxations[1].name: must be 'missing_origin'")


def test_relaxation_without_a_reason_or_named_twice_is_refused() -> None:
    until = NOW + timedelta(days=1)
    assert problems_of(relaxed(until, reason="")) == ("grants[1].relaxations[1].reason: is empty",)
    twice = relaxed(until) + relaxed(until)[relaxed(until).index("[[grants.relaxations]]") :]
    assert problems_of(twice) == ("grants[1].relaxations[2].name: is named already, higher up",)
