"""A real web server on the loopback that keeps what it is sent, for the `web_sink` fixture."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Call:
    """One request as it came over the wire."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """What is answered; with `pieces` bit by bit, each after a while, until nobody listens."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    drips: bool = False
    silent: bool = False


@dataclass
class WebSink:
    """Where it listens, what it got, and what it shall answer next; 200 when nothing is set."""

    port: int
    calls: list[Call] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    scheme: str = "http"

    @property
    def url(self) -> str:
        """Its address."""
        return f"{self.scheme}://localhost:{self.port}/hook?key=1"

    def answers(self, *replies: Reply) -> None:
        """Answer these, one after the other."""
        self.replies.extend(replies)


@contextmanager
def web_server(certificate: Path | None = None) -> Iterator[WebSink]:
    """A sink that listens; over TLS with a file of key and certificate."""
    sink: WebSink

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sink.calls.append(Call(self.path, dict(self.headers.items()), body))
            reply = sink.replies.pop(0) if sink.replies else Reply()
            if reply.silent:
                sink.over.wait(20)
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(reply.body)
                while reply.drips and not sink.over.wait(0.05):
                    self.wfile.write(b"x")

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.daemon_threads = True
    sink = WebSink(server.server_address[1])
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        sink.scheme = "https"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield sink
    finally:
        sink.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
