"""The peer: a Flask POST that reads its form and answers 303, under the same gunicorn settings."""

import sys

from flask import Flask, Response, request

from app.serving import THREADS


def bare_app() -> Flask:
    """One route, no token, no database, no record."""
    app = Flask("bare")

    def receive() -> Response:
        length = len(request.form.get("token", ""))
        return Response(status=303, headers={"Location": f"/c/{length}/"})

    app.add_url_rule("/launch", view_func=receive, methods=["POST"])
    return app


def main(port: str) -> None:
    """Serve it until stopped. :param port: on 127.0.0.1."""
    from gunicorn.app.base import BaseApplication

    class Bare(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            settings = {"worker_class": "gthread", "threads": THREADS, "control_socket_disable": True}
            for name, value in {**settings, "bind": f"127.0.0.1:{port}", "loglevel": "warning"}.items():
                self.cfg.set(name, value)

        def load(self) -> Flask:
            return bare_app()

    Bare().run()


if __name__ == "__main__":
    main(sys.argv[1])
