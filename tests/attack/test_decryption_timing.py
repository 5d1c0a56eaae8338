"""Nothing in the work that a refusal takes tells why a token did not open (attacks A045 and A100).

CPU time of this process, 200 samples of each cause in random order, the medians compared with one another
and never with a clock. Without stand-ins and decoys the slowest cause costs two to ten times the quickest.
"""

import gc
import random
import statistics
import time
from collections.abc import Callable, Mapping

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from launch.errors import LaunchRefusedError
from launch.gate import FAILURE_FLOOR_SECONDS, Gate
from launch.opening import TokenOpener
from launch.own_keys import OwnKeys
from sandbox.his.saml_encryption import XENC, ZORGPLATFORM, XmlEncryption
from tests.attack.cases import Maker
from tests.attack.expected import expected
from tests.attack.jwe_makers import (
    agreed,
    bare_claims,
    flipped,
    fresh_point,
    header,
    holding,
    nested,
    point,
    sealed,
)
from tests.attack.saml_encryption_makers import (
    added,
    data_value,
    encrypting,
    ending_in,
    key_value,
    relax,
    replaced,
    unsigned,
    xenc,
)
from tests.attack.saml_encryption_makers import flipped as bent
from tests.attack.test_tokens_encrypted_saml import signed_by_a_stranger, signed_in_silence
from tests.clock import SteppingClock
from tests.launch_stage import MAPS, Stage, stranger_certificate
from tests.own_keys import own_keys

SAMPLES = 200
ALIKE = 1.4
"""Between the slowest and the quickest median; the causes differ by up to 1.15 on a quiet machine."""

RSA: Mapping[str, Maker] = {
    "no such kid": header(kid="nobody"),
    "another alg": header(alg="RSA1_5"),
    "zip": header(zip="DEF"),
    "another enc": header(enc="A128GCM"),
    "crit": header(crit=["x"]),
    "a name twice": sealed(header=b'{"alg":"RSA-OAEP-256","alg":"RSA-OAEP-256"}'),
    "key bent": sealed(flipped("encrypted_key", 9)),
    "key above the modulus": sealed(lambda jwe: jwe.changed(encrypted_key=b"\xff" * 256)),
    "no key": sealed(lambda jwe: jwe.changed(encrypted_key=b"")),
    "short content key": sealed(content_key=bytes(range(16))),
    "tag bent": sealed(flipped("tag")),
    "ciphertext bent": sealed(flipped("ciphertext")),
    "nothing signed inside": holding(bare_claims),
    "nested": nested(2),
}
AGREEMENT: Mapping[str, Maker] = {
    "no such kid": agreed(header={"kid": "nobody"}),
    "zip": agreed(header={"zip": "DEF"}),
    "no point": agreed(without_header=["epk"]),
    "off the curve": point(lambda epk: epk.update(x=epk["y"])),
    "another point": point(lambda epk: fresh_point(ec.SECP256R1())),
    "key bent": agreed(flipped("encrypted_key")),
    "short content key": agreed(content_key=bytes(range(16))),
    "tag bent": agreed(flipped("tag")),
}


def assertion_kinds(how: XmlEncryption) -> Mapping[str, Maker]:
    return {
        "another form": encrypting(how=how, damage=added(xenc("EncryptedData"), f"{{{XENC}}}x")),
        "key bent": encrypting(how=how, damage=key_value(bent(9))),
        "key above the modulus": encrypting(how=how, damage=key_value(lambda raw: b"\xff" * 256)),
        "to a stranger": encrypting(how=how, to=lambda: stranger_certificate().certificate),
        "data bent": encrypting(how=how, damage=data_value(bent(-1))),
        "not XML": encrypting(lambda plain: b"x" * len(plain), how=how),
        "cut short": encrypting(lambda plain: plain[:-9], how=how),
        "DOCTYPE": encrypting(lambda plain: b"<!DOCTYPE x>" + plain, how=how),
        "unsigned": encrypting(unsigned, how=how),
        "changed after signing": encrypting(replaced(b"999911120", b"999999151"), how=how),
        "signed by a stranger": encrypting(signed_by_a_stranger, how=how),
        "signed in silence": encrypting(signed_in_silence, how=how),
    }


