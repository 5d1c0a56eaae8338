"""Fixtures that start the whole product beside its sandbox hospital."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.servers import HisServer, ZisServer
from tests.browser_client import BrowserClient
from tests.clock import SteppingClock
from tests.stack import ProductServer, Stack


@pytest.fixture(scope="session")
def his_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the portals of one test process keep their keys: making an RSA key takes a while."""
    return tmp_path_factory.mktemp("his-keys")


@pytest.fixture
def his(his_keys: Path, stepping_clock: SteppingClock) -> Iterator[HisServer]:
    """The sandbox HIS portal, on another site than the service."""
    with HisServer(data=his_keys, now=stepping_clock.now) as server:
        yield server


@pytest.fixture
def zis(stepping_clock: SteppingClock) -> Iterator[ZisServer]:
    """The sandbox hospital, over real SOAP."""
    with ZisServer(now=stepping_clock.now) as server:
        yield server


@pytest.fixture
def stack(
    tmp_path: Path, sqlite_url: str, zis: ZisServer, his: HisServer, stepping_clock: SteppingClock
) -> Iterator[Stack]:
    """The product on SQLite."""
    with ProductServer(tmp_path, sqlite_url, zis, his, stepping_clock) as product:
        yield Stack(product, zis, his, stepping_clock)


@pytest.fixture
def stack_on_both(
    tmp_path: Path, database_url: str, zis: ZisServer, his: HisServer, stepping_clock: SteppingClock
) -> Iterator[Stack]:
    """The product, once on SQLite and once on PostgreSQL."""
    with ProductServer(tmp_path, database_url, zis, his, stepping_clock) as product:
        yield Stack(product, zis, his, stepping_clock)


@pytest.fixture
def new_browser(stack: Stack) -> Callable[[], BrowserClient]:
    """Makes a browser without any cookie."""
    return stack.new_browser
