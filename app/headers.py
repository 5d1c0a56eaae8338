"""Headers that every answer carries (interface.md §3.3, security.md A122 to A125)."""

from collections.abc import Iterable

from flask import Flask, Response, g

_NOTHING_ELSE = "default-src 'none'; "
_POLICY = _NOTHING_ELSE + "; ".join(
    (
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
    )
)
CONTENT_SECURITY_POLICY = f"{_POLICY}; frame-ancestors 'none'"
_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_ONE_YEAR = 31_536_000


def add_headers(app: Flask, *, https: bool) -> None:
    """Set the headers on every answer of the app, refusals and redirects included.

    :param https: also send Strict-Transport-Security; off where the demo speaks plain http.
    """

    def set_headers(response: Response) -> Response:
        for name, value in _ALWAYS.items():
            response.headers[name] = value
        if origins := g.get("frame_origins"):
            response.headers["Content-Security-Policy"] = f"{_POLICY}; frame-ancestors {' '.join(origins)}"
            del response.headers["X-Frame-Options"]
        if response.mimetype == "application/pdf":
            # A browser's own PDF viewer is made of styles and plug-ins that the first directive would
            # refuse (interface.md §3.3); the file itself holds nothing that acts.
            policy = response.headers["Content-Security-Policy"].removeprefix(_NOTHING_ELSE)
            response.headers["Content-Security-Policy"] = policy
        if https:
            response.headers["Strict-Transport-Security"] = f"max-age={_ONE_YEAR}"
        if response.headers.get("Cache-Control") is None or not _is_static(response):
            response.headers["Cache-Control"] = "private, no-store"
        # What a page holds depends on the cookies, whatever a cache in between believes.
        response.headers["Vary"] = "Cookie"
        return response

    app.after_request(set_headers)


def allow_frames(origins: Iterable[str]) -> None:
    """Let these sites show the answer of this request in a frame; without it no site can (D2).

    :param origins: registered ones, so that each is ``scheme://host[:port]`` and nothing more.
    """
    g.frame_origins = tuple(origins)


def _is_static(response: Response) -> bool:
    return bool(response.cache_control.public)
