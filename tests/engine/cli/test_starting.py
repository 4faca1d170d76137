"""`vorgang init` makes a desk of nothing, and does no harm when it is run again."""

import json
import shutil
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from engine.cli.run import run
from engine.worker import alone
from tests.served import database_of

ROOT = Path(__file__).parents[3]


def test_again_is_harmless(cli, home: Path) -> None:
    before = counted(home)
    done = cli("init")
    assert done.returncode == 0
    assert b"password" not in done.stdout
    assert counted(home) == before


def test_the_first_admin_gets_a_password_that_works_once_shown(cli_in, tmp_path: Path) -> None:
    done = cli_in(tmp_path / "new", "init")
    assert done.stdout.count(b"password, shown only now:") == 1
    listed = cli_in(tmp_path / "new", "user", "list", "--role", "admin", "--json")
    assert [json.loads(line)["login"] for line in listed.stdout.splitlines()] == [
        "admin@example.com"
    ]


def test_the_home_is_its_owners_alone(home: Path, started_home: Path) -> None:
    assert started_home.stat().st_mode & 0o077 == 0
    assert (started_home / "secret").stat().st_mode & 0o077 == 0


def test_a_home_that_cannot_be_written_is_one_sentence(cli_in, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    done = cli_in(tmp_path / "file" / "home", "init")
    assert done.returncode == 1
    assert b"cannot be written" in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("ticket list", 75), ("mail deliver", 75), ("health", 75), ("worker", 75), ("web", 75),
        ("doctor", 1), ("publish .", 75), ("user add x@example.com", 75),
    ],
)  # fmt: skip
def test_a_mistyped_home_is_one_sentence_and_leaves_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
    code: int,
) -> None:
    home = tmp_path / "mistyped"
    monkeypatch.setenv("VORGANG_HOME", str(home))
    monkeypatch.setattr("sys.stdin", TextIOWrapper(BytesIO(b"From: a@example.com\n\nhello")))
    assert run(command.split()) == code
    said = capsys.readouterr()
    assert f"There is no desk in {home}. Make one: vorgang init" in said.out + said.err
    assert said.err.count("\n") <= 1
    assert not home.exists()


