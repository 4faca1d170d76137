"""A call reaches whom it is meant for and nobody else, and comes to an end whatever answers."""

from __future__ import annotations

import contextlib
import gzip
import socket
import subprocess
import threading
from datetime import UTC, datetime

import pytest

from engine.channels import reach as network
from engine.channels.failures import Permanent, Temporary
from engine.channels.reach import reach_of
from engine.channels.web_call import ANSWER_BYTES, KEPT, Answer, parsed, post, retry_seconds
from engine.errors import Invalid
from tests.web_sink import Reply, web_server

HERE = reach_of("127.0.0.1", "80,443")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def call(url, *, reach=HERE, timeout=5.0, **more):
    return post(url, b'{"a": 1}', {"Content-Type": "application/json"}, reach=reach,
                timeout=timeout, **more)  # fmt: skip


def test_a_call_arrives_whole_and_its_answer_is_told(web_sink):
    web_sink.answers(Reply(201, b"made\r\nit"))
    answer = call(web_sink.url, at_home={"Authorization": "Bearer x"})
    assert (answer.status, answer.text) == (201, "made it")
    ((path, headers, body),) = [(one.path, one.headers, one.body) for one in web_sink.calls]
    assert (path, body) == ("/hook?key=1", b'{"a": 1}')
    assert headers["Host"] == f"localhost:{web_sink.port}"
    assert headers["Authorization"] == "Bearer x"
    assert "Cookie" not in headers


def test_the_house_is_closed_unless_it_is_opened(web_sink):
    for host in ("127.0.0.1", "localhost", "0x7f000001", "2130706433", "127.1", "[::1]",
                 "[::ffff:127.0.0.1]", "0"):  # fmt: skip
        with pytest.raises((Permanent, Temporary)):
            call(f"http://{host}:{web_sink.port}/", reach=reach_of("", f"80,{web_sink.port}"))
    assert web_sink.calls == []


def test_a_name_that_answers_otherwise_a_moment_later_gains_nothing(web_sink, monkeypatch):
    """DNS rebinding: the name is asked for once, and the connection goes to what was looked at."""
    answers = iter([["203.0.113.5"], ["127.0.0.1"]])
    asked = []

    def resolve(host, port):
        asked.append(host)
        return next(answers)

    connected = []

    def refuse(address, timeout):
        connected.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(network, "resolve", resolve)
    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(Temporary, match="refused"):
        call("http://rebind.example/", reach=reach_of("203.0.113.0/24", "80"))
    assert (asked, connected) == (["rebind.example"], [("203.0.113.5", 80)])


@pytest.mark.parametrize("to", ["10.0.0.8", "169.254.169.254", "::ffff:127.0.0.1", "127.0.0.1"])
def test_a_name_that_leads_inside_is_not_called(to, monkeypatch):
    monkeypatch.setattr(network, "resolve", lambda host, port: [to])
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("connected"))
    with pytest.raises(Permanent, match="inner network"):
        call("https://hooks.example.com/", reach=reach_of("", "80,443"))


def test_a_redirect_is_followed_with_the_same_request_but_without_what_is_for_home(web_sink):
    there = f"http://127.0.0.1:{web_sink.port}/there"
    replies = (Reply(307, headers={"Location": "/next"}), Reply(302, headers={"Location": there}))
    web_sink.answers(*replies)
    assert call(web_sink.url, at_home={"Authorization": "Bearer x"}).status == 200
    assert [(one.path, one.body) for one in web_sink.calls] == [
        ("/hook?key=1", b'{"a": 1}'), ("/next", b'{"a": 1}'), ("/there", b'{"a": 1}')]  # fmt: skip
    assert ["Authorization" in one.headers for one in web_sink.calls] == [True, True, False]


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://127.0.0.2:{port}/", "inner network"),
        ("http://[::1]:{port}/", "inner network|resolved"),
        ("http://169.254.169.254/latest/meta-data/", "inner network"),
        ("file:///etc/passwd", "no address"),
        ("ftp://localhost/", "no address"),
        ("gopher://localhost:25/x", "no address"),
        ("http://user:secret@localhost:{port}/", "no address"),
        ("//10.0.0.1/", "inner network"),
        ("http://localhost:{port}/\u00e4", "no address"),
    ],
)
def test_each_redirect_is_looked_at_anew(web_sink, location, why):
    location = location.format(port=web_sink.port)
    web_sink.answers(Reply(302, headers={"Location": location}))
    with pytest.raises((Permanent, Temporary), match=why):
        call(web_sink.url)
    assert len(web_sink.calls) == 1


def test_redirects_come_to_an_end(web_sink):
    web_sink.answers(*(Reply(308, headers={"Location": "/again"}) for _ in range(9)))
    with pytest.raises(Permanent, match="3 redirects"):
        call(web_sink.url)
    assert len(web_sink.calls) == 4


