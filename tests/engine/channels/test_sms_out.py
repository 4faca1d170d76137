"""SMS out against a real HTTP server: what each answer means, and where it never goes."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest

from engine.channels.failures import Permanent, Temporary
from engine.channels.sms_out import SmsProvider, send_sms
from engine.errors import Invalid


class Handler(BaseHTTPRequestHandler):
    """Records requests and answers as the test set it."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/inside")
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def provider():
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.status, server.answer = [], 200, b'{"sid": "SM1"}'
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    server.url = f"http://user:pw@127.0.0.1:{server.server_port}/send?x=1"
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_json_and_twilio(provider):
    inside = SmsProvider(provider.url, "+4989", allow_inside=True)
    assert send_sms(inside, "0170 1234567", "Grüße", "k1") == "SM1"
    path, headers, body = provider.seen[0]
    assert path == "/send?x=1"
    assert headers["Idempotency-Key"] == "k1"
    assert headers["Authorization"] == "Basic dXNlcjpwdw=="
    assert json.loads(body)["to"] == "+491701234567"
    twilio = SmsProvider(provider.url, "+4989", "twilio", allow_inside=True)
    send_sms(twilio, "0170 1234567", "Grüße", "k2")
    assert parse_qs(provider.seen[1][2].decode())["Body"] == ["Grüße"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, Temporary), (503, Temporary), (429, Temporary), (400, Permanent), (302, Permanent)],
)
def test_answers(provider, status, kind):
    provider.status = status
    with pytest.raises(kind, match=str(status)):
        send_sms(SmsProvider(provider.url, "x", allow_inside=True), "0170 1234567", "t", "k")
    assert len(provider.seen) == 1


def test_addresses_inside_are_refused_unless_allowed(provider):
    url = provider.url.replace("http:", "https:")
    for host in ("127.0.0.1", "localhost", "169.254.169.254", "0x7f000001", "[::1]", "10.0.0.1"):
        with pytest.raises((Permanent, Temporary)):
            send_sms(SmsProvider(url.replace("127.0.0.1", host), "x"), "01701234567", "t", "k")
    assert provider.seen == []


@pytest.mark.parametrize("url", ["", "http://example.com/", "ftp://x", "https://[x", "file:///x"])
def test_bad_settings(url):
    with pytest.raises(Invalid):
        send_sms(SmsProvider(url, "x"), "0170 1234567", "t", "k")


def test_nobody_there_is_temporary():
    with pytest.raises(Temporary):
        send_sms(SmsProvider("http://127.0.0.1:1/", "x", allow_inside=True), "01701234567", "", "k")
