"""Windows whose time moves only when a test moves it: no answer is late, or early, by chance."""

from datetime import timedelta

from playwright.sync_api import Page

from tests.clock import START

_ASK = "() => fetch(document.getElementById('connection').dataset.status).then((answer) => answer.text())"


def stop_time(page: Page) -> None:
    """From now on the timers of this window's pages move only when a test moves them.

    Before the first page: between a page's arrival and a later stop, time would pass as it pleases.
    """
    page.clock.install(time=START)
    page.clock.pause_at(START + timedelta(seconds=1))


def let_one_poll_pass(page: Page, after_ms: int = 8_000) -> int:
    """:returns: the status of the answer, with which the page has dealt."""
    with page.expect_event("requestfinished", lambda request: request.url.endswith("/status")) as asked:
        page.clock.run_for(after_ms)
    # Once a later question of the same kind is answered, the page has dealt with its own.
    page.evaluate(_ASK)
    answer = asked.value.response()
    assert answer is not None
    return int(answer.status)


def let_one_poll_fail(page: Page, after_ms: int = 8_000) -> None:
    """The next question, which a test has cut off, and what the page does about it."""
    with page.expect_event("requestfailed"):
        page.clock.run_for(after_ms)
    await_all_dealt_with(page)


def await_all_dealt_with(page: Page) -> None:
    """Ask as the page does, and wait for the answer or its failure: what came before has been dealt with."""
    page.evaluate(_ASK + ".catch(() => null)")
