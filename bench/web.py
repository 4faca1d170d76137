"""The real web server in processes of its own, and browsers as plain as can be to ask it."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

from tests.town import PASSWORD

THREADS = 4  # per process, as production.ini says
TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')
ROOT = Path(__file__).resolve().parent.parent
UNLIMITED = (
    "VORGANG_LIMIT_API_WRITES", "VORGANG_LIMIT_REQUESTS", "VORGANG_LIMIT_DRAFTS",
    "VORGANG_LIMIT_SEARCH",
)  # fmt: skip


class Browser:
    """One client with its own connection, cookies and CSRF token."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.cookies: dict[str, str] = {}
        self.token = ""

    def get(self, path: str, expect: int = 200) -> bytes:
        """The body of a page; raises RuntimeError for another status."""
        return self._ask("GET", path, None, expect)

    def post(self, path: str, fields: dict[str, str], expect: int = 303) -> bytes:
        """Send a form with the token of this session."""
        body = urlencode(fields | {"csrf_token": self.token})
        return self._ask("POST", path, body, expect)

    def log_in(self, login: str) -> Browser:
        """Open a login session by the form."""
        self._learn(self.get("/login"))
        self.post("/login", {"login": login, "password": PASSWORD, "next": "/"})
        self._learn(self.get("/settings"))
        return self

    def _learn(self, page: bytes) -> None:
        found = TOKEN.search(page)
        self.token = found.group(1).decode() if found else self.token

    def _ask(self, method: str, path: str, body: str | None, expect: int) -> bytes:
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        page = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.split(";", 1)[0].partition("=")
            self.cookies[name] = value
        if answer.status != expect:
            raise RuntimeError(f"{method} {path}: {answer.status}, not {expect}: {page[:300]!r}")
        self.last = answer.headers.get("Location", "")
        return page


@contextmanager
def servers(url: str, home: Path, count: int) -> Iterator[list[int]]:
    """So many web processes on one database; their ports once all of them answer."""
    ports = [_free_port() for _ in range(count)]
    env = os.environ | {
        "VORGANG_HOME": str(home),
        "VORGANG_DATABASE_URL": url,
        "VORGANG_SECRET": "a benchmark",
        "VORGANG_LOGIN_TRIES": "100000",
        **dict.fromkeys(UNLIMITED, "0"),
    }
    with (home / "web.log").open("ab") as log:
        started = [
            subprocess.Popen([sys.executable, "-m", "bench.web", str(port)], env=env, cwd=ROOT,
                             stdout=log, stderr=log)
            for port in ports
        ]  # fmt: skip
        try:
            for port in ports:
                _await(port)
            yield ports
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(20)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _await(port: int) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise SystemExit("A web process did not start; web.log says why.") from None
            time.sleep(0.1)


def hello(environ: dict[str, object], start: object) -> list[bytes]:
    """The barest page that a WSGI server can be asked for."""
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])  # type: ignore[operator]
    return [b"hello"]


@contextmanager
def hello_server() -> Iterator[int]:
    """The bare page under the same server, in this process."""
    import logging

    from waitress.server import create_server

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(hello, host="127.0.0.1", port=0, threads=THREADS)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield int(server.effective_port)
    finally:
        server.close()


def main() -> None:
    """Serve the desk of the environment's settings on the port that is given."""
    import logging

    from waitress import serve

    from engine.desk import open_desk
    from engine.settings import load_settings
    from webapp import make_app

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    app = make_app(open_desk(load_settings()))
    serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=THREADS, ident="", _quiet=True)


if __name__ == "__main__":
    main()
