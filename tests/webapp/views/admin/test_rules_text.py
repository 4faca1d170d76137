"""The text of a ruleset while it is typed: checked without keeping, kept, and never lost."""

from __future__ import annotations

from typing import Any

import pytest

from engine.commands.rules_drafts import (
    discard_rules_draft,
    rules_draft_of,
    save_rules_draft,
    standing,
)
from engine.rules.source import LARGEST
from tests.town import ROOT

TEXT = (ROOT / "rules/routing.yaml").read_text(encoding="utf-8")
EXAMPLES = (ROOT / "rules/examples/routing.yaml").read_text(encoding="utf-8")
PATH = "/rules/routing/text"
FETCH = {"X-Requested-With": "fetch"}


def send(web: Any, path: str, data: Any, status: Any = 200) -> Any:
    headers = {"X-CSRF-Token": web.csrf(), **FETCH}
    answer = web.app.post_json(path, data, headers=headers, status=status)
    answer.request.environ["wsgi.input"].close()
    return answer.json


def check(web: Any, text: Any, of: str = "text", status: Any = 200) -> Any:
    return send(web, "/rules/routing/check", {"of": of, "text": text}, status)


def keep(web: Any, text: Any, revision: Any = 0, status: Any = 200, path: str = PATH) -> Any:
    return send(web, path, {"revision": revision, "text": text}, status)


def kept(web: Any) -> str | None:
    draft = web.town.desk.read(lambda work: rules_draft_of(work.session, "routing"))
    return draft.text if draft else None


def by_another(web: Any, text: str) -> None:
    def save(work: Any) -> None:
        draft = rules_draft_of(work.session, "routing")
        save_rules_draft(work, "routing", draft.revision if draft else 0, text=text)

    web.town.desk.run(save, web.town.actor("olga"))


def test_a_text_is_checked_at_its_lines_and_nothing_is_kept(web: Any) -> None:
    web.login("ada")
    line = TEXT.split("\n").index("      - set: {queue: Complaints}") + 1
    found = check(web, TEXT.replace("queue: Complaints", "queue: Nowhere"))
    [one] = [p for p in found["problems"] if p["severity"] == "error"]
    assert "Nowhere" in one["text"]
    assert one["rule"] == "complaint"
    assert abs(one["line"] - line) < 12
    assert f'data-line="{one["line"]}"' in found["list"]
    assert found["bar"] is None
    assert kept(web) is None
    assert check(web, TEXT)["problems"] == []
    broken = check(web, TEXT + "  - id: [\n")["problems"]
    assert broken[0]["line"] >= TEXT.count("\n")


def test_what_was_kept_brings_the_bar_with_it(web: Any) -> None:
    web.login("ada")
    text = TEXT.replace("queue: Complaints", "queue: HR")
    answer = keep(web, text)
    assert answer["by"] == "Ada Vogt"
    assert kept(web) == text
    assert "1 change" in check(web, text)["bar"]
    again = keep(web, text + "# more\n", answer["revision"])
    assert again["revision"] > answer["revision"]


def test_examples_are_checked_against_the_rules_as_they_stand(web: Any) -> None:
    web.login("ada")
    wrong = EXAMPLES.replace("rules: [hr]", "rules: [vpn]")
    found = check(web, wrong, "examples")["problems"]
    assert [one["severity"] for one in found] == ["error"]
    assert check(web, EXAMPLES, "examples")["problems"] == []
    keep(web, wrong, path="/rules/routing/examples")
    stand = web.town.desk.read(lambda work: standing(work.session))
    assert stand.examples["routing"] == wrong


def test_whoever_is_slower_sees_both_texts_and_decides(web: Any) -> None:
    web.login("ada")
    mine, theirs = TEXT + "# mine <b>\n", TEXT + "# theirs\n"
    by_another(web, theirs)
    answer = keep(web, mine, 0, status=409)
    assert answer["theirs"] == theirs
    assert "# mine &lt;b&gt;" in answer["both"]
    assert "# theirs" in answer["both"]
    assert kept(web) == theirs
    assert keep(web, mine, answer["revision"])["by"] == "Ada Vogt"
    assert kept(web) == mine
    # Without a script the page shows the same, and the field has what was typed.
    by_another(web, theirs)
    page = web.post(PATH, {"revision": "1", "text": mine}, status=409)
    assert "# theirs" in page.text
    assert page.forms["text"]["text"].value == mine.removesuffix("\n") + "\n"
    assert page.forms["text"].submit().status_int == 303
    assert kept(web) == mine


