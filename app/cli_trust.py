"""``zorgtegel trust``: who may launch, from whom, for which practices."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import click

from adapters.web.addresses import are_public, resolve
from app.claim_maps import TOKEN_FORMS
from app.cli_dry_run import dry_run
from app.cli_trust_keys import keys, revoke_key
from app.hospitals import load_hospitals
from app.operator import Operator
from app.trust_report import describe_change, list_lines, show_lines
from app.trust_session import actor_option, administration_at_work
from context.hospital import Hospital
from launch.trust.administration.changes import TrustTarget, TrustUnknownError
from launch.trust.model import Registration, TrustStatus
from launch.trust.registration import RegistrationError, parse_registration

_hospital = click.option("--hospital", metavar="SLUG", help="Only at this hospital.")
_practice = click.option("--practice", metavar="URA", help="Only for this practice at that hospital.")
_files = click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)


@click.group()
def trust() -> None:
    """Vendors, their keys, and what each hospital lets them do."""


trust.add_command(dry_run)
trust.add_command(keys)
trust.add_command(revoke_key)


@trust.command()
@_files
@actor_option
def add(files: tuple[Path, ...], actor: str) -> None:
    """Register the vendors of these FILEs, or replace what is registered. All or none."""
    with administration_at_work() as (operator, administration):
        asked = _read_files(files, operator)
        for name, change in administration.add(asked, actor).items():
            for line in describe_change(asked[name], change):
                click.echo(line)


@trust.command("list")
def list_command() -> None:
    """One line for each vendor."""
    with administration_at_work() as (_, administration):
        for line in list_lines(administration.list_trust()):
            click.echo(line)


@trust.command()
@click.argument("issuer")
def show(issuer: str) -> None:
    """Keys, grants, roles, relaxations and practices of one vendor."""
    with administration_at_work() as (operator, administration):
        found = administration.find(issuer)
        if found is None:
            raise TrustUnknownError(f"{TrustTarget(issuer)}: not registered")
        uses = administration.find_relaxation_uses(issuer)
        for line in show_lines(found, uses, operator.clock.now()):
            click.echo(line)


@trust.command()
@click.argument("issuer")
@_hospital
@_practice
@actor_option
def suspend(issuer: str, hospital: str | None, practice: str | None, actor: str) -> None:
    """Refuse launches of a vendor from now on: everywhere, at one hospital, or for one practice there."""
    _change(_target(issuer, hospital, practice), TrustStatus.SUSPENDED, actor)


@trust.command()
@click.argument("issuer")
@_hospital
@_practice
@actor_option
def activate(issuer: str, hospital: str | None, practice: str | None, actor: str) -> None:
    """Undo ``suspend``, when the vendor's keys keep today's rules."""
    _change(_target(issuer, hospital, practice), TrustStatus.ACTIVE, actor)


def _target(issuer: str, hospital: str | None, practice: str | None) -> TrustTarget:
    if practice and not hospital:
        raise click.UsageError("--practice needs --hospital: a practice is linked at a hospital")
    return TrustTarget(issuer, hospital, practice)


def _change(target: TrustTarget, status: TrustStatus, actor: str) -> None:
    with administration_at_work() as (_, administration):
        changed = administration.change_status(target, status, actor)
    click.echo(f"{target}: {'now' if changed else 'already'} {status}")


def _read_files(files: tuple[Path, ...], operator: Operator) -> Mapping[str, Registration]:
    """Every file checked, or every problem of every file.

    :raises RegistrationError: each line begins with the file's name.
    """
    hospitals = load_hospitals(operator.settings.hospitals_dir, strict=operator.settings.strict)
    asked: dict[str, Registration] = {}
    problems: list[str] = []
    for path in files:
        try:
            registration = parse_registration(path.read_bytes(), operator.clock.now(), TOKEN_FORMS)
        except RegistrationError as error:
            problems += [f"{path}: {problem}" for problem in error.problems]
        except OSError as error:
            problems.append(f"{path}: cannot be read: {error.strerror}")
        else:
            found = [*_misfits(registration, hospitals, strict=operator.settings.strict)]
            if any(one.vendor.issuer == registration.vendor.issuer for one in asked.values()):
                found.append("issuer: stands in another of these files too")
            problems += [f"{path}: {problem}" for problem in found]
            asked[str(path)] = registration
    if problems:
        raise RegistrationError(problems)
    return asked


def _misfits(registration: Registration, hospitals: Mapping[str, Hospital], *, strict: bool) -> Iterator[str]:
    """What is wrong with a registration among these hospitals."""
    if strict:
        for name in ("jwks_url", "sign_on_url", "fhir_base_url"):
            if str(getattr(registration.vendor, name)).startswith("http:"):
                yield f"{name}: must be https while ZORGTEGEL_STRICT is true"
        yield from _private_places(registration)
    for number, entry in enumerate(registration.grants, start=1):
        hospital = hospitals.get(entry.grant.hospital)
        if hospital is None:
            yield f"grants[{number}].hospital: no hospital file has this name"
        elif hospital.environment is not entry.grant.environment:
            yield f"grants[{number}].environment: the hospital's file says {hospital.environment}"
        for name in ("launch_origins", "frame_origins") if strict else ():
            if any(origin.startswith("http:") for origin in getattr(entry.grant, name)):
                yield f"grants[{number}].{name}: must all be https while ZORGTEGEL_STRICT is true"


def _private_places(registration: Registration) -> Iterator[str]:
    """Addresses that this service would fetch from and never may (attack A120). A name that nobody can
    resolve yet is judged at each connection, as all are."""
    for name in ("jwks_url", "fhir_base_url"):
        url = getattr(registration.vendor, name)
        if url is None:
            continue
        try:
            found = resolve(urlsplit(url).hostname or "")
        except (OSError, UnicodeError):
            continue
        if not are_public(address for _, address in found):
            yield f"{name}: is not on the open internet, where this service fetches only"
