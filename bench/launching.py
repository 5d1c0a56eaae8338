"""P1 and P2: ``POST /launch`` per second, beside a bare Flask POST under the same server."""

import sqlite3
import statistics
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum

from bench.load import Ledger, WrongAnswersError, run_load
from bench.rounds import Rounds
from bench.stage import Stage, post_form
from sandbox.his.vendors import His

CONNECTIONS = (16, 1)


class Peer(StrEnum):
    """Who answers the posts of one load."""

    BARE = "bare Flask POST"
    JWT = "JWT POST /launch"
    SAML = "SAML POST /launch"


_VENDORS = {Peer.JWT: His.JWT, Peer.SAML: His.VIPLIVE}


@dataclass(frozen=True, slots=True)
class LaunchSizes:
    """Requests of one load by who answers it, at many connections and at one."""

    many: dict[Peer, int]
    one: dict[Peer, int]

    def number(self, peer: Peer, connections: int) -> int:
        return (self.one if connections == 1 else self.many)[peer]


@dataclass(frozen=True, slots=True)
class LaunchFigures:
    """:ivar per_second: by peer and connections, one figure a round."""

    per_second: dict[tuple[Peer, int], list[float]]

    def median(self, peer: Peer, connections: int) -> float:
        """Requests per second."""
        return statistics.median(self.per_second[peer, connections])

    def ratios(self, peer: Peer, connections: int) -> Sequence[float]:
        """Of each round, to the bare peer in that round."""
        bare = self.per_second[Peer.BARE, connections]
        return [each / base for each, base in zip(self.per_second[peer, connections], bare, strict=True)]


def measure_launches(stage: Stage, sizes: LaunchSizes, rounds: Rounds, ledger: Ledger) -> LaunchFigures:
    """Alternate the peers, round by round, after one load of each that is not counted.

    :raises WrongAnswersError: a launch was refused, or is not on disk afterwards.
    """
    figures: dict[tuple[Peer, int], list[float]] = {
        (peer, connections): [] for connections in CONNECTIONS for peer in Peer
    }
    for peer, connections in figures:
        _launch(stage, peer, connections, 2 * connections, ledger)
    for _ in rounds:
        for (peer, connections), per_second in figures.items():
            number = sizes.number(peer, connections)
            per_second.append(_launch(stage, peer, connections, number, ledger))
    _check_rows(stage, ledger)
    return LaunchFigures(figures)


def _launch(stage: Stage, peer: Peer, connections: int, number: int, ledger: Ledger) -> float:
    if peer is Peer.BARE:
        (form,) = stage.clicks.forms(His.JWT, 1)
        port, posts = stage.bare_port, [post_form(stage.bare_url, form)] * number
    else:
        port, posts = stage.service_port, stage.clicks.posts(_VENDORS[peer], number)
    return ledger.check(peer.value, run_load(port, posts, connections), 303).per_second


def _check_rows(stage: Stage, ledger: Ledger) -> None:
    """Every accepted launch is in the database with its record."""
    accepted = sum(ledger.counted[peer.value][303] for peer in _VENDORS)
    with closing(sqlite3.connect(f"file:{stage.database}?mode=ro", uri=True)) as connection:
        for table in ("pending_launch", "audit_record"):
            (rows,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608  # names above
            if rows < accepted:
                raise WrongAnswersError(f"{accepted} launches were accepted, {table} has {rows} rows")
