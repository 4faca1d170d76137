"""One command runs web and worker; what dies is started again, and nobody is left behind."""

import json
import signal
import socket
from pathlib import Path

import psutil
import pytest
from paste.deploy import loadwsgi

from engine.cli.ports import require_port
from engine.errors import Invalid
from engine.settings import load_settings
from tests.served import ROOT, Desk, alive, child, until
from tests.smtp_sink import SmtpSink


def test_it_says_where_to_click_and_ends_cleanly(serve: Desk, home: Path) -> None:
    process, port = serve
    until(lambda: f"http://localhost:{port}" in (home / "serve.out").read_text())
    assert str(home / "sent") not in (home / "serve.out").read_text()  # a mail server is set
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert [one for one in family if one.is_running()] == []


def test_mail_leaves_by_itself_and_what_dies_comes_back(
    serve: Desk, home: Path, smtp_sink: SmtpSink, cli
) -> None:
    process, port = serve
    raw = (
        b"From: clara@example.org\r\nTo: desk@example.com\r\nSubject: Help %d\r\n"
        b"Message-ID: <%d@example.org>\r\n\r\nNothing works.\r\n"
    )
    assert json.loads(cli("mail", "deliver", stdin=raw % (1, 1)).stdout)["outcome"] == "created"
    smtp_sink.wait_for(1, 40)
    for name in ("worker", "web"):
        old = until(lambda name=name: child(process.pid, name))
        old.kill()
        until(lambda name=name, old=old: (c := child(process.pid, name)) and c.pid != old.pid)
    assert json.loads(cli("mail", "deliver", stdin=raw % (2, 2)).stdout)["outcome"] == "created"
    got = smtp_sink.wait_for(2, 60)
    until(lambda: alive(port))
    assert len({one.message["Message-ID"] for one in got}) == len(got)


def test_children_do_not_outlive_a_supervisor_that_was_killed(serve: Desk) -> None:
    process, port = serve
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 2
    process.kill()
    process.wait(10)
    until(lambda: not any(one.is_running() and one.status() != "zombie" for one in family))
    assert not alive(port)


def test_a_used_port_is_one_sentence(cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = cli("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert b"Cannot listen" in done.stderr
    assert done.stderr.count(b"\n") == 1


def test_a_host_that_is_not_this_machine_needs_another_host_not_another_port() -> None:
    with pytest.raises(Invalid, match=r"--host is an address of this machine"):
        require_port("192.0.2.1", 6543)


def test_a_port_that_is_none(cli) -> None:
    assert cli("serve", "--port", "99999").returncode == 1


@pytest.mark.parametrize("port", ["7001", "7002"])
def test_each_web_process_of_a_company_listens_where_it_is_told(port: str, tmp_path: Path) -> None:
    at = f"config:{ROOT / 'production.ini'}"
    server = loadwsgi.loadcontext(loadwsgi.SERVER, at, global_conf={"http_port": port}).config()
    assert server["listen"] == f"127.0.0.1:{port}"
    app = loadwsgi.loadcontext(loadwsgi.APP, at, global_conf={"http_port": port}).local_conf
    assert load_settings(app | {"vorgang.home": str(tmp_path)}).secure_cookies
