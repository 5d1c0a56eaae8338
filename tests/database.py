"""PostgreSQL from Debian's binaries, started by the tests as an unprivileged user on a free port."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections import deque
from pathlib import Path
from typing import IO

import psycopg
from psycopg import sql

UNPRIVILEGED = "nobody"
START_SECONDS = 60.0
ATTEMPTS = 3


class PostgresMissingError(Exception):
    """There are no PostgreSQL binaries on this machine."""


def find_binaries() -> Path:
    """The newest ``/usr/lib/postgresql/<version>/bin``. :raises PostgresMissingError: there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3]))
    if not found:
        raise PostgresMissingError("no /usr/lib/postgresql/*/bin: install Debian's package postgresql")
    return found[-1].parent


class PostgresServer:
    """One server in a folder of its own. It ends with the process that started it, even when killed."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._folder = Path(tempfile.mkdtemp(prefix="zorgtegel-postgres-"))
        self._data = self._folder / "data"
        self._password = secrets.token_urlsafe(16)
        self._process: subprocess.Popen[str] | None = None
        self._port = 0
        self._last_lines: deque[str] = deque(maxlen=50)

    def start(self) -> None:
        """Returns when the server accepts connections. :raises RuntimeError: it does not start."""
        password_file = self._folder / "password"
        password_file.write_text(self._password, encoding="ascii")
        if os.geteuid() == 0:
            for path in (self._folder, password_file):
                shutil.chown(path, UNPRIVILEGED, "nogroup")
        self._run_initdb(password_file)
        for _ in range(ATTEMPTS):  # another process may take the free port before the server does
            if self._start_once():
                return
        raise RuntimeError("PostgreSQL did not start: " + "".join(self._last_lines))

    def stop(self) -> None:
        self._end_process()
        shutil.rmtree(self._folder, ignore_errors=True)

    def create_database(self) -> str:
        """A fresh database; its name."""
        name = f"test_{secrets.token_hex(8)}"
        self._administer(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def drop_database(self, name: str) -> None:
        """Ends the sessions of the database and removes it."""
        self._administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def url(self, database: str) -> str:
        """For SQLAlchemy."""
        return f"postgresql+psycopg://postgres:{self._password}@127.0.0.1:{self._port}/{database}"

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(
            host="127.0.0.1",
            port=self._port,
            user="postgres",
            password=self._password,
            dbname="postgres",
            connect_timeout=10,
            autocommit=True,
        ) as connection:
            connection.execute(statement)

    def _command(self, program: str, *arguments: str) -> list[str]:
        drop = ["--reuid", UNPRIVILEGED, "--regid", "nogroup", "--clear-groups"] if os.geteuid() == 0 else []
        return ["setpriv", *drop, "--pdeathsig", "INT", str(self._binaries / program), *arguments]

    def _run_initdb(self, password_file: Path) -> None:
        options = ["-D", str(self._data), "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"]
        options += ["--auth=scram-sha-256", f"--pwfile={password_file}", "--no-sync"]
        done = subprocess.run(
            self._command("initdb", *options), cwd=self._folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr}")

    def _start_once(self) -> bool:
        self._port = _free_port()
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": str(self._folder),
            "fsync": "on",
            "max_connections": "200",
            "lc_messages": "C",
        }
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        self._process = subprocess.Popen(
            self._command("postgres", "-D", str(self._data), *options),
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        ready, over = threading.Event(), threading.Event()
        assert self._process.stderr is not None
        threading.Thread(target=self._drain, args=(self._process.stderr, ready, over), daemon=True).start()
        if over.wait(START_SECONDS) and ready.is_set():
            return True
        self._end_process()
        return False

    def _drain(self, stream: IO[str], ready: threading.Event, over: threading.Event) -> None:
        """Keep the pipe empty, so that the server never waits for us to read its log."""
        with stream:
            for line in stream:
                self._last_lines.append(line)
                if "ready to accept connections" in line:
                    ready.set()
                    over.set()
        over.set()

    def _end_process(self) -> None:
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)  # "fast": open sessions are ended, not waited for
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)  # "immediate"
            self._process.wait(10)
        self._process = None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
