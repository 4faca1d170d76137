"""An owner draws: what is put into the diagram is kept, comes back, and nobody overwrites it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.served import Served
from tests.journeys.visitor import Visitor

pytestmark = pytest.mark.journey
STATE = "[data-part=state]"
KNOWN = "id => !!document.getElementById('draw').modeler.get('elementRegistry').get(id)"
ALL = """() => document.getElementById('draw').modeler.get('elementRegistry').getAll()
    .map(e => e.id)"""
WAYS = """id => document.getElementById('draw').modeler.get('elementRegistry').get(id)
    .outgoing.map(way => way.target.id)"""
STARTS = """() => document.getElementById('draw').modeler.get('elementRegistry')
    .filter(e => e.type === 'bpmn:StartEvent').map(e => e.id)"""
SELECT = """id => { const m = document.getElementById('draw').modeler;
    m.get('selection').select(m.get('elementRegistry').get(id)); }"""


@pytest.fixture(autouse=True)
def no_draft(town_hall: Served) -> Iterator[None]:
    """Each journey begins with what is in force, and leaves nothing drawn to others."""
    from engine.commands.process_drafts import draft_of, remove_draft

    def clear(work: Any) -> None:
        for key in ("incident", "question"):
            if (draft := draft_of(work.session, key)) is not None:
                remove_draft(work, draft)

    with town_hall.open() as desk:
        desk.run(clear)
    yield
    with town_hall.open() as desk:
        desk.run(clear)


def draw(visitor: Visitor, key: str = "incident") -> Any:
    """The page, with the modeller alive."""
    visitor.go(f"/processes/{key}/draw")
    page = visitor.page
    page.wait_for_selector("#draw[data-ready=yes]")
    return page


def select(page: Any, element: str) -> Any:
    """Select an element; the panel beside the diagram."""
    page.evaluate(SELECT, element)
    return page.locator("[data-part=step]")


def drawn(page: Any) -> str:
    """The diagram as the desk keeps it."""
    answer = page.evaluate(
        "async () => (await fetch(location.pathname.replace('draw', 'draft'))).json()"
    )
    return str(answer["files"]["process.bpmn"])


def saved(page: Any) -> None:
    """Wait until what was changed has been kept."""
    expect(page.locator(STATE)).to_have_attribute("data-state", "saved")
    expect(page.locator(STATE)).to_contain_text(":")


def test_a_step_is_added_by_keys_named_and_undone(visit: Callable[..., Visitor]) -> None:
    page = draw(visit("olga", language="de"))
    page.locator("[data-element-id=triage]").first.click()
    page.keyboard.press("a")
    page.keyboard.type("Schritt für")
    page.keyboard.press("Enter")
    expect(page.locator(".djs-direct-editing-content")).to_be_focused()
    page.keyboard.type("Kosten prüfen")
    panel = page.locator("[data-part=step]")
    panel.get_by_label("Name (Englisch)").fill("Check the\u0008\u0000 costs")  # pasted from afar
    panel.get_by_label("Name (Englisch)").blur()
    assert page.evaluate(KNOWN, "kosten_pruefen")
    saved(page)
    text = drawn(page)
    assert 'id="kosten_pruefen" name="Check the costs"' in text
    assert "<spiffworkflow:titleDe>Kosten prüfen</spiffworkflow:titleDe>" in text
    assert 'bpmnElement="kosten_pruefen"' in text
    page.reload()
    page.wait_for_selector("#draw[data-ready=yes]")
    assert page.evaluate(KNOWN, "kosten_pruefen")
    select(page, "kosten_pruefen")
    page.locator(".draw-canvas svg[tabindex]").focus()
    page.keyboard.press("Delete")
    assert not page.evaluate(KNOWN, "kosten_pruefen")
    page.keyboard.press("Control+z")
    assert page.evaluate(KNOWN, "kosten_pruefen")
    # What is added goes into the way that is there, with room, and is taken back in one step.
    assert page.evaluate(WAYS, "triage") == ["kosten_pruefen"]
    assert page.evaluate(WAYS, "kosten_pruefen") == ["work"]
    page.locator("[data-element-id=triage]").first.click()
    page.keyboard.press("a")
    page.keyboard.type("Eigener Teil")
    page.keyboard.press("Enter")
    assert page.evaluate(WAYS, "triage") != ["kosten_pruefen"]
    assert len(page.evaluate(STARTS)) == 2  # a part has its own beginning
    page.keyboard.press("Control+z")
    assert page.evaluate(WAYS, "triage") == ["kosten_pruefen"]
    assert len(page.evaluate(STARTS)) == 1
    # Escape closes what a key has opened, the keys are listed, and a toolbar is one stop.
    canvas = page.locator(".draw-canvas svg[tabindex]")
    canvas.focus()
    page.keyboard.press("a")
    expect(page.get_by_role("combobox", name="Was als Nächstes kommt")).to_be_focused()
    page.keyboard.press("Escape")
    expect(canvas).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Tastatur")).to_contain_text("Im Diagramm benennen")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Rückgängig").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(canvas).to_be_focused()
    panel = select(page, "triage")
    panel.get_by_text("Wege hinaus").click()
    panel.get_by_label("Weg ziehen zu").select_option("Störung beheben")
    assert page.evaluate(WAYS, "triage") == ["kosten_pruefen", "work"]
    page.get_by_role("button", name="Rückgängig").click()
    select(page, "lane_team_in_charge").get_by_role("button", name="Löschen").click()
    expect(page.locator("[data-toast]")).to_contain_text("Störung beheben")
    page.get_by_role("button", name="Rückgängig").click()
    select(page, "work_result").get_by_role("button", name="→ Neues Team").click()
    expect(panel.get_by_label("Vergleich")).to_be_visible()


def test_what_a_step_means_is_said_in_the_words_of_the_desk(visit: Callable[..., Visitor]) -> None:
    page = draw(visit("olga"))
    panel = select(page, "lane_customer")
    panel.get_by_label("Who does the steps").select_option("queue:")
    panel = select(page, "triage")
    panel.get_by_text("The ticket's clocks rest").click()
    panel.get_by_label("What the customer reads (German)").fill("Wir sehen es uns an")
    panel.get_by_text("Four eyes").click()
    panel = select(page, "to_tell_new_team_from_work_result")
    panel.get_by_label("Comparison").select_option("!=")
    panel = select(page, "too_late")
    panel.get_by_text("The step ends").click()
    select(page, "tell_lead").get_by_label("To whom").select_option("owner")
    saved(page)
    text = drawn(page)
    assert "<spiffworkflow:clockPause>true</spiffworkflow:clockPause>" in text
    assert "Wir sehen es uns an" in text
    assert 'work_result != "hand_on"' in text.replace("&#34;", '"').replace("&quot;", '"')
    assert "<spiffworkflow:assign>queue:" in text
    assert "value=\"'owner'\"" in text.replace("&#39;", "'")


def test_a_time_is_typed_in_words(visit: Callable[..., Visitor]) -> None:
    page = draw(visit("olga"))
    page.locator("[data-element-id=work]").first.click()
    page.keyboard.press("a")
    page.keyboard.type("Deadline of")
    page.keyboard.press("Enter")
    panel = page.locator("[data-part=step]")
    panel.get_by_label("When, in words").fill("after 2 working hours")
    expect(panel.get_by_role("status")).to_contain_text("2 working hours")
    saved(page)
    text = drawn(page).replace("&#34;", '"').replace("&quot;", '"')
    assert '"PT2H"' in text
    assert "<spiffworkflow:timerBasis>working</spiffworkflow:timerBasis>" in text


def test_problems_are_named_at_their_element_and_in_a_list(visit: Callable[..., Visitor]) -> None:
    page = draw(visit("olga"))
    select(page, "route").get_by_label("Ruleset").select_option("")
    page.get_by_role("tab", name="Problems").click()
    problem = page.get_by_role("tabpanel").get_by_role("button", name="names no ruleset")
    expect(problem).to_be_visible()
    expect(page.locator(".draw-sign.bad")).to_be_visible()
    select(page, "work")
    page.get_by_role("tab", name="Problems").click()
    problem.click()
    expect(page.locator("[data-part=step]").get_by_label("Ruleset")).to_be_visible()
    expect(page.locator("[data-part=step] .draw-here")).to_contain_text("names no ruleset")


HOSTILE = "<img src=x onerror=window.ran=1></script><script>window.ran=1</script>"


def test_hostile_words_of_a_draft_are_only_words(
    visit: Callable[..., Visitor], town_hall: Served
) -> None:
    from xml.sax.saxutils import escape, quoteattr

    from engine.commands.process_drafts import save_draft
    from engine.tickets.overview import process_in_force

    def spoil(work: Any) -> None:
        files = process_in_force(work.session, "question").files
        bad = (
            files["process.bpmn"]
            .replace("Frage", escape(HOSTILE))
            .replace("<bpmn:documentation>", f"<bpmn:documentation>javascript:{escape(HOSTILE)}")
        )
        bad = bad.replace('name="Answered"', f"name={quoteattr(HOSTILE)}")
        ui = json.loads(files["answer.ui.json"])
        ui["title"] = {"de": HOSTILE, "en": HOSTILE}
        for field in ui["fields"].values():
            field["label"] = {"en": HOSTILE, "de": HOSTILE}
        save_draft(work, "question", 0, {"process.bpmn": bad, "answer.ui.json": json.dumps(ui)})

    with town_hall.open() as desk:
        desk.run(spoil)
    page = draw(visit("olga", language="de"), "question")
    for tab in ("Probleme", "Als Liste", "Bedeutung"):
        page.get_by_role("tab", name=tab).click()
    for element in page.evaluate(ALL):
        page.evaluate(SELECT, element)
    page.locator(".draw-canvas svg[tabindex]").focus()
    page.keyboard.press("Control+f")
    page.keyboard.type("img")
    expect(page.locator("[data-part=step]")).to_be_visible()
    assert page.evaluate("window.ran") is None


def test_a_phone_shows_and_says_that_drawing_wants_more_room(visit: Callable[..., Visitor]) -> None:
    page = draw(visit("olga", width=390))
    expect(page.get_by_text("Drawing wants a wider screen")).to_be_visible()
    page.get_by_role("tab", name="As a list").click()
    page.get_by_role("button", name="Sort the fault").click()
    expect(page.locator("[data-part=step]").get_by_label("Name (English)")).to_be_disabled()
    # A form is a list of questions, for which there is room.
    page.locator("[data-part=step]").get_by_role("button", name="Edit the form").click()
    form = page.locator("[data-part=form]")
    form.get_by_role("button", name="Date", exact=True).click()
    form.get_by_label("Question (English)").fill("Since when?")
    form.get_by_label("Question (English)").blur()
    saved(page)
    assert form_of(page, "triage")[1]["order"][-1] == "since_when"
    page.get_by_role("button", name="Undo").click()


def form_of(page: Any, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A form as the desk keeps it."""
    files = page.evaluate(
        "async () => (await fetch(location.pathname.replace('draw', 'draft'))).json()"
    )["files"]
    return json.loads(files[f"{name}.schema.json"]), json.loads(files[f"{name}.ui.json"])