def test_what_others_kept_alike_is_no_conflict(web: Any) -> None:
    web.login("ada")
    by_another(web, TEXT + "# same\n")
    assert keep(web, TEXT + "# same\n", 0)["by"] == "Olga Brandt"


def test_a_draft_thrown_away_meanwhile_takes_nothing_with_it(web: Any) -> None:
    web.login("ada")
    revision = keep(web, TEXT + "# a\n")["revision"]
    web.town.desk.run(
        lambda work: discard_rules_draft(work, "routing", revision), web.town.actor("olga")
    )
    answer = keep(web, TEXT + "# b\n", revision, status=404)
    assert "# b" in answer["both"]
    assert answer["revision"] == 0
    page = web.post(PATH, {"revision": str(revision), "text": TEXT + "# b\n"}, status=404)
    assert "# b" in page.forms["text"]["text"].value
    assert keep(web, TEXT + "# b\n", 0)["revision"]


@pytest.mark.parametrize(("text", "said"), [
    ("a: &x [1]\nb: *x\n", "anchors and aliases"), ("[" * 5000, "nested deeper"),
    ("\ta: 1\n", "not YAML"), ("x: " + "y" * 1_000_000, "more than"),
    ("a: 1\n---\nb: 2\n", "several documents"), ("!!python/object:os.system {}\n", "no plain"),
    ("y" * (LARGEST + 9), "larger than"), ("a\x00b", "YAML"), ("\ud800: 1", "YAML"),
    ("<script>alert(1)</script>: <b>", "unknown key"), ("", "a mapping"),
])  # fmt: skip
def test_hostile_text_is_refused_with_its_reason(web: Any, text: str, said: str) -> None:
    web.login("ada")
    found = check(web, text)
    assert said in " ".join(one["text"] for one in found["problems"])
    assert "<script>alert" not in found["list"]


def test_a_text_from_elsewhere_is_kept_as_lines(web: Any) -> None:
    web.login("ada")
    answer = keep(web, "\ufeff" + TEXT.replace("\n", "\r\n") + "# end\r")
    assert kept(web) == TEXT + "# end\n"
    assert answer["revision"]


@pytest.mark.parametrize("sent", [
    {}, {"of": "text"}, {"of": "text", "text": 5}, {"of": "other", "text": ""}, [], "x",
])  # fmt: skip
def test_what_is_no_question_is_refused(web: Any, sent: Any) -> None:
    web.login("ada")
    send(web, "/rules/routing/check", sent, status=400)
    send(web, "/rules/nowhere/check", {"of": "text", "text": ""}, status=404)
    for revision in (-1, True, "1", None, 10**12):
        keep(web, TEXT, revision, status="4*")
    assert kept(web) is None


def test_too_much_and_no_text_are_refused_and_said(web: Any) -> None:
    web.login("ada")
    assert "4 MB" in keep(web, "y" * (LARGEST + 1), status=422)["text"]
    assert keep(web, "a\x00", status=422)["text"]
    page = web.post(PATH, {"revision": "0", "text": "y" * (LARGEST + 1)}, status=422)
    assert len(page.forms["text"]["text"].value) == LARGEST + 1
    assert kept(web) is None


def test_what_can_be_said_is_for_owners_only(web: Any) -> None:
    for name in ("bruno", "sam"):
        web.login(name)
        web.get("/rules/routing/words", status=404)
    web.login("olga")
    assert "ticket.queue" in web.get("/rules/routing/words").json["facts"]
    web.get("/rules/nowhere/words", status=404)


def test_rules_by_the_thousand_open_at_once_and_are_checked_behind(
    web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from webapp.views.admin import rules_text

    web.login("ada")
    keep(web, TEXT.replace("queue: Complaints", "queue: Nowhere"))
    monkeypatch.setattr(rules_text, "QUICK", 100)
    assert "Nowhere" not in web.get(PATH).html.select_one(".text-found").text
    assert "Nowhere" in web.get(f"{PATH}?check=now").html.select_one(".text-found").text
