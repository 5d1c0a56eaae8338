"""A short fuzz of every reader in CI, the same at each run; ``make soak`` goes on for longer."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from launch.jose_decoder import decode_compact
from launch.saml_token import decode_saml
from tests.fuzz.mutations import INPUTS
from tests.fuzz.targets import TARGETS, seeds

EXAMPLES = 400
SEEDS = seeds()


@pytest.mark.proves("attack:A146")
@pytest.mark.parametrize("name", list(TARGETS))
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_reader_refuses_or_keeps_its_promise(name: str, data: st.DataObject) -> None:
    TARGETS[name](data.draw(INPUTS[name](SEEDS[name])))


def test_seeds_reach_every_check_of_their_reader() -> None:
    decode_compact(SEEDS["jwt"].decode("ascii"))
    decode_saml(base64.b64encode(SEEDS["saml"]).decode("ascii"))