def test_a_form_is_made_beside_the_diagram(visit: Callable[..., Visitor]) -> None:
    page = draw(visit("olga"))
    page.locator("[data-element-id=triage]").first.click()
    page.keyboard.press("a")
    page.keyboard.type("Step for a person")
    page.keyboard.press("Enter")
    panel = page.locator("[data-part=step]")
    panel.get_by_label("Name (English)").fill("Check the costs")
    panel.get_by_label("Name (English)").blur()
    panel.get_by_role("button", name="New form").click()
    form = page.locator("[data-part=form]")
    form.get_by_role("button", name="Yes or no", exact=True).click()
    form.get_by_label("Question (English)").fill("Too expensive?")
    form.get_by_label("Question (English)").blur()
    form.get_by_role("button", name="A line of text", exact=True).click()
    form.get_by_label("Question (English)").fill("Why?")
    form.get_by_label("Question (German)").fill("Warum?")
    form.get_by_role("group", name="When is it shown?").get_by_text("Only if").click()
    form.get_by_role("group", name="Must it be answered?").get_by_text("Whenever").click()
    preview = form.get_by_label("Preview")
    expect(preview.get_by_text("Too expensive?")).to_be_visible()
    expect(preview.get_by_label("Why?")).to_be_hidden()
    preview.get_by_label("Too expensive?").check()
    expect(preview.get_by_label("Why?")).to_be_visible()
    form.get_by_role("button", name="Move up: Why?").click()
    saved(page)
    schema, ui = form_of(page, "check_the_costs")
    assert ui["order"] == ["why", "too_expensive"]
    assert ui["fields"]["why"]["label"] == {"de": "Warum?", "en": "Why?"}
    assert ui["fields"]["why"]["show_if"] == {"field": "too_expensive", "is": ["true"]}
    assert schema["allOf"] == [
        {
            "if": {
                "properties": {"too_expensive": {"enum": [True]}},
                "required": ["too_expensive"],
            },
            "then": {"required": ["why"]},
        }
    ]
    assert 'value="check_the_costs.schema.json"' in drawn(page)
    # A choice that is kept otherwise is so, too, where another question depends on it.
    form.get_by_role("button", name="One of several", exact=True).click()
    form.get_by_label("Question (English)").fill("How much?")
    form.get_by_role("button", name="Another choice").click()
    page.keyboard.type("A lot")
    form.locator("[data-name='field why']").click()
    form.get_by_label("Shown if").select_option("How much?")
    form.get_by_role("group", name="is answered with").get_by_label("A lot").check()
    form.locator("[data-name='field how_much']").click()
    form.get_by_label("Kept as").nth(1).fill("much")
    form.get_by_label("Kept as").nth(0).focus()
    saved(page)
    _, ui = form_of(page, "check_the_costs")
    assert ui["fields"]["why"]["show_if"] == {"field": "how_much", "is": ["choice_1", "much"]}
    form.get_by_role("button", name="Close the form").click()
    expect(panel.get_by_label("Form", exact=True)).to_have_value("check_the_costs")


