"""The codes and their HTTP status are those of the published list."""

import csv
from pathlib import Path

import pytest

from app.launch_codes import HTTP_STATUS
from context.codes import RefusalCode


def test_every_code_has_a_status() -> None:
    assert set(HTTP_STATUS) == set(RefusalCode)


@pytest.mark.shared_data
def test_codes_and_statuses_equal_the_published_list(shared_data: Path) -> None:
    with (shared_data / "launch" / "profile-error-codes.csv").open(encoding="utf-8") as file:
        published = {row["code"]: int(row["http"]) for row in csv.DictReader(file)}
    assert {code.value: status for code, status in HTTP_STATUS.items()} == published
