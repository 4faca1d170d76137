"""The pipe's promise: 0 only when the message is safe, else 75: the mail server keeps it."""

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.cli.run import run
from tests.served import database_of

MAIL = b"""From: Clara Huber <clara@example.org>
To: desk@example.com
Subject: %s
Message-ID: <%s@example.org>
Content-Type: text/plain; charset=utf-8

Nothing works.
"""


def mail(subject: bytes = b"Help", key: bytes = b"one") -> bytes:
    return (MAIL % (subject, key)).replace(b"\n", b"\r\n")


def test_a_mail_becomes_a_ticket_once(cli, pipe) -> None:
    first = json.loads(pipe("mail", "deliver", stdin=mail()).stdout)
    second = json.loads(pipe("mail", "deliver", stdin=mail()).stdout)
    assert list(first) == ["outcome", "ticket", "article", "reason"]
    assert (first["outcome"], second["outcome"]) == ("created", "duplicate")
    assert second["ticket"] == first["ticket"]
    assert second["article"] == first["article"]
    shown = json.loads(cli("ticket", "show", first["ticket"], "--json").stdout)
    assert len([a for a in shown["articles"] if a["direction"] == "in"]) == 1
    assert {"state", "queue", "priority", "steps", "clocks", "history"} <= set(shown)
    assert shown["steps"]


def test_an_answer_lands_on_its_ticket(cli) -> None:
    number = json.loads(cli("mail", "deliver", stdin=mail()).stdout)["ticket"]
    again = mail(b"Re: [Ticket#" + number.encode() + b"] Help", b"two")
    answer = json.loads(cli("mail", "deliver", stdin=again).stdout)
    assert (answer["outcome"], answer["ticket"]) == ("follow_up", number)


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [
        (b"", "unreadable"),
        (b"\x00\xff\xfe", "unreadable"),
        (b"\r\n\r\n", "unreadable"),
        (b"Subject: =?x?q?", "created"),
        (b"a" * 70_000, "unreadable"),
    ],
)
def test_whatever_comes_is_a_ticket(cli, raw: bytes, outcome: str) -> None:
    done = cli("mail", "deliver", stdin=raw)
    assert done.returncode == 0, done.stderr.decode()
    got = json.loads(done.stdout)
    assert got["outcome"] == outcome
    shown = json.loads(cli("ticket", "show", got["ticket"], "--json").stdout)
    assert bool(shown["articles"][0]["attachments"])


def test_a_mail_larger_than_an_upload_comes_in(cli) -> None:
    attached = mail().replace(b"text/plain; charset=utf-8", b'multipart/mixed; boundary="b"')
    raw = (
        attached
        + b"\r\n--b\r\nContent-Type: application/zip; name=log.zip\r\n\r\n"
        + b"x" * (26 * 2**20)
        + b"\r\n--b--\r\n"
    )
    done = cli("mail", "deliver", stdin=raw)
    assert done.returncode == 0, done.stderr.decode()
    shown = json.loads(cli("ticket", "show", json.loads(done.stdout)["ticket"], "--json").stdout)
    assert [one["size"] for one in shown["articles"][0]["attachments"]] == [26 * 2**20]


def test_into_a_named_queue(cli) -> None:
    got = json.loads(cli("mail", "deliver", "--queue", "HR", stdin=mail()).stdout)
    shown = json.loads(cli("ticket", "show", got["ticket"], "--json").stdout)
    assert shown["queue"] == "HR"


def test_without_a_desk_the_mail_stays_with_the_server(cli_in, tmp_path: Path) -> None:
    done = cli_in(tmp_path / "absent", "mail", "deliver", stdin=mail())
    assert (done.returncode, done.stdout) == (75, b"")
    assert b"vorgang init" in done.stderr


def test_with_a_damaged_database_too(pipe, home: Path) -> None:
    (home / "vorgang.db").write_bytes(b"no database at all" * 500)
    for path in home.glob("vorgang.db-*"):
        path.unlink()
    done = pipe("mail", "deliver", stdin=mail())
    assert (done.returncode, done.stdout) == (75, b"")
    assert b"Traceback" not in done.stderr


def test_with_a_full_disk_too(cli, home: Path) -> None:
    files = home / "files"
    files.rmdir() if not any(files.iterdir()) else None
    files.write_bytes(b"")  # no folder can be made there
    done = cli("mail", "deliver", stdin=mail())
    assert (done.returncode, done.stdout) == (75, b"")
    with database_of(home) as database:
        assert database.execute("select count(*) from ticket").fetchone() == (0,)


def test_a_defect_keeps_a_copy(cli, home: Path) -> None:
    with database_of(home) as database:
        database.execute("delete from state")
    done = cli("mail", "deliver", stdin=mail())
    assert done.returncode == 75
    assert [path.read_bytes() for path in (home / "spool").glob("*.eml")] == [mail()]
    assert b"vorgang mail retry" in cli("health").stdout


def test_a_text_message(cli) -> None:
    raw = json.dumps({"id": "a1", "from": "+491701234567", "to": "+49123", "text": "Hilfe"})
    first = json.loads(cli("sms", "deliver", stdin=raw.encode()).stdout)
    second = json.loads(cli("sms", "deliver", stdin=raw.encode()).stdout)
    assert (first["outcome"], second["outcome"]) == ("created", "duplicate")


def test_a_text_message_that_is_none_is_a_ticket_with_what_came(cli) -> None:
    done = cli("sms", "deliver", stdin=b"{broken")
    assert done.returncode == 0
    got = json.loads(done.stdout)
    assert got["outcome"] == "unreadable"
    shown = json.loads(cli("ticket", "show", got["ticket"], "--json").stdout)
    assert [one["size"] for one in shown["articles"][0]["attachments"]] == [len(b"{broken")]


def test_a_fax(cli, tmp_path: Path) -> None:
    page = tmp_path / "fax.pdf"
    page.write_bytes(b"%PDF-1.4\n1 0 obj<</Type /Page>>endobj\n%%EOF\n")
    got = json.loads(cli("fax", "deliver", "--from", "+4989123456", "--file", str(page)).stdout)
    assert got["outcome"] == "created"
    shown = json.loads(cli("ticket", "show", got["ticket"], "--json").stdout)
    assert shown["articles"][0]["attachments"][0]["media_type"] == "application/pdf"


def test_a_fax_file_that_is_not_there(cli) -> None:
    done = cli("fax", "deliver", "--from", "1", "--file", "/absent.tif")
    assert done.returncode == 2


@pytest.mark.parametrize("fault", [MemoryError(), OSError("broken"), KeyboardInterrupt()])
@pytest.mark.parametrize("where", ["reading", "storing"])
def test_whatever_stops_it_the_mail_server_keeps_the_mail(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fault: BaseException,
    where: str,
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setenv("VORGANG_HOME", str(home))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(mail())))
    if where == "reading":
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=SimpleNamespace(read=stop)))
    else:
        monkeypatch.setattr("engine.mail_door.take", stop)
    assert run(["mail", "deliver"]) == 75
    said = capsys.readouterr()
    assert (said.out, "Traceback" in said.err) == ("", False)
