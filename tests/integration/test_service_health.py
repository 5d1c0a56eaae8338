"""What an operator sees: health, readiness, and a service that refuses to start on the wrong database."""

import gc
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.secrets_file import write_new_secrets
from app.serving import begin
from app.wiring import wire
from tests.attack.test_contexts import refuse_records
from tests.stack import Stack


def test_healthy_service_is_ready_and_leaves_no_trial_record(stack_on_both: Stack) -> None:
    browser = stack_on_both.new_browser()
    before = len(stack_on_both.records())
    assert (browser.get("/healthz").status, browser.get("/readyz").status) == (200, 200)
    assert len(stack_on_both.records()) == before


@pytest.mark.proves("promise:P1")
def test_service_whose_audit_trail_refuses_is_healthy_but_not_ready(stack_on_both: Stack) -> None:
    refuse_records(stack_on_both)
    browser = stack_on_both.new_browser()
    assert (browser.get("/healthz").status, browser.get("/readyz").status) == (200, 503)


@pytest.mark.proves("perf:P4")
def test_worker_leaves_what_it_is_made_of_out_of_the_search_for_garbage(stack: Stack) -> None:
    """Else the collector looks through all of it in the middle of reading a long answer."""
    services = wire(stack.product.services.settings, stack.clock)
    try:
        begin(services)
        assert gc.get_freeze_count() > 50_000
        assert len(gc.get_objects()) < gc.get_freeze_count() / 10
    finally:
        gc.unfreeze()
        services.stop()


@pytest.mark.proves("attack:A126")
def test_request_for_no_hospital_is_answered_421_without_naming_any(stack: Stack) -> None:
    browser = stack.new_browser()
    reply = browser.request("GET", "/cwz/c/x/", headers={"Host": "elsewhere.example"})
    assert reply.status == 421
    assert "CWZ" not in reply.body


def test_serve_refuses_a_database_that_was_never_upgraded(tmp_path: Path, sqlite_url: str) -> None:
    secrets_file = tmp_path / "secrets.toml"
    write_new_secrets(secrets_file)
    environment = {
        "ZORGTEGEL_DATABASE_URL": sqlite_url,
        "ZORGTEGEL_HOSPITALS_DIR": str(Path(__file__).parents[2] / "hospitals"),
        "ZORGTEGEL_SECRETS_FILE": str(secrets_file),
    }
    result = CliRunner(env=environment).invoke(main, ["serve"])
    assert result.exit_code == 2
    assert "zorgtegel db upgrade" in result.output


def test_serve_without_settings_names_every_variable_at_once() -> None:
    result = CliRunner(env={}).invoke(main, ["serve"])
    assert result.exit_code == 2
    for name in ("DATABASE_URL", "HOSPITALS_DIR", "SECRETS_FILE"):
        assert f"ZORGTEGEL_{name} is not set" in result.output
