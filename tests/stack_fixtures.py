"""Fixtures that start the whole product beside its sandbox hospital."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.servers import ZisServer
from tests.browser_client import BrowserClient
from tests.clock import SteppingClock
from tests.stack import ProductServer, Stack, Vendors


@pytest.fixture(scope="session")
def vendors() -> Vendors:
    """One set of vendor keys for all tests of a process: making an RSA key takes a while."""
    return Vendors.create()


@pytest.fixture
def zis(stepping_clock: SteppingClock) -> Iterator[ZisServer]:
    """The sandbox hospital, over real SOAP."""
    with ZisServer(now=stepping_clock.now) as server:
        yield server


@pytest.fixture
def stack(
    tmp_path: Path, sqlite_url: str, zis: ZisServer, vendors: Vendors, stepping_clock: SteppingClock
) -> Iterator[Stack]:
    """The product on SQLite."""
    with ProductServer(tmp_path, sqlite_url, zis, vendors, stepping_clock) as product:
        yield Stack(product, zis, vendors, stepping_clock)


@pytest.fixture
def stack_on_both(
    tmp_path: Path, database_url: str, zis: ZisServer, vendors: Vendors, stepping_clock: SteppingClock
) -> Iterator[Stack]:
    """The product, once on SQLite and once on PostgreSQL."""
    with ProductServer(tmp_path, database_url, zis, vendors, stepping_clock) as product:
        yield Stack(product, zis, vendors, stepping_clock)


@pytest.fixture
def new_browser(stack: Stack) -> Callable[[], BrowserClient]:
    """Makes a browser without any cookie."""
    return lambda: BrowserClient(stack.product.url)
