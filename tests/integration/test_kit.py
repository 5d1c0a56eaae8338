"""The kit, run against the service: everything it expects is what comes back."""

import configparser
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.trust_administration import TrustAdministration
from context.codes import RefusalCode
from context.hospital import Environment
from launch.trust.model import LaunchGrade, Registration
from sandbox.his.dialects import DIALECTS
from sandbox.his.vendors import His
from sandbox.kit import run as posting
from sandbox.kit.build import cases_for
from sandbox.kit.command import kit
from sandbox.kit.model import Speaker
from sandbox.kit.speaker import KitError, find_speaker, throw_away_signers
from sandbox.kit.writing import FRESH, KEYS, registration_snippet, write_kit
from tests.stack import Stack


def registered(stack: Stack, his: str) -> Registration:
    services = stack.product.services
    found = TrustAdministration(services.database, services.writer, services.audit).find(
        stack.his.issuer(his)
    )
    assert found is not None
    return found


def speaker_for(stack: Stack, his: str, folder: Path, **settings: object) -> Speaker:
    """The vendor's kit, its throw-away key registered, its grant changed by ``settings``."""
    services = stack.product.services
    found = registered(stack, his)
    (entry,) = (each for each in found.grants if each.grant.hospital == "cwz")
    changed = replace(entry, grant=replace(entry.grant, **settings))  # type: ignore[arg-type]
    return find_speaker(
        replace(found, grants=(changed,)),
        services.hospitals["cwz"],
        services.own_keys,
        folder / KEYS,
        stack.clock.now(),
    )


def write(stack: Stack, his: str, folder: Path, *, test_mode: bool = False) -> dict[str, Any]:
    """A kit on disk whose key is registered. :returns: its manifest."""
    speaker = speaker_for(stack, his, folder)
    mode = "reports_launches = true\n" if test_mode else ""
    stack.product.register(mode + stack.product.registration_of(his) + "\n" + registration_snippet(speaker))
    write_kit(folder, speaker, cases_for(speaker), stack.his.url)
    manifest: dict[str, Any] = json.loads((folder / posting.MANIFEST).read_text("utf-8"))
    return manifest


@pytest.mark.parametrize("vendor", sorted(DIALECTS))
def test_whole_kit_gets_what_it_expects(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str], vendor: str
) -> None:
    manifest = write(stack, vendor, tmp_path)
    outcome = posting.main(tmp_path, now=stack.clock.now())
    told = capsys.readouterr().out
    assert "\n".join(line for line in told.splitlines() if line.startswith("BAD")) == ""
    assert outcome == 0
    assert len(manifest["cases"]) == told.count("\nok ") + 1


@pytest.mark.parametrize("vendor", [His.JWT, His.VIPLIVE])
def test_whole_kit_gets_the_same_codes_as_reports_in_test_mode(
    stack: Stack, tmp_path: Path, vendor: str
) -> None:
    write(stack, vendor, tmp_path, test_mode=True)
    assert posting.main(tmp_path, now=stack.clock.now()) == 0
    assert stack.zis.requests == ()


@pytest.mark.parametrize("vendor", sorted(DIALECTS))
def test_kit_holds_at_least_sixty_wrong_launches_each_named_once(
    stack: Stack, tmp_path: Path, vendor: str
) -> None:
    cases = cases_for(speaker_for(stack, vendor, tmp_path))
    wrong = [case for case in cases if case.code]
    assert len(wrong) >= 60
    assert len({case.name for case in cases}) == len(cases)
    assert {case.code for case in wrong} <= {code.value for code in RefusalCode}
    assert all(case.wrong for case in wrong)
    assert cases[0].name == "golden"


def test_each_token_of_a_kit_is_a_file(stack: Stack, tmp_path: Path) -> None:
    manifest = write(stack, His.JWT, tmp_path)
    for case in manifest["cases"]:
        for _, file in case["fields"]:
            assert (tmp_path / file).is_file()
    assert "golden" in (tmp_path / "README.md").read_text("utf-8")