def test_a_form_that_is_opened_and_touched_loses_nothing(visit: Callable[..., Visitor]) -> None:
    page = draw(visit("olga"))
    before = form_of(page, "work")
    select(page, "work").get_by_role("button", name="Edit the form").click()
    form = page.locator("[data-part=form]")
    form.get_by_text("Title and button").click()
    form.get_by_label("Title (English)").fill("Solve it")
    saved(page)
    schema, ui = form_of(page, "work")
    assert (schema["title"], ui["title"]["en"]) == ("Solve it", "Solve it")
    schema["title"], ui["title"] = before[0]["title"], before[1]["title"]
    assert (schema, ui) == before


def test_a_piece_is_put_into_a_way_and_taken_back_whole(visit: Callable[..., Visitor]) -> None:
    page = draw(visit("olga"))
    select(page, "to_work_from_triage")
    page.get_by_role("button", name="Pieces").click()
    dialog = page.get_by_role("dialog", name="Insert a piece")
    dialog.get_by_role("button", name="Four eyes").click()
    expect(dialog).to_be_hidden()
    saved(page)
    schema, _ = form_of(page, "check")
    assert schema["type"] == "object"
    page.get_by_role("tab", name="Problems").click()
    expect(page.locator("[data-part=problems]")).to_contain_text("Nothing is wrong")
    page.get_by_role("button", name="Undo").click()
    saved(page)
    assert '"check.schema.json"' not in drawn(page)