def test_a_redirect_that_says_not_where_is_an_answer(web_sink):
    web_sink.answers(Reply(302))
    assert call(web_sink.url).status == 302


@pytest.mark.parametrize("reply", [Reply(silent=True), Reply(drips=True, body=b"")])
def test_whatever_comes_slowly_is_broken_off(web_sink, reply):
    """A byte now and then keeps a socket's own timeout from ever being over."""
    web_sink.answers(reply)
    if reply.drips:
        answer = call(web_sink.url, timeout=0.5)  # its status had come in time
        assert (answer.status, len(answer.text) < 100) == (200, True)
    else:
        with pytest.raises(Temporary, match="in time"):
            call(web_sink.url, timeout=0.5)


def test_headers_that_drip_are_broken_off():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(Temporary, match="in time"):
            call(f"http://localhost:{port}/", timeout=0.4)


def test_of_a_huge_answer_only_the_beginning_is_read(web_sink):
    web_sink.answers(Reply(500, b"y" * (ANSWER_BYTES * 1000)))
    assert call(web_sink.url).text == "y" * KEPT


def test_what_is_packed_stays_packed(web_sink):
    """A few bytes that would unfold to gigabytes, told in a header or sent without an end."""
    bomb = gzip.compress(b"0" * 50_000_000)
    web_sink.answers(Reply(200, bomb, {"Content-Encoding": "gzip"}))
    answer = call(web_sink.url)
    assert (answer.status, len(answer.text) <= KEPT) == (200, True)


@pytest.mark.parametrize(
    "sent", [b"HTTP/1.1 100 Continue\r\n\r\n", b"X-Header: more\r\n", b"x" * 99]
)
def test_heads_without_an_end_are_broken_off(sent):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk():
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                while True:
                    connection.sendall(sent)

        talking = threading.Thread(target=talk, daemon=True)
        talking.start()
        with pytest.raises(Temporary):
            call(f"http://localhost:{server.getsockname()[1]}/", timeout=0.5)
        talking.join(60)  # both sides are busy, and so may be the machine
    assert not talking.is_alive()


def test_hostile_bytes_of_an_answer_become_one_line(web_sink):
    web_sink.answers(Reply(500, b"a\x00\r\nX: y\x1b[2J\xff"))
    text = call(web_sink.url).text
    assert text.isprintable()
    assert "\n" not in text


def test_nobody_there_is_worth_another_try():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Temporary, match="reached"):
        call(f"http://localhost:{port}/")


def test_proxies_of_the_environment_are_not_asked(web_sink, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    assert call(web_sink.url).status == 200


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Key and certificate of `localhost`, made for this test."""
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
               "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
               "-keyout", str(file.with_suffix(".key")), "-out", str(file)]  # fmt: skip
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    file.write_text(file.read_text() + file.with_suffix(".key").read_text())
    return file


def test_tls_is_verified_against_the_name(certificate):
    with web_server(certificate) as sink:
        assert call(sink.url, trusted=str(certificate)).status == 200
        with pytest.raises(Temporary, match="certificate"):
            call(sink.url)
        with pytest.raises(Temporary, match="certificate"):
            call(sink.url.replace("localhost", "127.0.0.1"), trusted=str(certificate))
        assert len(sink.calls) == 1
        sink.answers(Reply(302, headers={"Location": "http://localhost/"}))
        with pytest.raises(Permanent, match="https to http"):
            call(sink.url, trusted=str(certificate))
        sink.answers(Reply(silent=True))
        with pytest.raises(Temporary, match="in time"):
            call(sink.url, trusted=str(certificate), timeout=0.5)


@pytest.mark.parametrize(
    "url",
    ["", "hooks.example.com", "ftp://a/", "file:///etc/passwd", "https://", "https:///x",
     "https://user:pass@a.example/", "https://a.example:0/", "https://a.example:x/",
     "https://a.example/ x", "https://a.example/\r\nX: y", "https://ä.example/",
     "https://a.example/#x", "https://a.example\\@b.example/", "javascript:alert(1)",
     "https://[::1/", "https://a.example/" + "x" * 2000],
)  # fmt: skip
def test_what_is_no_address_is_refused(url):
    with pytest.raises(Invalid):
        parsed(url)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("120", 120), ("999999", 600), ("", None), ("soon", None), ("-5", None), ("²", None),
     ("Mon, 02 Mar 2026 09:01:00 GMT", 60), ("Mon, 02 Mar 2020 09:01:00 GMT", 0)],
)  # fmt: skip
def test_how_long_to_wait_is_bounded(said, seconds):
    assert retry_seconds(Answer(503, retry_after=said), NOW, 600) == seconds
