"""Looks an installation over as ``serve`` would, and further, without changing anything."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from app.claim_maps import TOKEN_FORMS
from app.endpoint_findings import endpoint_findings
from app.endpoints import setup_problems
from app.engine import Database
from app.findings import Finding, Severity
from app.hospitals import HospitalFilesError, load_hospitals
from app.own_key_findings import own_key_findings, unmet_encryption
from app.schema import is_current
from app.secrets_file import SecretsFileError, load_secrets
from app.settings import Settings, SettingsError
from app.trust_findings import key_set_findings, trust_findings
from context.errors import StorageUnavailableError
from context.hospital import Hospital
from context.ports import Clock
from launch.own_keys import OwnKeys
from launch.trust.administration.store import list_trust
from launch.trust.published.store import list_key_sets


def check_installation(
    clock: Clock, environ: Mapping[str, str] | None = None, *, offline: bool = False
) -> tuple[Finding, ...]:
    """Everything that is found, in the order in which things are read.

    :param offline: leave the hospitals' own systems in peace.
    :param environ: the process's own environment when None.
    """
    try:
        settings = Settings.from_environment(environ)
    except SettingsError as error:
        return tuple(_errors("settings", error.problems))
    findings: list[Finding] = []
    keys: OwnKeys | None = None
    try:
        keys = load_secrets(settings.secrets_file).own_keys()
        findings += own_key_findings(keys, clock.now())
    except SecretsFileError as error:
        findings += _errors("secrets", error.problems)
    hospitals: Mapping[str, Hospital] | None = None
    try:
        hospitals = load_hospitals(settings.hospitals_dir, strict=settings.strict)
    except HospitalFilesError as error:
        findings += _errors("hospitals", error.problems)
    findings += _stored_findings(settings, hospitals, keys, clock)
    if hospitals is not None:
        findings += _errors("endpoints", setup_problems(hospitals, clock, strict=settings.strict))
        findings += () if offline else endpoint_findings(hospitals, clock)
    return tuple(findings)


def _stored_findings(
    settings: Settings, hospitals: Mapping[str, Hospital] | None, keys: OwnKeys | None, clock: Clock
) -> Iterable[Finding]:
    """:param hospitals, keys: None when their files cannot be used."""
    if _is_missing_file(settings.database_url):
        return _errors("database", ["is not there yet: run zorgtegel db upgrade"])
    database = Database(settings.database_url)
    try:
        if not is_current(database):
            return _errors("database", ["is not of this version: run zorgtegel db upgrade"])
        with database.read() as connection:
            registrations = list_trust(connection)
            key_sets = list_key_sets(connection)
    except StorageUnavailableError as error:
        return _errors("database", [f"cannot be used: {error}"])
    finally:
        database.dispose()
    now = clock.now()
    return (
        *trust_findings(registrations, hospitals, TOKEN_FORMS, now, strict=settings.strict),
        *key_set_findings(registrations, key_sets, now),
        *(unmet_encryption(keys, registrations, now) if keys else ()),
    )


def _is_missing_file(database_url: str) -> bool:
    """SQLite would make the file, and this command makes nothing."""
    scheme = "sqlite:///"
    path = database_url.removeprefix(scheme).partition("?")[0]
    return database_url.startswith(scheme) and not Path(path).exists()


def _errors(area: str, problems: Iterable[str]) -> Iterator[Finding]:
    return (Finding(Severity.ERROR, area, problem) for problem in problems)
