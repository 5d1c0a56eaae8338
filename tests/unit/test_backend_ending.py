"""Which launches an ending names (launch/backend/model.py), and that rotating a key loses none of them."""

from dataclasses import replace

import pytest

from app.consuming import SessionKeys
from app.crypto import Cipher
from context.launch import Practice, VerifiedLaunch
from launch.backend.model import Ending, HisEvent
from tests.clock import START
from tests.keys import secret_keys
from tests.people import ANNA, BRAM, a_launch, a_user

LAUNCH = replace(a_launch(START, bsn=ANNA), his_session="session-1")
CLOSED = Ending(
    hospital=LAUNCH.hospital,
    issuer=LAUNCH.issuer,
    practice_ura=LAUNCH.practice.ura_number,
    user_id=LAUNCH.user.identifier,
    event=HisEvent.PATIENT_CLOSED,
    session="session-1",
    bsn=ANNA,
)
LOGGED_OUT = replace(CLOSED, event=HisEvent.USER_LOGGED_OUT, bsn=None, session=None)
ELSEWHERE = (
    replace(LAUNCH, hospital="another"),
    replace(LAUNCH, issuer="another"),
    replace(LAUNCH, practice=Practice("87654321")),
    replace(LAUNCH, user=a_user("another")),
)


@pytest.mark.parametrize("ending", [CLOSED, LOGGED_OUT], ids=["patient closed", "logged out"])
@pytest.mark.parametrize("launch", ELSEWHERE, ids=["hospital", "vendor", "practice", "user"])
def test_ending_covers_its_own_and_nothing_elsewhere(ending: Ending, launch: VerifiedLaunch) -> None:
    assert ending.covers(LAUNCH)
    assert not ending.covers(launch)


@pytest.mark.parametrize(
    ("launch", "closed", "logged_out", "logged_out_of_session"),
    [
        (LAUNCH, True, True, True),
        (replace(LAUNCH, bsn=BRAM), False, True, True),
        (replace(LAUNCH, his_session="session-2"), False, True, False),
        (replace(LAUNCH, his_session=None), False, True, False),
    ],
)
def test_patient_and_session_narrow_what_is_covered(
    launch: VerifiedLaunch, closed: bool, logged_out: bool, logged_out_of_session: bool
) -> None:
    assert CLOSED.covers(launch) is closed
    assert LOGGED_OUT.covers(launch) is logged_out
    assert replace(LOGGED_OUT, session="session-1").covers(launch) is logged_out_of_session


def test_closed_patient_without_a_session_covers_only_launches_without_one() -> None:
    ending = replace(CLOSED, session=None)
    assert ending.covers(replace(LAUNCH, his_session=None))
    assert not ending.covers(LAUNCH)


def test_repr_of_an_ending_holds_no_bsn() -> None:
    assert ANNA.reveal() not in repr(CLOSED)


def test_what_was_stored_before_a_key_was_rotated_is_still_found() -> None:
    old, new = secret_keys("old"), secret_keys("new")
    before = SessionKeys(Cipher(old))
    after = SessionKeys(Cipher(new.model_copy(update={"lookup": (*new.lookup, *old.lookup)})))
    assert before.user(LAUNCH) in after.users(LAUNCH.issuer, LAUNCH.user.identifier)
    assert after.user(LAUNCH) in after.users(LAUNCH.issuer, LAUNCH.user.identifier)
    named = (LAUNCH.hospital, LAUNCH.issuer, LAUNCH.practice.ura_number)
    assert before.practice(LAUNCH) in after.practices(*named)
