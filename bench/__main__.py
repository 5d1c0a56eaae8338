"""``python -m bench``: measure, print the table; fail only when an answer was wrong."""

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import click

from bench.launching import LaunchFigures, LaunchSizes, Peer, measure_launches
from bench.load import Ledger, WrongAnswersError
from bench.machine import Machine, Neighbours
from bench.paging import Page, PageFigures, PageSizes, measure_pages
from bench.painting import PaintingFigures, measure_painting
from bench.processes import Cores, ServerError
from bench.reading import ReadingFigures, ReadingSizes, measure_reading
from bench.rendering import RenderingFigures, RenderingSizes, measure_rendering
from bench.report import (
    answer_lines,
    launch_lines,
    page_lines,
    painting_lines,
    reading_lines,
    rendering_lines,
)
from bench.rounds import Rounds
from bench.stage import set_up
from sandbox.servers import real_time


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured. :param launch_rounds, page_rounds: at most, and for how many seconds."""

    launches: LaunchSizes
    launch_rounds: tuple[int, float]
    pages: PageSizes
    page_rounds: tuple[int, float]
    reading: ReadingSizes
    reading_rounds: tuple[int, float]
    rendering: RenderingSizes
    rendering_rounds: tuple[int, float]
    looks: int


FULL = Plan(
    LaunchSizes(
        many={Peer.BARE: 2000, Peer.JWT: 600, Peer.SAML: 300},
        one={Peer.BARE: 800, Peer.JWT: 150, Peer.SAML: 100},
    ),
    (7, 50.0),
    PageSizes(calls=10, one={Page.FIRST: 20, Page.LATER: 40}, many={Page.FIRST: 100, Page.LATER: 200}),
    (4, 40.0),
    ReadingSizes(samples=(1, 20, 450)),
    (7, 30.0),
    RenderingSizes(rows=500, dates=10, points=100, repeats=10),
    (5, 10.0),
    10,
)
QUICK = Plan(
    LaunchSizes(many=dict.fromkeys(Peer, 32), one=dict.fromkeys(Peer, 4)),
    (1, 0.0),
    PageSizes(calls=1, one=dict.fromkeys(Page, 2), many=dict.fromkeys(Page, 4)),
    (1, 0.0),
    ReadingSizes(samples=(1,)),
    (1, 0.0),
    RenderingSizes(rows=20, dates=10, points=20, repeats=1),
    (1, 0.0),
    1,
)


@click.command()
@click.option("--quick", is_flag=True, help="Few requests: shows that all answers are right, not how fast.")
def main(quick: bool) -> None:
    """Print what docs/performance.md explains. Exit code 1: an answer was wrong, or nothing could start."""
    try:
        _run(QUICK if quick else FULL)
    except (WrongAnswersError, ServerError, OSError, EOFError) as error:
        click.echo(f"bench: {error}", err=True)
        sys.exit(1)


def _run(plan: Plan) -> None:
    ledger, neighbours = Ledger(), Neighbours()
    launch_rounds, page_rounds = Rounds(*plan.launch_rounds), Rounds(*plan.page_rounds)
    reading_rounds, rendering_rounds = Rounds(*plan.reading_rounds), Rounds(*plan.rendering_rounds)
    cores = Cores.choose()
    with tempfile.TemporaryDirectory(prefix="zorgtegel-bench-") as folder:
        machine = Machine.look(Path(folder), cores, real_time())
        for line in machine.lines():
            click.echo(line)
        reading = measure_reading(Path(folder), plan.reading, reading_rounds)
        _print_reading(reading, reading_rounds)
        rendering = measure_rendering(plan.rendering, rendering_rounds)
        _print_rendering(rendering, rendering_rounds)
        with set_up(Path(folder), cores) as stage:
            os.sched_setaffinity(0, {cores.load})
            launches = measure_launches(stage, plan.launches, launch_rounds, ledger)
            _print_launches(launches, launch_rounds)
            pages = measure_pages(stage, plan.pages, page_rounds, ledger)
            _print_pages(pages, page_rounds)
            _print_painting(measure_painting(stage, plan.looks), plan.looks)
    click.echo(f"\nOther work took {neighbours.share():.0%} of the machine meanwhile.")
    click.echo("Every answer was the right one:")
    for line in answer_lines(ledger.counted):
        click.echo(line)


def _print_reading(figures: ReadingFigures, rounds: Rounds) -> None:
    click.echo(f"\nReading: ratio to the parse of the same bytes, median of {rounds.made} rounds")
    for line in reading_lines(figures):
        click.echo(line)


def _print_rendering(figures: RenderingFigures, rounds: Rounds) -> None:
    click.echo(
        f"\nRendering: ratio to bare strings, median (and range) of {rounds.made} rounds; bytes to budget"
    )
    for line in rendering_lines(figures):
        click.echo(line)


def _print_painting(figures: PaintingFigures, looks: int) -> None:
    click.echo(f"\nThe screen in Chromium: share of each budget, {looks} launches to three pages each")
    for line in painting_lines(figures):
        click.echo(line)


def _print_launches(figures: LaunchFigures, rounds: Rounds) -> None:
    click.echo(f"\nLaunches: ratio to the bare Flask POST, median (and range) of {rounds.made} rounds")
    for line in launch_lines(figures):
        click.echo(line)


def _print_pages(figures: PageFigures, rounds: Rounds) -> None:
    click.echo(f"\nPages: ratio to the slowest hospital call, all of {rounds.made} rounds")
    for line in page_lines(figures):
        click.echo(line)
    sizes = ", ".join(f"{what} {length / 1000:.1f} kB" for what, length in figures.bytes.items())
    click.echo(f"    bytes: {sizes}")


if __name__ == "__main__":
    main()
