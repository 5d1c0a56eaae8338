"""``/launch``: the only door for tokens (architecture.md D1)."""

import re

from flask import Blueprint, Request, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from context.codes import RefusalCode
from context.hospital import Hospital
from launch.door import LaunchDoor
from launch.form import MAX_BODY_BYTES
from launch.replay import AcceptedLaunch
from launch.submission import Submission

BROWSER_COOKIE = "__Host-browser"
CONTEXT_COOKIE = "__Secure-ctx"
ABSOLUTE_CAP_SECONDS = 4 * 60 * 60
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_RANDOM = re.compile(r"[A-Za-z0-9_-]{43}")


def make_blueprint(door: LaunchDoor) -> Blueprint:
    """:param door: verifies and records."""
    blueprint = Blueprint("launch", __name__)

    def receive_launch() -> Response:
        hospital: Hospital = request.environ["zorgtegel.hospital"]
        accepted = door.receive(hospital, submission_of(request))
        return see_context(accepted)

    # Every method arrives here, so that a GET is refused and recorded like any other wrong launch.
    blueprint.add_url_rule(
        "/launch", view_func=receive_launch, methods=list(METHODS), provide_automatic_options=False
    )
    return blueprint


def read_posted(posted: Request, most_bytes: int) -> tuple[bytes | None, RefusalCode | None]:
    """The body of a POST, read up to its limit, or why it is not taken; exactly one of both."""
    if posted.method != "POST":
        return None, RefusalCode.METHOD_NOT_ALLOWED
    posted.max_content_length = most_bytes
    try:
        return posted.get_data(cache=False), None
    except RequestEntityTooLarge:
        return None, RefusalCode.TOO_LARGE
    except Exception:  # noqa: BLE001 - the server's own errors for a body cut short or wrongly chunked
        return None, RefusalCode.TOKEN_FIELDS_WRONG


def submission_of(posted: Request) -> Submission:
    """The request, read up to its limit."""
    body, refused = read_posted(posted, MAX_BODY_BYTES)
    return Submission(
        media_type=posted.mimetype,
        charset=posted.mimetype_params.get("charset"),
        query=posted.query_string,
        body=body,
        origin=posted.headers.get("Origin"),
        browser_id=shown_browser(posted),
        refused=refused,
        framed=is_framed(posted),
    )


def shown_browser(shown: Request) -> str | None:
    """The browser cookie's value, None when it is absent or not one of ours."""
    browser_id = shown.cookies.get(BROWSER_COOKIE, "")
    return browser_id if _RANDOM.fullmatch(browser_id) else None


def is_framed(asked: Request) -> bool:
    """Whether the browser asks for a page to show in a frame. Only browsers say so, and pages cannot."""
    return asked.headers.get("Sec-Fetch-Dest") == "iframe"


def keep_browser(response: Response, browser_id: str, *, framed: bool = False) -> None:
    """Set the cookie that tells browsers apart (D2). :param framed: for the frame's own site only."""
    response.set_cookie(
        BROWSER_COOKIE,
        browser_id,
        path="/",
        secure=True,
        httponly=True,
        samesite="None",
        partitioned=framed,
    )


def see_context(accepted: AcceptedLaunch) -> Response:
    """303 to the context. Built by hand: ``redirect()`` would write the URL into a body."""
    response = Response(status=303)
    response.headers["Location"] = _place(accepted.context_id)
    keep_browser(response, accepted.browser_id, framed=accepted.framed)
    _keep_context(response, accepted.context_id, accepted.context_secret, framed=accepted.framed)
    return response


def drop_kept_pages(response: Response, context_id: str) -> None:
    """Make the browser forget the pages it keeps of an ended context for its Back button.

    Chromium keeps ``no-store`` pages until a cookie changes; without script nothing else reaches a kept
    page. So the cookie that came is set once more, to the same value: it gives no right that was not there.
    """
    shown = request.cookies.get(CONTEXT_COOKIE)
    if shown is not None and _RANDOM.fullmatch(shown):
        _keep_context(response, context_id, shown, framed=is_framed(request))


def _keep_context(response: Response, context_id: str, secret: str, *, framed: bool) -> None:
    """:param framed: a frame on another site sends it, and nothing but that frame (D2)."""
    response.set_cookie(
        CONTEXT_COOKIE,
        secret,
        path=_place(context_id),
        max_age=ABSOLUTE_CAP_SECONDS,
        secure=True,
        httponly=True,
        samesite="None" if framed else "Lax",
        partitioned=framed,
    )


def _place(context_id: str) -> str:
    return f"{request.script_root}/c/{context_id}/"
