"""``docs/vendor-guide.md`` says of every code, grade and number what the product does."""

import csv
import re
from pathlib import Path

import pytest

from app.launch_codes import HTTP_STATUS
from context.codes import RefusalCode
from launch.backend.model import TICKET_LIFE
from launch.floods import RECORDS_PER_MINUTE
from launch.inspector.store import KEEP
from launch.jose_decoder import TOKEN_TYPE
from launch.metadata_routes import MAX_AGE_SECONDS
from launch.proven_token import SAML_LIFETIME, SKEW
from launch.trust.model import MAX_LIFETIME_SECONDS, LaunchGrade
from sandbox.kit.writing import FRESH

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "vendor-guide.md").read_text("utf-8")
FLAT = " ".join(GUIDE.split())
ROWS = {
    cells[0]: cells
    for line in GUIDE.splitlines()
    if line.startswith("| L") and (cells := [cell.strip() for cell in line.strip("|").split("|")])
}


def test_every_code_has_its_row_in_order() -> None:
    assert list(ROWS) == [code.value for code in RefusalCode]
    assert all(len(cells) == 5 and all(cells) for cells in ROWS.values())


def test_every_row_has_the_status_that_is_answered() -> None:
    assert {code: int(cells[1]) for code, cells in ROWS.items()} == {
        code.value: status for code, status in HTTP_STATUS.items()
    }


def test_every_row_names_who_must_act(shared_data: Path) -> None:
    with (shared_data / "launch" / "profile-error-codes.csv").open(encoding="utf-8", newline="") as file:
        acting = {row["code"]: row["who_acts"] for row in csv.DictReader(file)}
    assert {code: cells[3] for code, cells in ROWS.items()} == acting


def test_every_grade_has_its_row() -> None:
    assert re.findall(r"^\| `([a-z_]+)` \|", GUIDE, re.MULTILINE) == [grade.value for grade in LaunchGrade]


@pytest.mark.parametrize(
    "said",
    [
        f"a JWT lives for at most {MAX_LIFETIME_SECONDS} seconds, an Assertion for {SAML_LIFETIME.seconds}",
        f"clocks may differ by {SKEW.seconds} seconds",
        f"once, within {TICKET_LIFE.seconds} seconds",
        f"For {KEEP.days} days hospital IT",
        f"refusals beyond {RECORDS_PER_MINUTE} a minute",
        f"within {FRESH.seconds} seconds",
        f"header `typ` is `{TOKEN_TYPE}`",
        "Both may be kept for four hours",
    ],
)
def test_number_of_the_guide_is_the_products(said: str) -> None:
    assert said in FLAT


def test_four_hours_are_what_our_keys_may_be_kept_for() -> None:
    assert MAX_AGE_SECONDS == 4 * 60 * 60


def test_code_that_the_guide_calls_unused_is_used_nowhere() -> None:
    product = (
        path for folder in ("launch", "context", "adapters", "app") for path in (ROOT / folder).rglob("*.py")
    )
    naming = {
        str(path.relative_to(ROOT)) for path in product if "CERTIFICATE_UNTRUSTED" in path.read_text("utf-8")
    }
    assert naming == {"context/codes.py", "app/launch_codes.py"}
