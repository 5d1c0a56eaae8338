"""The peer: a Flask POST that reads its form and answers 303, under the very settings of the service."""

import sys

from flask import Flask, Response, request

from app.serving import Server
from app.settings import Settings
from app.wiring import wire


def bare_app() -> Flask:
    """One route, no token, no database, no record."""
    app = Flask("bare")

    def receive() -> Response:
        length = len(request.form.get("token", ""))
        return Response(status=303, headers={"Location": f"/c/{length}/"})

    app.add_url_rule("/launch", view_func=receive, methods=["POST"])
    return app


class BareServer(Server):
    """The service's own server, so that both always run under the same settings, with the bare app in it.

    The services that the base class needs start too, and stay idle.
    """

    def load(self) -> Flask:
        return bare_app()


if __name__ == "__main__":
    BareServer(wire(Settings.from_environment()), bind=f"127.0.0.1:{sys.argv[1]}", workers=1).run()
