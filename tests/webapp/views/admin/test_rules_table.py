"""A ruleset is changed as a table; what was not touched stays, and nobody is overwritten."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.commands.rules_drafts import edit_rules, rules_draft_of, save_rules_draft
from engine.rules.editing import rules_of
from tests.town import ROOT

TEXT = (ROOT / "rules/routing.yaml").read_text(encoding="utf-8")
PATH = "/rules/routing/table"


def table(web: Any) -> Any:
    return web.get(f"{PATH}/rows").json


def send(web: Any, rows: Any, status: int = 200, **more: Any) -> Any:
    now = table(web)
    sent = {"revision": now["revision"], "mark": now["mark"], "rows": rows, **more}
    answer = web.app.post_json(PATH, sent, headers={"X-CSRF-Token": web.csrf()}, status=status)
    answer.request.environ["wsgi.input"].close()
    return answer.json


def drafted(web: Any, name: str = "routing") -> str:
    return str(web.town.desk.run(lambda work: rules_draft_of(work.session, name).text))


def test_a_table_that_was_not_changed_leaves_the_text_as_it_is(web: Any) -> None:
    web.login("ada")
    rows = table(web)["rows"]
    send(web, [row["id"] if "rule" in row else {"was": row["id"], **row} for row in rows])
    assert drafted(web) == TEXT


def test_rows_are_changed_added_moved_and_left_out(web: Any) -> None:
    web.login("ada")
    rows = table(web)["rows"]
    simple = next(row for row in rows if "then set queue" in row["cells"])
    ids = [row["id"] for row in rows]
    changed = {"was": simple["id"], "cells": {**simple["cells"], "then set queue": "Purchasing"}}
    fresh = {"cells": {"id": "fax", "title de": "Fax", "when ticket.channel in": "fax; sms",
                       "then set queue": "HR"}, "rest": {"note": "Because."}}  # fmt: skip
    rest = [name for name in ids if name != simple["id"]]
    saved = send(web, [fresh, changed, *rest[1:]])
    now = table(web)
    assert (now["revision"], now["mark"]) == (saved["revision"], saved["mark"])
    assert [row["id"] for row in now["rows"]] == ["fax", simple["id"], *rest[1:]]
    made = {rule["id"]: rule for rule in rules_of(drafted(web))}
    assert made["fax"]["note"] == "Because."
    assert made["fax"]["when"] == {
        "all": [{"fact": "ticket.channel", "op": "in", "value": ["fax", "sms"]}]
    }
    assert made["fax"]["title"] == {"de": "Fax", "en": "Fax"}
    before = {rule["id"]: rule for rule in rules_of(TEXT)}
    for name in rest[1:]:
        assert made[name] | {"order": 0} == before[name] | {"order": 0}


def test_what_the_check_finds_is_told_by_row_in_the_readers_language(web: Any) -> None:
    web.login("ada")
    ids = [row["id"] for row in table(web)["rows"]]
    send(web, [*ids, {"cells": {"id": "odd", "when ticket.priority gte": "much",
                                "then set queue": "HR"}}])  # fmt: skip
    web.get("/?language=de", status=303)
    found = web.get(f"{PATH}/problems").json
    assert [one["severity"] for one in found["problems"]["odd"]] == ["error"]
    assert "much" in found["problems"]["odd"][0]["text"]
    assert "1 Änderung" in found["bar"]


def test_who_was_slower_is_told_by_whom_and_overwrites_nothing(web: Any) -> None:
    web.login("ada")
    ids = [row["id"] for row in table(web)["rows"]]
    mark = table(web)["mark"]
    web.town.desk.run(
        lambda work: edit_rules(work, "routing", 0, lambda text: "# Olga\n" + text),
        web.town.actor("olga"),
    )
    said = send(web, ids[1:], status=409, mark=mark, revision=7)
    assert "Olga Brandt" in said["text"]
    assert drafted(web) == "# Olga\n" + TEXT


def test_a_table_of_other_rules_in_force_is_refused(web: Any) -> None:
    web.login("ada")
    ids = [row["id"] for row in table(web)["rows"]]
    assert "Other rules" in send(web, ids, status=409, mark="0" * 16)["text"]
    assert table(web)["revision"] == 0


@pytest.mark.parametrize("rows", [
    None, {}, "x", [None], [1], [[]], [""], [{}], ["nobody"], [{"cells": {}}], [{"was": "vpn"}],
    [{"cells": {"id": 5}}], [{"cells": {"id": "x", "when ticket.title odd": "1"}}],
    [{"cells": {"id": "x", "odd": "1"}}], [{"cells": {"id": "x\x00", "then add_tag": "a"}}],
    [{"cells": {"id": "\ud800", "then add_tag": "a"}}], [{"cells": {"id": "x"}, "rest": []}],
    [{"was": 5, "cells": {"id": "x"}}], [{"cells": {"id": "x", "k" * 300: "1"}}],
    [{"cells": {"id": "x", "then note": "x" * 200_000}}], ["x"] * 30_000, [{"rule": {}}],
    [{"rule": {"id": "x", "then": json.loads("[" * 60 + "]" * 60)}}],
    [{"cells": {"id": "x"}, "rest": {"note": float("nan")}}],
    [{"cells": {f"then set custom.x{n}": "1" for n in range(300)}}],
    [{"cells": {"id": "a"}}, {"cells": {"id": "a"}}],
])  # fmt: skip
def test_what_is_no_table_is_refused_and_changes_nothing(web: Any, rows: Any) -> None:
    web.login("ada")
    said = send(web, rows, status=422)
    assert said["text"]
    assert table(web)["revision"] == 0


@pytest.mark.parametrize("more", [{"revision": "1"}, {"revision": -1}, {"revision": True}])
def test_an_odd_revision_is_refused(web: Any, more: Any) -> None:
    web.login("ada")
    send(web, [], status=422, **more)


def test_hostile_words_stay_words(web: Any) -> None:
    web.login("ada")
    ids = [row["id"] for row in table(web)["rows"]]
    cells = {"id": "x", "title de": "</script><b>", "then add_tag": "a\n  - id: evil\n#",
             "then variable <i>": "&a *b"}  # fmt: skip
    send(web, [*ids, {"cells": cells, "rest": {"note": "- {}", "events": ["}"]}}])
    assert len(rules_of(drafted(web))) == len(ids) + 1
    row = table(web)["rows"][-1]
    assert row["cells"]["then add_tag"] == cells["then add_tag"]
    assert row["cells"]["then variable <i>"] == "&a *b"
    assert "</script><b>" not in web.get(PATH).text


def test_a_rule_that_fits_no_columns_is_read_and_kept(web: Any) -> None:
    web.login("ada")
    deep = (
        "rules:\n  - id: deep\n    title: {de: T, en: T}\n"
        "    order: 0\n    then: [{add_tag: deep}]\n"
        "    when: {any: [{fact: ticket.channel, op: is, value: fax}]}\n"
    )
    text = TEXT.replace("rules:\n", deep, 1)
    web.town.desk.run(
        lambda work: save_rules_draft(work, "routing", 0, text=text), web.town.actor("ada")
    )
    row = table(web)["rows"][0]
    assert row["rule"]["when"] == {"any": [{"fact": "ticket.channel", "op": "is", "value": "fax"}]}
    assert row["odd"] == ["when"]
    assert "channel is fax" in row["said"]["when"]
    ids = [one["id"] for one in table(web)["rows"]]
    asked = {**row["cells"], "when ticket.channel in": "sms"}
    send(web, [{"was": "deep", "cells": asked}, *ids[1:]], status=422)
    send(web, [{"was": "deep", "cells": {**row["cells"], "then add_tag": "deeper"}}, *ids[1:]])
    assert rules_of(drafted(web))[0]["then"] == [{"add_tag": "deeper"}]
    assert rules_of(drafted(web))[0]["when"] == row["rule"]["when"]
    copy = {"rule": row["rule"], "cells": {**row["cells"], "id": "copy", "then add_tag": "copy"}}
    send(web, [copy, *ids])
    assert rules_of(drafted(web))[0]["when"] == row["rule"]["when"]
    assert rules_of(drafted(web))[0]["then"] == [{"add_tag": "copy"}]
    send(web, ids[1:])
    send(web, [{"rule": row["rule"]}, *ids[1:]])  # taken away, and put back
    assert rules_of(drafted(web))[0]["when"] == row["rule"]["when"]


def test_the_page_reads_without_a_script_and_names_what_can_be_added(web: Any) -> None:
    web.login("ada")
    page = web.get(PATH)
    fallback = page.text.partition("<noscript>")[2]
    first = rules_of(TEXT)[0]
    assert first["title"]["en"] in fallback
    assert 'href="/rules/routing/text"' in fallback
    assert "custom.*" not in page.text
    assert "/rules/routing/rule/RULE" in page.text
    web.get("/rules/routing/rule/placed")
    web.get("/rules/nothing/table", status=404)
    web.get("/rules/nothing/table/rows", status=404)


def test_a_text_that_is_no_table_is_mended_as_text(web: Any) -> None:
    web.login("ada")
    revision = 0
    for text in ("rules: [", "ruleset: routing\nrules: [{id: a}, {id: a}]\n"):
        revision = web.town.desk.run(
            lambda work, n=revision, said=text: (
                save_rules_draft(work, "routing", n, text=said).revision
            ),
            web.town.actor("ada"),
        )
        assert "mend it there" in web.get(PATH).text
        web.get(f"{PATH}/rows", status=400)


def test_a_table_can_begin_with_nothing(web: Any) -> None:
    web.login("ada")
    ids: list[Any] = []
    send(web, ids)
    assert table(web)["rows"] == []
    assert 'role="grid"' in web.get(PATH).text
    send(web, [{"cells": {"id": "first", "then add_tag": "x"}}])
    assert [row["id"] for row in table(web)["rows"]] == ["first"]