def test_difference_is_told_with_exit_code_1(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = write(stack, His.JWT, tmp_path)
    manifest["cases"] = [{**manifest["cases"][0], "code": "L203"}]
    (tmp_path / posting.MANIFEST).write_text(json.dumps(manifest), "utf-8")
    assert posting.main(tmp_path, now=stack.clock.now()) == 1
    assert "BAD golden" in capsys.readouterr().out


def test_kit_that_is_too_old_is_not_posted(stack: Stack, tmp_path: Path) -> None:
    write(stack, His.JWT, tmp_path)
    before = len(stack.records())
    late = stack.clock.now() + FRESH + timedelta(seconds=1)
    assert posting.main(tmp_path, now=late) == 2
    assert len(stack.records()) == before


def test_written_script_runs_alone(stack: Stack, tmp_path: Path) -> None:
    manifest = write(stack, His.VIPLIVE, tmp_path)
    manifest["fresh_until"] = "2999-01-01T00:00:00Z"
    manifest["cases"] = manifest["cases"][:3]
    (tmp_path / posting.MANIFEST).write_text(json.dumps(manifest), "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", tmp_path / "run"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 launches, 0 not as expected" in done.stdout


def test_silent_service_is_told_with_exit_code_2(stack: Stack, tmp_path: Path) -> None:
    write(stack, His.JWT, tmp_path)
    assert posting.main(tmp_path, "http://127.0.0.1:9/launch", now=stack.clock.now()) == 2


def test_command_writes_a_kit_and_tells_how_large_it_is(stack: Stack, tmp_path: Path) -> None:
    done = command(stack, stack.his.issuer(His.JWT), "cwz", tmp_path)
    assert done.exit_code == 0, done.output
    manifest = json.loads((tmp_path / posting.MANIFEST).read_text("utf-8"))
    assert done.output == f"{len(manifest['cases'])} launches written to {tmp_path}\n"
    assert manifest["origin"] == stack.his.url


def test_command_posts_what_it_wrote_when_it_is_asked_to(stack: Stack, tmp_path: Path) -> None:
    """The key is not registered, and the service's clock stands still: no golden launch gets in."""
    done = command(stack, stack.his.issuer(His.JWT), "cwz", tmp_path, "--run")
    assert done.exit_code == 1
    assert re.search(r"BAD golden +expected accepted got L202", done.output)


@pytest.mark.parametrize(
    ("issuer", "hospital", "why"),
    [("https://nobody.example", "cwz", "not registered"), ("", "nowhere", "no hospital file")],
)
def test_command_says_why_there_is_no_kit(
    stack: Stack, tmp_path: Path, issuer: str, hospital: str, why: str
) -> None:
    done = command(stack, issuer or stack.his.issuer(His.JWT), hospital, tmp_path / "kit")
    assert (done.exit_code, why in done.output) == (2, True)
    assert not (tmp_path / "kit").exists()


def command(stack: Stack, issuer: str, hospital: str, out: Path, *more: str) -> Result:
    """``zorgtegel kit`` with these settings."""
    asked = ["--issuer", issuer, "--hospital", hospital, "--out", str(out), *more]
    return CliRunner(env=stack.product.environment).invoke(kit, asked)


def test_command_is_hooked_in_by_its_entry_point() -> None:
    declared = configparser.ConfigParser()
    declared.read(Path(__file__).parents[2] / "setup.cfg", "utf-8")
    hooked = declared["options.entry_points"]["zorgtegel.commands"]
    assert "kit = sandbox.kit.command:kit" in hooked.splitlines()


def test_keys_stay_the_same_in_one_folder(tmp_path: Path) -> None:
    first = throw_away_signers(tmp_path)
    assert throw_away_signers(tmp_path).key.kid == first.key.kid
    assert throw_away_signers(tmp_path / "other").key.kid != first.key.kid


def test_no_kit_is_made_for_a_hospital_in_production(stack: Stack, tmp_path: Path) -> None:
    services = stack.product.services
    hospital = replace(services.hospitals["cwz"], environment=Environment.PRODUCTION)
    with pytest.raises(KitError, match="production"):
        find_speaker(
            registered(stack, His.JWT), hospital, services.own_keys, tmp_path / KEYS, stack.clock.now()
        )
    assert not (tmp_path / KEYS).exists()


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"minimum_grade": LaunchGrade.TICKET}, "stronger door"),
        ({"require_encryption": True}, "encryption"),
        ({"roles": {}}, "no role"),
    ],
)
def test_no_kit_is_made_for_a_grant_that_posted_tokens_cannot_meet(
    stack: Stack, tmp_path: Path, settings: dict[str, object], why: str
) -> None:
    with pytest.raises(KitError, match=why):
        speaker_for(stack, His.JWT, tmp_path, **settings)
