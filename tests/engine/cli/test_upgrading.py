"""What a new version brings is listed, looked at, taken or declined on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine.cli.run import run
from engine.commands import notice_texts
from engine.notify.texts import Text, Texts

ROOT = Path(__file__).parents[3]
NAME = "rules/routing.yaml"


@pytest.fixture
def came(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The rules of another version, as a desk in `home` finds them."""
    rules = Path(shutil.copytree(ROOT / "rules", tmp_path / "rules"))
    monkeypatch.setenv("VORGANG_HOME", str(home))
    monkeypatch.setenv("VORGANG_RULES_DIR", str(rules))
    return rules


def test_nothing_came_anew_after_the_start(came: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["upgrade"]) == 0
    assert "Nothing came anew" in capsys.readouterr().out


def test_an_offer_is_listed_shown_and_taken(came: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (came / "routing.yaml").read_text("utf-8")
    (came / "routing.yaml").write_text(text.replace("Routing to a queue", "Where to"), "utf-8")
    assert run(["upgrade", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["name"], found["kind"]) == (NAME, "offer")
    assert any("Where to" in line for line in found["difference"])
    assert run(["upgrade", "--diff", NAME]) == 0
    assert "+title" in capsys.readouterr().out
    assert run(["upgrade", "--decline"]) == 1
    assert run(["upgrade", "--take", "--decline", NAME]) == 1
    assert run(["upgrade", "--take", "rules/absent.yaml"]) == 1
    capsys.readouterr()
    assert run(["upgrade", "--take"]) == 0
    assert capsys.readouterr().out.split() == ["taken", NAME]
    assert run(["upgrade"]) == 0
    assert "Nothing came anew" in capsys.readouterr().out


def test_a_text_that_was_changed_here_and_comes_anew_is_told_and_decided(
    came: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    texts = tmp_path / "notices"
    texts.mkdir()
    words = {"subject": "Ours {title}", "body": "By us."}
    for name in ("closed", "reopened"):
        document = {"de": words, "en": words}
        (texts / f"{name}.yaml").write_text(json.dumps(document), "utf-8")
    assert run(["publish", str(texts)]) == 0
    assert run(["upgrade"]) == 0
    assert "Nothing came anew" in capsys.readouterr().out
    known = notice_texts.shipped

    def newer(name: str) -> Texts | None:
        found = known(name)
        if found is None or name not in ("closed", "reopened", "resolved"):
            return found
        return {language: Text(f"Anew: {one.subject}", one.body) for language, one in found.items()}

    for module in ("engine.notify.texts", "engine.commands.notice_texts",
                   "engine.commands.starter_notices"):  # fmt: skip
        monkeypatch.setattr(f"{module}.shipped", newer)
    assert run(["upgrade", "--diff"]) == 0
    said = capsys.readouterr().out
    assert "notices/closed" in said
    assert "notices/reopened" in said
    assert "notices/resolved" not in said  # nobody changed it here: it is sent as it comes
    assert "-[en] Ours {title}" in said
    assert "+[en] Anew: " in said
    assert run(["upgrade", "--take"]) == 0  # offers alone; this is a conflict
    assert run(["upgrade", "--take", "notices/resolved"]) == 1
    assert run(["upgrade", "--take", "notices/closed"]) == 0
    assert run(["upgrade", "--decline", "notices/reopened"]) == 0
    capsys.readouterr()
    assert run(["upgrade"]) == 0
    assert "Nothing came anew" in capsys.readouterr().out
    assert run(["export", str(tmp_path / "out")]) == 0
    assert [path.name for path in (tmp_path / "out/notices").iterdir()] == ["reopened.yaml"]
