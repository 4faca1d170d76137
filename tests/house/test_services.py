"""The neighbours that other tests stand on are real: a database, a mail server, a browser."""

import smtplib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests import postgres_server
from tests.smtp_sink import SmtpSink


@pytest.mark.postgres
def test_postgres_takes_and_gives_back(postgres_url: str) -> None:
    database = create_engine(postgres_url)
    with database.connect() as connection:
        version = connection.execute(text("show server_version_num")).scalar_one()
    database.dispose()
    assert int(version) >= 180000


@pytest.mark.postgres
def test_each_new_database_is_empty_and_its_own(new_postgres: Callable[[], str]) -> None:
    first, second = new_postgres(), new_postgres()
    assert first != second
    with psycopg.connect(second.replace("+psycopg", "")) as connection:
        tables = connection.execute(
            "select count(*) from pg_tables where schemaname = 'public'"
        ).fetchone()
    assert tables == (0,)


@pytest.mark.postgres
def test_the_server_ends_with_its_owner(tmp_path: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    home = postgres_server.ensure_server(tmp_path, owner.pid)
    assert (home / "data" / "postmaster.pid").exists()
    owner.communicate(b"\n")
    for _ in range(300):
        if not home.exists():
            break
        subprocess.run(["sleep", "0.1"], check=True)
    assert not home.exists()


def test_mail_arrives_at_the_sink(smtp_sink: SmtpSink) -> None:
    with smtplib.SMTP(smtp_sink.host, smtp_sink.port) as server:
        server.sendmail("a@example.com", ["b@example.com"], b"Subject: Hello\r\n\r\nText\r\n")
    (got,) = smtp_sink.wait_for(1)
    assert (got.sender, got.recipients) == ("a@example.com", ("b@example.com",))
    assert got.message["Subject"] == "Hello"


def test_the_sink_refuses_when_told_to(smtp_sink: SmtpSink) -> None:
    smtp_sink.answers.append("451 try later")
    with (
        smtplib.SMTP(smtp_sink.host, smtp_sink.port) as server,
        pytest.raises(smtplib.SMTPDataError),
    ):
        server.sendmail("a@example.com", ["b@example.com"], b"Subject: x\r\n\r\n\r\n")
    assert smtp_sink.messages == []


@pytest.mark.journey
def test_the_browser_runs_scripts_and_clicks(browser: Any) -> None:
    page = browser.new_page()
    page.set_content("<button onclick=\"this.textContent='pressed'\">press</button>")
    page.get_by_role("button").click()
    assert page.get_by_role("button").inner_text() == "pressed"
    page.close()
