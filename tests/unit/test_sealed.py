"""Launches and patients survive being stored, whole, and nothing else is taken for one."""

import json
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.crypto import Cipher
from app.sealed import SealedValues, decode, encode
from context.bsn import Bsn
from context.errors import StorageUnavailableError
from context.launch import Practice, User, VerifiedLaunch
from context.person import HumanName, PartialDate, Patient
from tests.keys import secret_keys
from tests.people import ANNA, BRAM, a_launch, a_patient

partial_dates = st.one_of(
    st.builds(PartialDate, st.integers(1880, 2030)),
    st.builds(PartialDate, st.integers(1880, 2030), st.integers(1, 12)),
    st.dates().map(lambda day: PartialDate(day.year, day.month, day.day)),
)
st.register_type_strategy(Bsn, st.sampled_from([ANNA, BRAM]))
st.register_type_strategy(PartialDate, partial_dates)
instants = st.datetimes(timezones=st.just(UTC))
launches = st.builds(VerifiedLaunch, expires_at=instants, received_at=instants)
patients = st.builds(Patient, names=st.lists(st.from_type(HumanName), max_size=2).map(tuple))


@settings(max_examples=50)
@given(launches)
def test_every_launch_comes_back_as_it_was(launch: VerifiedLaunch) -> None:
    assert decode(VerifiedLaunch, encode(launch)) == launch


@settings(max_examples=50)
@given(patients)
def test_every_patient_comes_back_as_he_was(patient: Patient) -> None:
    assert decode(Patient, encode(patient)) == patient


@pytest.fixture
def values() -> SealedValues:
    return SealedValues(Cipher(secret_keys()))


def test_a_sealed_value_opens_for_its_own_context_and_kind_only(values: SealedValues) -> None:
    launch, patient = a_launch(), a_patient()
    sealed_launch, sealed_patient = values.seal_launch(launch, "a"), values.seal_patient(patient, "a")
    assert values.open_launch(sealed_launch, "a") == launch
    assert values.open_patient(sealed_patient, "a") == patient
    for attempt in (
        lambda: values.open_launch(sealed_launch, "b"),
        lambda: values.open_patient(sealed_patient, "b"),
        lambda: values.open_launch(sealed_patient, "a"),
        lambda: values.open_patient(sealed_launch, "a"),
    ):
        with pytest.raises(StorageUnavailableError):
            attempt()


def without(name: str) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(encode(a_launch()))
    del stored[name]
    return stored


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        {},
        without("bsn"),
        json.loads(encode(a_launch())) | {"bsn": {"_digits": "999990018"}},
        json.loads(encode(a_launch())) | {"token_id": 7},
        json.loads(encode(a_launch())) | {"expires_at": "yesterday"},
        json.loads(encode(a_launch())) | {"user": None},
        json.loads(encode(a_launch())) | {"unknown": "field"},
        json.loads(encode(a_patient())),
    ],
)
def test_what_is_no_launch_of_this_version_is_refused_unseen(stored: object) -> None:
    with pytest.raises(StorageUnavailableError) as caught:
        decode(VerifiedLaunch, json.dumps(stored).encode())
    assert str(caught.value) == "not a stored VerifiedLaunch"


def test_a_value_that_cannot_come_back_is_not_stored() -> None:
    launch = a_launch(user=User("gp", "name", "01.015", "x"), practice=Practice("1", {"a": 1}))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        encode(launch)
