"""``zorgtegel sandbox``: the pretend HIS, hospital system and identity provider, each by itself."""

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sandbox.his.vendors import Hospital
    from sandbox.servers import Server

# The servers are imported where they start: every other command of the console script stays quick.


_hospitals = click.option(
    "--hospital",
    "targets",
    multiple=True,
    metavar="SLUG=BASE_URL",
    help="A hospital with a tile; may be given several times.",
)


@click.group()
def sandbox() -> None:
    """Pretend systems with synthetic patients, for trying out and for vendors. Never for real patients."""


@sandbox.command()
@click.option("--port", default=8081, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("sandbox-his"),
    show_default=True,
    help="Folder for the vendors' keys and registration files; made at first start.",
)
@_hospitals
@click.option("--idp-url", metavar="URL", help="A running 'sandbox idp' whose tiles are shown too.")
def his(port: int, data: Path, targets: tuple[str, ...], idp_url: str | None) -> None:
    """The HIS portal with its tiles."""
    from sandbox.servers import HisServer

    server = HisServer(port, hospitals=_read_hospitals(targets), data=data / "keys", idp_url=idp_url)
    with server:
        for file in server.write_registrations(data / "registrations"):
            click.echo(f"registration: {file}")
        _serve(server)


@sandbox.command()
@click.option("--port", default=8083, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("sandbox-idp"),
    show_default=True,
    help="Folder for the keys and registration files; made at first start.",
)
@_hospitals
def idp(port: int, data: Path, targets: tuple[str, ...]) -> None:
    """A HIS that is asked back: sign-on by OpenID Connect, SMART on FHIR. Post to /tegel to click a tile."""
    from sandbox.idp.server import IdpServer

    server = IdpServer(port, hospitals=_read_hospitals(targets), data=data / "keys")
    with server:
        for file in server.write_registrations(data / "registrations"):
            click.echo(f"registration: {file}")
        _serve(server)


@sandbox.command()
@click.option("--port", default=8082, show_default=True, type=click.IntRange(1, 65535))
def zis(port: int) -> None:
    """The hospital system over SOAP: PDQv3, QED, Dutch queries, XDS.b and the consent question."""
    from sandbox.servers import ZisServer

    with ZisServer(port) as server:
        _serve(server)


def _read_hospitals(targets: tuple[str, ...]) -> "list[Hospital]":
    from sandbox.his.vendors import Hospital

    hospitals = []
    for target in targets or ("cwz=http://127.0.0.1:8080/cwz",):
        slug, separator, base_url = target.partition("=")
        if not slug or not separator or not base_url:
            raise click.BadParameter("say SLUG=BASE_URL, as in cwz=http://127.0.0.1:8080/cwz")
        hospitals.append(Hospital(slug, slug, base_url.rstrip("/")))
    return hospitals


def _serve(server: "Server") -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    click.echo(f"ready: {server.url}/")
    ended.wait()