def test_what_is_copied_in_one_process_is_pasted_in_another(visit: Callable[..., Visitor]) -> None:
    olga = visit("olga")
    page = draw(olga, "question")
    select(page, "answer")
    page.locator(".draw-canvas svg[tabindex]").focus()
    page.keyboard.press("Control+c")
    draw(olga, "incident")
    page.locator(".draw-canvas svg[tabindex]").focus()
    page.mouse.move(500, 600)
    page.keyboard.press("Control+v")
    page.mouse.move(520, 620)
    page.mouse.click(520, 620)
    saved(page)
    assert "answer.schema.json" in drawn(page)
    form_of(page, "answer")


@pytest.mark.parametrize("text", ["<definitions xmlns='urn:other'/>", "<a", "no XML at all"])
def test_a_file_that_nobody_can_draw_is_told_what_is_wrong(
    visit: Callable[..., Visitor], town_hall: Served, text: str
) -> None:
    from engine.commands.process_drafts import save_draft

    with town_hall.open() as desk:
        desk.run(lambda work: save_draft(work, "question", 0, {"process.bpmn": text}))
    page = draw(visit("olga"), "question")
    expect(page.get_by_text("This diagram cannot be drawn here.")).to_be_visible()
    expect(page.get_by_role("button", name="Step for a person")).to_be_hidden()
    expect(page.locator("[data-part=problems] li").first).to_be_visible()


def test_an_expression_is_completed_from_what_is_known(visit: Callable[..., Visitor]) -> None:
    page = draw(visit("olga"))
    panel = select(page, "to_tell_new_team_from_work_result")
    panel.get_by_text("As an expression").first.click()
    raw = panel.get_by_label("As an expression")
    raw.fill('work_result == "hand_on" and prio')
    panel.get_by_role("button", name="priority", exact=True).click()
    raw.press_sequentially(' == "3 normal"')
    raw.blur()
    expect(panel.get_by_label("Comparison")).to_have_count(2)
    saved(page)
    assert "priority ==" in drawn(page)


def test_a_link_opens_a_form_beside_the_drawing(visit: Callable[..., Visitor]) -> None:
    olga = visit("olga")
    olga.go("/processes/incident/draw?form=work")
    olga.page.wait_for_selector("#draw[data-ready=yes]")
    expect(olga.page.get_by_role("heading", name="Solve the fault", level=2)).to_be_visible()