@pytest.mark.parametrize(
    "url",
    ["rubbish", "mysql://me:s3cret@host/desk", "postgresql://me:s3cret@host:port/desk", "x://"],
)
def test_an_address_of_no_database_is_one_sentence_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    monkeypatch.setenv("VORGANG_HOME", str(tmp_path))
    monkeypatch.setenv("VORGANG_DATABASE_URL", url)
    assert run(["ticket", "list"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "database_url is no address of a database" in said
    assert "s3cret" not in said


def test_nothing_is_taken_in_while_the_share_with_the_files_is_missing(cli, home: Path) -> None:
    (home / "files").rmdir()
    done = cli("mail", "deliver", stdin=b"From: a@example.com\n\nhello")
    assert done.returncode == 75
    assert str(home / "files").encode() in done.stderr
    assert not (home / "files").exists()
    assert cli("init").returncode == 0
    assert cli("ticket", "list").returncode == 0


def test_as_a_pyramid_application_it_says_what_is_missing(tmp_path: Path) -> None:
    from webapp import main

    with pytest.raises(SystemExit, match=r"There is no desk in .*vorgang init"):
        main({}, **{"vorgang.home": str(tmp_path / "mistyped")})


def test_a_database_of_a_newer_version_is_one_sentence(cli, home: Path) -> None:
    with database_of(home) as database:
        database.execute("update alembic_version set version_num = 'future'")
    done = cli("init")
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert b"newer version" in done.stderr


def test_publishing_and_exporting_go_round(cli, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert cli("export", str(out)).returncode == 0
    done = cli("publish", str(out))
    assert done.returncode == 0, done.stderr.decode()
    assert b"incident version 1" in done.stdout
    kept = {path.name: path.read_text("utf-8") for path in (out / "rules/examples").iterdir()}
    given = {p.name: p.read_text("utf-8") for p in (ROOT / "rules" / "examples").iterdir()}
    assert kept == given
    (out / "rules" / "routing.yaml").write_text("rules: [")
    broken = cli("publish", str(out))
    assert broken.returncode == 1
    assert b"not published" in broken.stderr


def test_exporting_into_a_file_is_one_sentence(cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for target, code in (("file", 2), ("file/inner", 1)):
        done = cli("export", str(tmp_path / target))
        assert done.returncode == code
        assert b"went wrong" not in done.stderr


@pytest.mark.parametrize("number", ["99999999999999999999", "4711", "0"])
def test_a_message_that_is_not_there_cannot_be_tried_again(cli, number: str) -> None:
    done = cli("outbox", "retry", number)
    assert done.returncode == 1
    assert b"There is no undelivered message" in done.stderr


def test_a_red_example_is_shown_with_its_place_and_nothing_is_published(
    cli, tmp_path: Path
) -> None:
    rules = Path(shutil.copytree(ROOT / "rules", tmp_path / "rules"))
    path = rules / "routing.yaml"
    path.write_text(path.read_text("utf-8").replace("Network::VPN", "HR"), "utf-8")
    done = cli("publish", str(rules))
    assert (done.returncode, done.stdout) == (1, b"")
    said = done.stderr.decode()
    assert "routing: set: expected" in said
    assert "decided" in said
    shutil.copy(ROOT / "rules" / "routing.yaml", path)
    assert cli("publish", str(rules)).returncode == 0


def test_publishing_nothing_is_said(cli, tmp_path: Path) -> None:
    done = cli("publish", str(tmp_path))
    assert (done.returncode, b"neither processes nor rules" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    "arguments", [["fly"], ["ticket", "show"], ["outbox", "retry"], ["--port"]]
)
def test_a_wrong_call_is_told_apart(cli, arguments: list[str]) -> None:
    done = cli(*arguments)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "group", ["", "mail", "sms", "fax", "process", "rules", "inbound", "outbox", "user", "faq"]
)
def test_help_says_each_command_to_its_end(group: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*group.split(), "--help"]) == 0
    said = capsys.readouterr().out
    assert "Commands:" in said
    assert "..." not in said.partition("Commands:")[2]


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("vorgang 0.")


def test_a_ticket_that_is_not_there(cli) -> None:
    done = cli("ticket", "show", "123")
    assert (done.returncode, done.stderr) == (1, b"vorgang: There is no such ticket.\n")


def test_people_are_added_and_get_passwords_and_tokens(cli) -> None:
    made = cli("user", "add", "Eve@example.com", "--role", "agent", "--group", "network")
    assert made.stdout.startswith(b"eve@example.com  password: ")
    assert cli("user", "add", "eve@example.com").returncode == 1
    assert (
        cli("user", "password", "eve@example.com", "--stdin", stdin=b"long enough\n").returncode
        == 0
    )
    assert cli("user", "password", "eve@example.com", "--stdin", stdin=b"short\n").returncode == 1
    assert len(cli("user", "token", "eve@example.com").stdout.strip()) > 30
    assert cli("user", "token", "nobody@example.com").returncode == 1


def test_a_settings_file_is_read(cli_in, home: Path, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.ini", tmp_path / "bad.ini"
    good.write_text(f"[app:main]\nvorgang.home = {home}\nvorgang.system_id = 77\n")
    bad.write_text("[app:main]\nvorgang.flavour = sweet\n")
    elsewhere = tmp_path / "elsewhere"
    assert cli_in(elsewhere, "-c", str(good), "ticket", "list").returncode == 0
    assert b"vorgang.flavour" in cli_in(elsewhere, "-c", str(bad), "ticket", "list").stderr
    assert cli_in(elsewhere, "-c", str(tmp_path / "no.ini"), "ticket", "list").returncode == 1


def test_the_doctor_says_whether_a_worker_runs(cli, home: Path) -> None:
    assert b"worker      does not run" in cli("doctor").stdout
    with alone(home / "run" / "worker.lock"):
        done = cli("doctor")
    assert b"worker      runs" in done.stdout
    assert done.returncode == 0


def test_the_doctor_and_health_of_a_fresh_desk(cli) -> None:
    assert b"Nothing to mend." in cli("doctor").stdout
    report = json.loads(cli("health", "--json").stdout)
    assert report["figures"]["tickets"] == 0
    assert cli("faq", "reindex").stdout == b"0 texts are in the index.\n"
    assert json.loads(cli("health", "--json").stdout)["ok"] is True


def counted(home: Path) -> list[int]:
    tables = ("queue", "state", "person", "process_version", "rules_release", "offer")
    with database_of(home) as database:
        return [database.execute(f"select count(*) from {t}").fetchone()[0] for t in tables]


def test_warnings_of_processes_are_accepted_or_nothing_is_published(cli, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "processes", tmp_path / "processes")
    diagram = tmp_path / "processes/incident/process.bpmn"
    text = diagram.read_text(encoding="utf-8")
    diagram.write_text(
        text.replace('id="triage"', 'id="triage" xmlns:odd="urn:odd" odd:x="1"'), encoding="utf-8"
    )
    refused = cli("publish", str(tmp_path))
    assert refused.returncode == 1
    assert b"--accept-warnings" in refused.stderr
    assert b"incident: What is written for another engine" in refused.stderr
    done = cli("publish", str(tmp_path), "--accept-warnings")
    assert done.returncode == 0, done.stderr
    assert b"incident version 2" in done.stdout


def test_what_a_lane_names_and_the_desk_has_not_is_refused_from_a_folder_too(
    cli, tmp_path: Path
) -> None:
    shutil.copytree(ROOT / "processes", tmp_path / "processes")
    diagram = tmp_path / "processes/incident/process.bpmn"
    text = diagram.read_text(encoding="utf-8")
    diagram.write_text(text.replace(">customer<", ">group:nobody-here<", 1), encoding="utf-8")
    refused = cli("publish", str(tmp_path), "--accept-warnings")
    assert refused.returncode == 1
    assert b'incident: The lane "' in refused.stderr
    assert b'is for group "nobody-here", which does not exist' in refused.stderr
    assert b"Traceback" not in refused.stderr


@pytest.mark.parametrize(("name", "why"), [("templates", b"templates"), ("shared", b"parts")])
def test_folders_that_hold_no_processes_of_their_own_are_refused_with_the_reason(
    cli, name: str, why: bytes
) -> None:
    done = cli("publish", str(ROOT / "processes" / name))
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"was not published: it holds " + why in done.stderr
