"""``tests/attack/expected_codes.toml`` agrees with the vocabulary of refusals and its HTTP statuses."""

import csv
from pathlib import Path

from context.codes import RefusalCode
from tests.attack.expected import expected_codes


def test_every_expected_code_carries_the_status_of_the_vocabulary(shared_data: Path) -> None:
    with (shared_data / "launch" / "profile-error-codes.csv").open(encoding="utf-8") as file:
        statuses = {row["code"]: int(row["http"]) for row in csv.DictReader(file)}
    assert set(statuses) == {str(code) for code in RefusalCode}
    wrong = {
        name: row
        for name, row in expected_codes().items()
        if row.code is not None and statuses.get(row.code) != row.http
    }
    assert wrong == {}


def test_every_row_names_a_code_a_status_or_a_panel() -> None:
    assert all(row.code or row.http or row.panel for row in expected_codes().values())
