"""Refusals of one code cannot be told apart: not by the answer, and not by when it comes.

Two hundred samples of each cause, in random order, compared by rank, so that no machine is too slow for
it. The clock is stepped, so a floor costs no time here; what an answer takes is counted from the floor on,
because that is what anyone outside can see. What it took before is compared too, with a hospital that
answers one cause later: there the same test must tell them apart.
"""

import random
import time
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import pytest

from context.codes import RefusalCode
from context.entering import NOTHING_TO_SHOW_FLOOR_SECONDS
from launch.claims import TokenForm
from launch.errors import LaunchRefusedError
from launch.gate import FAILURE_FLOOR_SECONDS, Gate
from launch.opening import TokenOpener
from sandbox.his.tokens import mint_jwt, new_es256_key
from tests.attack import saml_makers as saml
from tests.attack.cases import Maker
from tests.attack.expected import expected
from tests.attack.jose_makers import signature
from tests.attack.jwe_makers import flipped as bent
from tests.attack.jwe_makers import header, sealed
from tests.attack.test_web_leaks import masked
from tests.clock import SteppingClock
from tests.launch_stage import MAPS, Stage, jwt_key
from tests.own_keys import own_keys
from tests.stack import Stack as Product

SAMPLES = 200
APART = 0.2
"""How far the chance that one cause answers after the other may be from a half. By chance alone it is
0.03 off (one standard deviation of the rank sum for twice 200 samples), so seven times that is a leak."""
_SEEN_DIGITS = 4
"""Without a server around it, a refusal is out within microseconds; a tenth of a millisecond is what an
attacker on the network could hope to see."""
_LATER = "ok:0.02"


def apart(one: Sequence[float], other: Sequence[float]) -> float:
    """How far P(one is later than the other) is from a half (Mann and Whitney's U, scaled)."""
    ordered = sorted(other)
    later = sum((bisect_left(ordered, each) + bisect_right(ordered, each)) / 2 for each in one)
    return abs(later / (len(one) * len(other)) - 0.5)


class FloorClock(SteppingClock):
    """Knows when the answer was let go, in this machine's time and in its own."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = 0.0
        self.waited_until = 0.0

    def wait_until(self, monotonic: float) -> None:
        super().wait_until(monotonic)
        self.waited_until = self.monotonic()
        self.let_go = time.perf_counter()


@pytest.fixture
def stepping_clock() -> SteppingClock:
    return FloorClock()


@pytest.mark.proves("attack:A139")
@pytest.mark.timeout(400)
def test_unknown_patient_and_no_consent_are_told_apart_by_nothing(stack: Product) -> None:
    clock = stack.clock
    assert isinstance(clock, FloorClock)
    causes = {"unknown": "unknown_in_hospital", "no consent": "consent_refused"}
    stack.zis.script(stack.zis.personas[causes["no consent"]].bsn, "consent", [_LATER])
    seen: dict[str, list[float]] = {cause: [] for cause in causes}
    inside: dict[str, list[float]] = {cause: [] for cause in causes}
    bodies, floors = set(), set()
    order = [*causes] * SAMPLES
    random.shuffle(order)
    for cause in order:
        browser = stack.new_browser()
        place = browser.launch(stack.jwt(causes[cause])).location
        asked, began = clock.monotonic(), time.perf_counter()
        reply = browser.get(place)
        seen[cause].append(time.perf_counter() - clock.let_go)
        inside[cause].append(clock.let_go - began)
        floors.add(round(clock.waited_until - asked, 6))
        bodies.add(masked(reply))
    assert [len(each) for each in seen.values()] == [SAMPLES] * 2
    assert len(bodies) == 1, bodies
    ((status, _, body),) = bodies
    assert (status, "geen rechten" in body) == (expected("patient_unknown").http, True)
    assert floors == {NOTHING_TO_SHOW_FLOOR_SECONDS}
    assert apart(*seen.values()) < APART, seen
    assert apart(*inside.values()) > APART, "the later hospital should show before the floor"


# --- tokens


def _payload_of_another(stage: Stage) -> str:
    one, other = (mint_jwt(stage.content(), jwt_key(), now=stage.now).split(".") for _ in range(2))
    return ".".join((one[0], other[1], one[2]))


def _stranger(stage: Stage) -> str:
    return mint_jwt(stage.content(), new_es256_key(jwt_key().kid), now=stage.now)


_SIGNED_WRONG: dict[str, tuple[TokenForm, Maker]] = {
    "bent": (TokenForm.JWT, signature(lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]))),
    "zeros": (TokenForm.JWT, signature(lambda raw: bytes(len(raw)))),
    "short": (TokenForm.JWT, signature(lambda raw: raw[:40])),
    "stranger": (TokenForm.JWT, _stranger),
    "payload": (TokenForm.JWT, _payload_of_another),
    "content": (TokenForm.SAML, saml.replaced(b"999911120", b"999999151")),
}
_NOT_OPENED: dict[str, tuple[TokenForm, Maker]] = {
    "kid": (TokenForm.JWT, header(kid="nobody")),
    "key": (TokenForm.JWT, sealed(bent("encrypted_key", 9))),
    "tag": (TokenForm.JWT, sealed(bent("tag"))),
}


@pytest.mark.proves("attack:A139")
@pytest.mark.parametrize(
    ("code", "kinds"),
    [(RefusalCode.SIGNATURE_WRONG, _SIGNED_WRONG), (RefusalCode.DECRYPTION_FAILED, _NOT_OPENED)],
    ids=["L203", "L207"],
)
def test_every_cause_of_one_code_leaves_at_one_moment(
    code: RefusalCode, kinds: dict[str, tuple[TokenForm, Maker]]
) -> None:
    stage, clock = Stage(), FloorClock()
    gate = Gate(stage.trust, MAPS, clock, TokenOpener(own_keys()))
    tokens = {name: stage.unverified(maker(stage), form) for name, (form, maker) in kinds.items()}
    seen: dict[str, list[float]] = {name: [] for name in kinds}
    inside: dict[str, list[float]] = {name: [] for name in kinds}
    order = [*kinds] * SAMPLES
    random.shuffle(order)
    for name in order:
        asked, began = clock.monotonic(), time.perf_counter()
        with pytest.raises(LaunchRefusedError) as refused:
            gate.verify(tokens[name], stage.hospital)
        seen[name].append(round(time.perf_counter() - clock.let_go, _SEEN_DIGITS))
        inside[name].append(clock.let_go - began)
        assert refused.value.code is code, (name, refused.value.detail)
        assert round(clock.waited_until - asked, 6) == FAILURE_FLOOR_SECONDS
    first, *others = kinds
    for name in others:
        assert apart(seen[first], seen[name]) < APART, name
        assert sorted(inside[name])[SAMPLES // 2] < FAILURE_FLOOR_SECONDS, "the floor must be above the work"
    if code is RefusalCode.SIGNATURE_WRONG:
        assert apart(inside["bent"], inside["content"]) > APART, "without a floor the work would tell"


def test_rank_test_tells_a_leak_of_a_tenth_and_not_an_equal_pair() -> None:
    drawn = random.Random(7)
    one, other = ([drawn.gauss(1.0, 0.05) for _ in range(SAMPLES)] for _ in range(2))
    assert apart(one, other) < APART / 2
    assert apart(one, [each * 1.1 for each in other]) > APART
