"""Lossy and unmapped roles, on invented tables and on the maps that RIVO-Noord publishes."""

import json
from pathlib import Path

import pytest

from launch.trust.role_coverage import RoleFinding, RoleProblem, role_findings


def test_table_that_keeps_roles_apart_has_no_findings() -> None:
    assert role_findings({"1": "01.015", "2": "30.000"}, known=["1", "2"]) == ()


def test_two_roles_on_one_target_are_lossy() -> None:
    findings = role_findings({"b": "01.015", "a": "01.015", "c": "30.000"})
    assert findings == (RoleFinding(RoleProblem.LOSSY, ("a", "b"), "01.015"),)


def test_one_role_in_two_spellings_is_not_lossy() -> None:
    spellings = {"http://snomed.info/sct|62247001": "01.015", "2.16.840.1.113883.6.96|62247001": "01.015"}
    assert role_findings({**spellings, "62247001": "01.015"}) == ()


def test_role_that_the_table_does_not_name_is_unmapped() -> None:
    findings = role_findings({"a": "01.015"}, known=["c", "a", "b"])
    assert findings == (RoleFinding(RoleProblem.UNMAPPED, ("b", "c")),)


def _published(folder: Path, name: str) -> tuple[dict[str, str], list[str]]:
    """A ConceptMap as a table, and every source role it knows."""
    concept_map = json.loads((folder / "launch" / f"ConceptMap-{name}.json").read_text("utf-8"))
    elements = [element for group in concept_map["group"] for element in group["element"]]
    table = {
        f"{element['code']} {element['display']}": target["code"]
        for element in elements
        for target in element["target"]
        if "code" in target
    }
    return table, [f"{element['code']} {element['display']}" for element in elements]


def test_published_map_of_sanday_makes_a_system_administrator_a_practice_nurse(shared_data: Path) -> None:
    assert role_findings(*_published(shared_data, "sanday-rolcode")) == (
        RoleFinding(
            RoleProblem.LOSSY,
            ("4 Doktersassistente in opleiding", "8 Praktijkondersteuner", "9 Systeembeheerder"),
            "224610007",
        ),
    )


@pytest.mark.parametrize(
    ("name", "lossy", "member", "unmapped"),
    [
        ("epic-rolcode", "223366009", "2511 Voedingsassistent", ()),
        ("rolcodenl", "224571005", "30.069 Verpl. spec. geestelijke gezondheidszorg", ("00.000 Geen rol",)),
    ],
)
def test_published_maps_of_other_sources_are_lossy_too(
    shared_data: Path, name: str, lossy: str, member: str, unmapped: tuple[str, ...]
) -> None:
    findings = role_findings(*_published(shared_data, name))
    losses = {found.target: found.sources for found in findings if found.problem is RoleProblem.LOSSY}
    assert member in losses[lossy]
    missing = [found.sources for found in findings if found.problem is RoleProblem.UNMAPPED]
    assert missing == ([unmapped] if unmapped else [])