BLOCKS: Mapping[str, Maker] = {
    "padding 0": ending_in(b"\x00"),
    "padding 17": ending_in(b"\x11"),
    "first block bent": encrypting(how=ZORGPLATFORM, damage=data_value(bent(16))),
}


def medians(stage: Stage, verify: Callable[[str], object], kinds: Mapping[str, Maker]) -> Mapping[str, float]:
    """CPU nanoseconds of one refusal, by cause; every one is an L207."""
    tokens = [(name, maker(stage)) for name, maker in kinds.items()]
    spent: dict[str, list[int]] = {name: [] for name in kinds}
    for _ in range(SAMPLES):
        random.shuffle(tokens)
        gc.collect(0)
        for name, token in tokens:
            # Fresh, so that no ciphertext was refused before.
            stage.opener = TokenOpener(own_keys())
            began = time.process_time_ns()
            with pytest.raises(LaunchRefusedError) as refused:
                verify(token)
            spent[name].append(time.process_time_ns() - began)
            assert refused.value.code == expected("A045").code, refused.value.detail
    return {name: statistics.median(each) for name, each in spent.items()}


def assert_alike(found: Mapping[str, float]) -> None:
    quickest, slowest = min(found, key=lambda name: found[name]), max(found, key=lambda name: found[name])
    told = {name: round(each / 1000) for name, each in found.items()}
    assert found[slowest] / found[quickest] < ALIKE, (quickest, slowest, told)


@pytest.mark.proves("attack:A045")
@pytest.mark.parametrize("kinds", [RSA, AGREEMENT], ids=["RSA", "agreement"])
def test_every_token_that_does_not_open_costs_the_same(kinds: Mapping[str, Maker]) -> None:
    stage = Stage()
    assert_alike(medians(stage, stage.verify, kinds))


@pytest.mark.proves("attack:A100")
@pytest.mark.parametrize(
    "kinds",
    [assertion_kinds(XmlEncryption()), {**assertion_kinds(ZORGPLATFORM), **BLOCKS}],
    ids=["GCM", "CBC"],
)
def test_every_assertion_that_does_not_open_costs_the_same(kinds: Mapping[str, Maker]) -> None:
    stage = Stage()
    relax(stage)
    assert_alike(medians(stage, stage.verify_saml, kinds))


@pytest.mark.proves("attack:A045")
@pytest.mark.proves("attack:A100")
def test_ciphertext_that_was_refused_before_costs_the_same() -> None:
    stage = Stage()
    relax(stage)
    document = ending_in(b"\x00")(stage)
    spent: dict[str, list[int]] = {"first": [], "again": []}
    for _ in range(SAMPLES):
        stage.opener = TokenOpener(own_keys())
        for samples in spent.values():
            began = time.process_time_ns()
            with pytest.raises(LaunchRefusedError):
                stage.verify_saml(document)
            samples.append(time.process_time_ns() - began)
    assert_alike({name: statistics.median(each) for name, each in spent.items()})


@pytest.mark.proves("attack:A045")
@pytest.mark.parametrize(("maker", "waits"), [(header(kid="nobody"), True), (sealed(), False)])
def test_no_answer_to_a_token_that_does_not_open_leaves_before_its_floor(
    maker: Maker, *, waits: bool
) -> None:
    stage, clock = Stage(), SteppingClock()
    gate = Gate(stage.trust, MAPS, clock, TokenOpener(OwnKeys(decrypt=own_keys().decrypt)))
    unverified = stage.unverified(maker(stage))
    if waits:
        with pytest.raises(LaunchRefusedError):
            gate.verify(unverified, stage.hospital)
    else:
        gate.verify(unverified, stage.hospital)
    assert (clock.monotonic() >= FAILURE_FLOOR_SECONDS) is waits
