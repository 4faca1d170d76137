"""What a process owner, or somebody with their login, can send to the pages of a process."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest

from tests.town import ROOT

BASE = "/processes/incident"
DIAGRAM = (ROOT / "processes/incident/process.bpmn").read_text("utf-8")
CANARY = "<img src=x onerror=alert(1)>"
DOCUMENTS = ("draft", "draft/here", "draft/check", "draw/time", "draw/form")
ODD: list[Any] = [
    None, True, -1, 10**400, float("nan"), "", "\x00", "\ud800", "²", "9" * 400, "x" * 100_000,
    [], [[]], {"__proto__": {"polluted": 1}},
]  # fmt: skip


def ask(web: Any, path: str, sent: Any) -> Any:
    """A document as the page's script sends it."""
    body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    headers = {"X-CSRF-Token": web.csrf(), "Content-Type": "application/json"}
    answer = web.app.post(f"{BASE}/{path}", body, headers=headers, status="*")
    answer.request.environ["wsgi.input"].close()  # a large body lies in a file
    return answer


@pytest.mark.parametrize("path", DOCUMENTS)
def test_no_document_is_more_than_refused(web: Any, path: str) -> None:
    web.login("olga")
    names = ("revision", "files", "text", "iso", "kind", "basis", "language", "schema", "ui")
    sent = [b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b'"\\ud800"']
    for odd in ODD:
        sent += [odd, dict.fromkeys(names, odd), {"revision": 0, "files": {"process.bpmn": odd}}]
        sent += [{"kind": "duration", "iso": odd}, {"schema": {}, "ui": {"order": [odd]}}]
    assert [repr(one)[:99] for one in sent if ask(web, path, one).status_int >= 500] == []


@pytest.mark.parametrize("path", DOCUMENTS)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_no_other_site_sends_a_document(web: Any, path: str, kind: str) -> None:
    """A form of another site can send JSON as text, but no token."""
    web.login("olga")
    body = json.dumps({"revision": 0, "files": {"README.md": "x"}}).encode()
    web.app.post(f"{BASE}/{path}", body, headers={"Content-Type": kind}, status=403)
    assert web.get(f"{BASE}/draft").json["revision"] == 0


PARTS: list[Any] = [
    *ODD, {"type": ["null"]}, {"type": {}}, {"enum": [[], {}, None, CANARY]}, {"enum": {}},
    {"maxLength": "x"}, {"maxLength": 10**400}, {"title": {}, "description": []},
    {"title": CANARY, "description": CANARY, "default": CANARY}, {"minimum": "a", "format": []},
]  # fmt: skip
LOOKS: list[Any] = [
    *ODD, {"label": CANARY, "help": CANARY}, {"label": {"en": CANARY}, "help": {"en": {}}},
    {"widget": []}, {"choices": []}, {"widget": "select", "choices": {CANARY: {"en": CANARY}}},
    {"show_if": {"field": [], "is": {}}}, {"show_if": {"field": CANARY, "is": [CANARY, {}]}},
]  # fmt: skip


def test_every_form_is_drawn_or_refused(web: Any) -> None:
    web.login("olga")
    wrong = []
    for part, look in [*((part, {}) for part in PARTS), *(({}, look) for look in LOOKS)]:
        rules = [part, {"if": part, "then": part}]
        fields = {"a": part, CANARY: {"type": "string"}}
        schema = {"properties": fields, "required": [part], "allOf": rules}
        ui = {"fields": {"a": look}, "order": [part], "title": look, "help": look}
        answer = ask(web, "draw/form", {"schema": schema, "ui": ui})
        if answer.status_int >= 500 or CANARY in answer.json.get("html", ""):
            wrong.append((repr(part)[:80], repr(look)[:80], answer.status_int))
    assert wrong == []


def names(text: str) -> dict[str, str]:
    return {"process.bpmn": re.sub(r'name="[^"]*"', f'name="{text}"', DIAGRAM)}


def texts(text: str) -> dict[str, str]:
    inner = re.sub(r">[^<>]*[A-Za-z][^<>]*</spiff", f">{text}</spiff", DIAGRAM)
    return {"process.bpmn": inner}


def ids(text: str) -> dict[str, str]:
    return {"process.bpmn": re.sub(r'id="(?!incident)', f'id="{text}', DIAGRAM)}


def beside(_: str) -> dict[str, str]:
    played = f"- name: '{CANARY}'\n  steps: [{{complete: '{CANARY}'}}]\n"
    return {"triage.schema.json": json.dumps({"type": CANARY}), "examples.yaml": played,
            "README.md": CANARY}  # fmt: skip


PAGES = ("", "/draw", "/publish", "/versions", "/versions/compare?a=1&b=draft", "/play",
         "/play?from=draft", "/examples", "/offer", "/tickets", "/heat", "/incidents")  # fmt: skip


@pytest.mark.parametrize("where", [names, texts, ids, beside])
def test_markup_in_a_draft_is_text_on_every_page(web: Any, where: Any) -> None:
    web.login("olga")
    sent = {"revision": 0, "files": where(html.escape(CANARY))}
    assert ask(web, "draft", sent).status_int == 200
    answers = {page: web.get(BASE + page, status="*") for page in PAGES}
    assert [p for p, a in answers.items() if a.status_int >= 500 or CANARY in a.text] == []
    assert ask(web, "draft/check", {"files": {}}).status_int == 200


def scenarios() -> list[Any]:
    found = [*ODD, {"steps": ODD}]
    for odd in [*ODD, "P9999999Y", "PT999999999999999999S", "P1D" * 50]:
        one = {"complete": "triage", "answers": {"queue": odd}, "of": odd}
        steps = [{key: odd} for key in ("complete", "message", "advance", "data", "expect_end")]
        found += [{"steps": [step]} for step in (one, *steps)]
        found += [{"ticket": {"priority": odd, "tags": odd}, "given": {"ticket": odd, "": odd}}]
        found += [{"rulesets": {"routing": {"queue": odd, "custom.": odd}}, "name": odd}]
    return found


def test_every_scenario_is_played_or_refused(web: Any) -> None:
    web.login("olga")
    wrong = []
    for text in map(json.dumps, scenarios()):
        sent = {"play.scenario": text, "play.do": "end", "play.at": "300"}
        status = web.post(f"{BASE}/play", sent, status="*").status_int
        wrong += [(text[:150], status)] if status >= 500 else []
    assert wrong == []


VERBS = ("at:9999999999999", "at:²", "back:x", "begin", "decide:routing", "decide:\x00", "ask:",
         "complete:triage.0", "message:" + CANARY, "advance:until", "advance:99999999999",
         "advance:x", "retry", "odd:odd")  # fmt: skip
TYPED: tuple[dict[str, str], ...] = (
    {"play.given": "x", "play.decides": "= = =", "play.payload": "a=" + "9" * 15,
     "play.until": "9999-12-31T23:59:59-14:00", "play.rules": "on"},
    {"play.given": "ticket=1", "play.decides": "queue=\x00", "play.until": "0001-01-01",
     "ticket.tags": "," * 3000, "ticket.priority": "9" * 3000, "play.from": "99999999999"},
)  # fmt: skip


def test_every_move_is_made_or_refused(web: Any) -> None:
    web.login("olga")
    wrong = []
    for verb in VERBS:
        for typed in TYPED:
            sent = {"play.scenario": "{}", "play.do": verb, **typed}
            answer = web.post(f"{BASE}/play", sent, status="*")
            if answer.status_int >= 500 or CANARY in answer.text:
                wrong.append((verb, typed, answer.status_int))
    assert wrong == []
