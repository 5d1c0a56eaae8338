"""A flood of refusals is counted, not recorded one by one (architecture.md D18)."""

from launch.floods import RECORDS_PER_MINUTE, RefusalMeter


def test_first_sixty_of_a_minute_are_recorded_and_the_rest_summarised_once() -> None:
    meter = RefusalMeter()
    first = [meter.admit("cwz", 0.0) for _ in range(RECORDS_PER_MINUTE)]
    rest = [meter.admit("cwz", 59.9) for _ in range(5)]
    assert all(admission.record for admission in first)
    assert not any(admission.record for admission in rest)
    next_minute = meter.admit("cwz", 60.0)
    assert (next_minute.record, next_minute.passed_over) == (True, 5)
    assert meter.admit("cwz", 60.0).passed_over == 0


def test_hospitals_are_counted_apart() -> None:
    meter = RefusalMeter()
    for _ in range(RECORDS_PER_MINUTE + 1):
        meter.admit("cwz", 0.0)
    assert meter.admit("saxenburgh", 0.0).record


def test_drain_hands_out_what_was_not_reported() -> None:
    meter = RefusalMeter()
    for _ in range(RECORDS_PER_MINUTE + 3):
        meter.admit("cwz", 0.0)
    assert meter.drain() == {"cwz": 3}
    assert meter.drain() == {}
