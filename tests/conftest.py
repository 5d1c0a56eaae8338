"""Fixtures that every layer of tests shares."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from pytest_socket import socket_allow_hosts

from app.engine import Database
from app.schema import upgrade
from tests.clock import SteppingClock
from tests.database import PostgresMissingError, PostgresServer, find_binaries

pytest_plugins = ["tests.stack_fixtures", "tests.idp_stage"]

_UNIT = Path(__file__).parent / "unit"
_MISSING = pytest.StashKey[dict[str, None]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--shared-data",
        default="../shared/data",
        help="folder with the real messages outside the project (relative to the project's folder)",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_MISSING] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker("shared_data")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for reason in config.stash[_MISSING]:
        terminalreporter.write_line(f"NOT TESTED HERE: {reason}", red=True, bold=True)


@pytest.fixture(autouse=True)
def _no_connections_in_unit_tests(request: pytest.FixtureRequest) -> None:
    """Unit tests reach no network.

    They may not connect, not even to this computer. Sockets themselves stay: the servers that other tests
    of the same run share accept connections in threads of this process, and one that cannot dies.
    """
    if request.path.is_relative_to(_UNIT):
        # The plugin lifts it after the test.
        socket_allow_hosts([], allow_unix_socket=True)


def _missing(config: pytest.Config, reason: str) -> NoReturn:
    """A user's run skips and says so; CI fails, because there a skipped test proves nothing."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    config.stash[_MISSING][reason] = None
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared_data(pytestconfig: pytest.Config) -> Path:
    """The folder with real messages, profiles and test vectors that are not part of the project."""
    named: str = pytestconfig.getoption("--shared-data")
    folder = (pytestconfig.rootpath / named).resolve()
    if not folder.is_dir():
        _missing(pytestconfig, f"no folder {folder}; name it with --shared-data")
    return folder


@pytest.fixture
def stepping_clock() -> SteppingClock:
    """Stands still at a moment with sub-seconds until the test moves it."""
    return SteppingClock()


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    """One PostgreSQL per test process, started at first use."""
    try:
        binaries = find_binaries()
    except PostgresMissingError as missing:
        _missing(pytestconfig, str(missing))
    server = PostgresServer(binaries)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def nginx_binary(pytestconfig: pytest.Config) -> Path:
    """The web server that stands in front of the product."""
    found = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if found is None:
        _missing(pytestconfig, "nginx is not installed")
    return Path(found)


@pytest.fixture(scope="session")
def xmlsec_binary(pytestconfig: pytest.Config) -> Path:
    """The command that verifies XML signatures independently of us (Debian: xmlsec1)."""
    found = shutil.which("xmlsec1")
    if found is None:
        _missing(pytestconfig, "xmlsec1 is not installed")
    return Path(found)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of an empty SQLite database in a file."""
    return f"sqlite:///{tmp_path / 'zorgtegel.sqlite'}"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of an empty PostgreSQL database that lives as long as the test."""
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty database; the test runs once on SQLite and once on PostgreSQL."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def open_database() -> Iterator[Callable[[str], Database]]:
    """Opens databases by URL and closes them after the test."""
    opened: list[Database] = []

    def open_one(url: str) -> Database:
        opened.append(Database(url))
        return opened[-1]

    yield open_one
    for database in opened:
        database.dispose()


@pytest.fixture
def migrated_database(database_url: str, open_database: Callable[[str], Database]) -> Database:
    """A database with every table and no rows, once on SQLite and once on PostgreSQL."""
    upgrade(database_url)
    return open_database(database_url)
