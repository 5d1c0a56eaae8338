"""What every ``zorgtegel trust`` command works with."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from app.hospitals import HospitalFilesError
from app.operator import Operator, operator_at_work
from app.secrets_file import SecretsFileError
from app.settings import SettingsError
from app.trust_administration import TrustAdministration
from context.errors import ContextError
from launch.trust.administration.changes import TrustConflictError, TrustUnknownError
from launch.trust.registration import RegistrationError


def _check_actor(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if not value.isprintable() or not 1 <= len(value.strip()) <= 64:
        raise click.BadParameter("must be a name of 1 to 64 characters")
    return value.strip()


actor_option = click.option(
    "--actor",
    default="cli",
    show_default=True,
    callback=_check_actor,
    help="Your login name, for the audit trail.",
)


@contextmanager
def administration_at_work() -> Iterator[tuple[Operator, TrustAdministration]]:
    """Everything opened; every expected error as readable lines and exit code 2."""
    try:
        with operator_at_work() as operator:
            yield operator, TrustAdministration(operator.database, operator.writer, operator.audit)
    except (SettingsError, SecretsFileError, HospitalFilesError) as error:
        _fail(error.problems)
    except (RegistrationError, TrustConflictError) as error:
        _fail((*error.problems, "nothing was changed"))
    except TrustUnknownError as error:
        _fail([str(error)])
    except ContextError as error:
        _fail([f"the database or the audit trail cannot be used (is 'zorgtegel db upgrade' done?): {error}"])


def _fail(problems: Iterable[str]) -> NoReturn:
    for problem in problems:
        click.echo(problem, err=True)
    raise click.exceptions.Exit(2)
