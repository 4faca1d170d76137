"""Every page, for everybody who may open it: accessible, quiet, and no wider than a telephone."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.served import ROOT, Served
from tests.journeys.visitor import AT_REST, Visitor
from tests.services import missing

pytestmark = pytest.mark.journey
# What depends on colours and width; names, roles and order are the same in every look.
LOOKS = ("color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable",
         "nested-interactive", "meta-viewport", "button-name", "link-name", "aria-hidden-focus",
         "label")  # fmt: skip
# Rules all of whose findings are minor or moderate and would be left out here: a fifth of the time.
NEVER_SERIOUS = """Object.fromEntries(axe._audit.rules
    .filter(rule => ["minor", "moderate"].includes(rule.impact))
    .map(rule => [rule.id, {enabled: false}]))"""
AXE = ROOT / "node_modules/axe-core/axe.min.js"
# Addresses without a page of their own: answers to scripts, files, machines, and forms' targets.
NO_PAGES = {
    "rules.count", "rules.dry_run.live",
    "alive", "logout", "language", "theme", "drafts", "faq.options", "offers.suggest",
    "requests.diagram", "requests.live", "today.live", "notifications.live",
    "escalations.live", "escalations.export", "tickets.live", "tickets.diagram",
    "tickets.suggest", "tickets.export", "files.attachment", "files.article", "files.original",
    "options.people", "options.agents", "options.queues", "processes.diagram", "hooks.sms",
    "hooks.sms_twilio", "metrics", "home",
    "processes.draw.pieces", "processes.draft", "processes.files",
    "rules.table.rows", "rules.table.problems", "rules.words",
    "health.inbound_original", "processes.tickets.live", "processes.play.diagram",
    "calendars.file",
}  # fmt: skip
# What only rules with a fault have; test_rules_form looks at it.
WITH_A_FAULT = {"rules.shown"}
POSTED = {
    "rules.dry_run.cancel", "offers.ask", "requests.ask", "steps.ask", "tickets.new_ask",
    "settings.password", "settings.tokens", "settings.token", "settings.sessions", "faq.retire",
    "settings.away", "settings.notices", "people.away", "people.skills",
    "rules.withdraw", "rules.back", "rules.discard", "rules.merge",
    "rules.remove", "rules.change", "rules.check",
    "faq.restore", "faq.helped", "requests.answer", "requests.reopen", "requests.step",
    "tickets.bulk", "tickets.reply", "tickets.note", "tickets.forward", "tickets.change",
    "tickets.close", "tickets.reopen", "tickets.merge", "tickets.pending", "reminders.done",
    "tickets.reclassify",
    "tickets.tags", "tickets.retry", "tickets.link", "tickets.unlink", "tickets.here",
    "tickets.views", "tickets.view", "tickets.view_delete", "undo", "steps.bulk", "steps.claim",
    "steps.unclaim", "steps.hand_over", "steps.complete", "steps.draft", "people.link",
    "organisations.people", "processes.tickets.steer",
    "processes.draft.here", "processes.draft.check", "processes.draft.discard",
    "processes.draft.import", "processes.withdraw", "processes.versions.back",
    "processes.draw.time", "processes.draw.form", "processes.play.keep",
    "notifications.read", "notices.preview", "notices.back", "notices.keep", "notices.remove",
    "webhooks.secret", "webhooks.test", "webhooks.resend",
    "calendars.save", "calendars.back", "calendars.remove", "slas.save", "slas.back",
    "slas.remove",
    "webhooks.delete", "health.outbox_retry", "health.timer_retry", "health.inbound_take",
    "health.inbound_ignore",
    "audit.look", "audit.repair",
}  # fmt: skip
# Who looks at which route; {…} is filled in from the seeded desk.
PAGES: dict[str, dict[str, list[str]]] = {
    "": {
        "login": ["/login"], "register": ["/register"], "forgot": ["/forgot"],
        "password": ["/password/{token}"], "unsubscribe": ["/unsubscribe/{way_out}"],
        "faq": ["/faq", "/faq?q=vpn"],
        "faq.item": ["/faq/{faq}"], "not found": ["/no-such-page"],
    },
    "clara": {
        "requests": ["/requests"], "requests.one": ["/requests/{number}"],
        "requests.all": ["/requests/all?state=all"],
        "requests.messages": ["/requests/{number}/messages"],
        "offers": ["/report", "/report?q=vpn"],
        "offers.one": ["/report/report_fault", "/report/new_employee"], "settings": ["/settings"],
    },
    "agnes": {
        "today": ["/today"], "queues": ["/queues"],
        "escalations": ["/escalations", "/escalations?q=due:<7d&by=owner", "/escalations?q=team:x"],
        "escalations.kept": ["/escalations/kept"],
        "tickets": ["/tickets", "/tickets?q=vpn", "/tickets?q=queue:nowhere"],
        "tasks": ["/tasks"], "reminders": ["/reminders"],
        "tickets.messages": ["/tickets/{number}/messages"],
        "tickets.new": ["/tickets/new"], "tickets.one": ["/tickets/{number}"],
        "tickets.clocks": ["/tickets/{number}/clocks",
                           "/tickets/{number}/clocks?zoom=day&sla=gold"],
        "tickets.why": ["/tickets/{number}/why", "/tickets/{number}/why?field=queue"],
        "tickets.why_not": ["/tickets/{number}/why-not?ruleset=routing&rule=vpn",
                            "/tickets/{number}/why-not?moment=1"],
        "tickets.way": ["/tickets/{number}/way", "/tickets/{number}/way?all=1"],
        "faq.new": ["/faq/new"], "faq.edit": ["/faq/{faq}/edit"], "settings": ["/settings"],
    },
    "olga": {
        "processes": ["/processes"], "processes.one": ["/processes/incident"],
        "processes.draw": ["/processes/incident/draw"],
        "processes.heat": [
            "/processes/incident/heat", "/processes/incident/heat?measure=visits&period=all",
        ],
        "processes.incidents": ["/processes/incident/incidents"],
        "processes.play": [
            "/processes/incident/play",
            "/processes/incident/play?example=Asked, reminded, and never answered",
        ],
        "processes.examples": [
            "/processes/incident/examples",
            "/processes/incident/examples?show=Asked, reminded, and never answered",
        ],
        "processes.tickets": ["/processes/incident/tickets"],
        "processes.offer": ["/processes/incident/offer", "/processes/complaint/offer"],
        "processes.publish": ["/processes/incident/publish", "/processes/complaint/publish"],
        "processes.versions": ["/processes/complaint/versions"],
        "processes.versions.compare": ["/processes/complaint/versions/compare"],
        "processes.upgrade": ["/upgrade"],
    },
    "ada": {
        "tickets.why_example": ["/tickets/{number}/why/{trace}/example"],
        "rules": ["/rules"], "rules.one": ["/rules/routing"], "people": ["/people"],
        "rules.rule": ["/rules/routing/rule/vpn"], "rules.head": ["/rules/routing/head"],
        "rules.new_rule": ["/rules/routing/new-rule"],
        "rules.text": ["/rules/routing/text"], "rules.examples": ["/rules/routing/examples"],
        "rules.matched": ["/rules/matched-tickets?ruleset=routing&rule=placed"],
        "rules.try_form": ["/rules/try-form"],
        "rules.dry_runs": ["/rules/dry-run"], "rules.dry_run": ["/rules/dry-run/{dry_run}"],
        "rules.table": ["/rules/routing/table"],
        "rules.reference": ["/rules/what-rules-can-say", "/rules/what-rules-can-say?q=queue"],
        "rules.review": ["/rules/review-changes"], "rules.releases": ["/rules/all-releases"],
        "rules.release": ["/rules/all-releases/1"],
        "rules.compare": ["/rules/all-releases/compare?a=1&b=1"],
        "people.new": ["/people/new"], "people.one": ["/people/{person}"],
        "organisations": ["/organisations"], "organisations.new": ["/organisations/new"],
        "organisations.one": ["/organisations/{organisation}"],
        "structure": ["/structure"], "structure.catalogue": ["/structure/in-force"],
        "structure.queue": ["/structure/queues/{queue}"],
        "structure.queue_new": ["/structure/queues/new"],
        "structure.group": ["/structure/groups/{group}"],
        "structure.group_new": ["/structure/groups/new"],
        "structure.service": ["/structure/services/{service}"],
        "structure.field_new": ["/structure/new-field"],
        "structure.field": ["/structure/fields/site"],
        "notices": ["/notices"],
        "notifications": ["/notifications"], "notices.new": ["/notices/new-text"],
        "notices.one": ["/notices/closed"],
        "slas": ["/slas"], "slas.new": ["/new-sla"], "slas.one": ["/slas/gold"],
        "slas.edit": ["/slas/gold/edit"],
        "calendars": ["/calendars"], "calendars.new": ["/new-calendar"],
        "calendars.one": ["/calendars/standard?year=2026"],
        "calendars.edit": ["/calendars/standard/edit"],
        "calendars.text": ["/calendars/standard/text"],
        "calendars.day": ["/calendars/standard/day?date=2026-12-24"],
        "calendars.import": ["/calendars/standard/import"],
        "notices.ways": ["/notification-rules"],
        "webhooks": ["/webhooks"], "webhooks.new": ["/webhooks/new"],
        "webhooks.one": ["/webhooks/{webhook}"], "audit": ["/audit"], "health": ["/health"],
        "health.outbox": ["/health/outbox"], "health.inbound": ["/health/inbound"],
        "health.incidents": ["/health/incidents"], "health.timers": ["/health/timers"],
    },
}  # fmt: skip
ALL = [
    (who, route, path)
    for who, routes in PAGES.items()
    for route, paths in routes.items()
    for path in paths
]


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core."""
    if not AXE.is_file():
        missing("axe-core")
    return AXE.read_text("utf-8")


@pytest.fixture(scope="session")
def filled(town_hall: Served) -> dict[str, Any]:
    """What stands in the braces."""
    from sqlalchemy import select

    from engine.audit.models import DecisionTrace
    from engine.catalogue.models import Queue, Service
    from engine.commands.people import make_password_link
    from engine.commands.rules_dry_run import start_dry_run
    from engine.faq.models import FaqItem
    from engine.notify.unsubscribe import token_for
    from engine.people.models import Group, Person
    from engine.tickets.models import Ticket

    def values(work: Any) -> dict[str, Any]:
        one = work.session.scalars
        _draft(work)
        clara = one(select(Person).where(Person.login == "clara.huber@example.org")).one()
        ticket = select(Ticket).where(Ticket.customer_id == clara.id, Ticket.title.like("Drucker%"))
        found = one(ticket).first()
        traces = select(DecisionTrace.id).where(DecisionTrace.ticket_id == found.id)
        agent = one(select(Person.id).where(Person.login == "agnes.meier@example.com")).one()
        return {
            "number": found.number,
            "trace": one(traces).first(),
            "faq": one(select(FaqItem.id).where(FaqItem.audience == "public")).first(),
            "person": clara.id,
            "organisation": clara.organisation_id,
            "queue": one(select(Queue.id)).first(),
            "service": one(select(Service.id)).first(),
            "group": one(select(Group.id)).first(),
            "webhook": _webhook(work),
            "token": make_password_link(work, clara),
            "way_out": token_for(work.desk.settings.secret, agent, ["assigned", "written"]),
            "dry_run": start_dry_run(work, days=30, rulesets=["routing"]).id,
        }

    with town_hall.open() as desk:
        return dict(desk.run(values))


def _webhook(work: Any) -> int:
    """Somebody is told of tickets, and something was sent to them."""
    from sqlalchemy import select

    from engine.commands.webhooks import create_webhook, send_test
    from engine.outbox.webhook_models import Webhook

    row = work.session.scalar(select(Webhook))
    if row is None:
        values = {"name": "erp", "url": "https://hooks.example.com/in", "headers": "X-Key: a"}
        row, _ = create_webhook(work, values)
        send_test(work, row)
    return int(row.id)


def _draft(work: Any) -> None:
    """Somebody works at a process: a step is called otherwise, and something is to be seen."""
    from engine.commands.own_offers import starting_offer
    from engine.commands.process_drafts import draft_of, open_draft, save_draft

    if draft_of(work.session, "complaint") is None:
        draft = open_draft(work, "complaint")
        text = draft.files["process.bpmn"].replace(
            "<bpmn:userTask ", '<bpmn:userTask xmlns:o="o:o" o:x="1" ', 1
        )
        changes = {"process.bpmn": text, **starting_offer({"de": "Beschwerde", "en": "Complaint"})}
        save_draft(work, "complaint", draft.revision, changes)


def test_no_route_is_forgotten() -> None:
    from webapp.routes import ROUTES

    known = NO_PAGES | WITH_A_FAULT | POSTED | {route for _, route, _ in ALL}
    assert {name for name, _ in ROUTES} - known == set()


@pytest.mark.parametrize("who", PAGES)
def test_pages_are_accessible_quiet_and_narrow(
    who: str, visit: Callable[..., Visitor], axe: str, filled: dict[str, Any], pictures: Path
) -> None:
    visitor = visit(who)
    page = visitor.page
    found: list[str] = []
    for path in [path.format(**filled) for name, _, path in ALL if name == who]:
        page.set_viewport_size({"width": 1360, "height": 900})
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        answer = visitor.go(path)
        assert answer.status == (404 if "no-such" in path else 200), path
        found += [f"{path} wide, light: {one}" for one in serious(page, axe)]
        page.set_viewport_size({"width": 360, "height": 780})
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        here = [f"{path} narrow, dark: {one}" for one in serious(page, axe, LOOKS)]
        here += [f"{path}: {one}" for one in too_wide(page)]
        if here:
            name = path.strip("/").replace("/", "-") or "home"
            page.screenshot(path=pictures / f"{name}.png")
        found += here
    assert not found, "\n".join(found)


def serious(page: Any, axe: str, rules: Sequence[str] = ()) -> Iterator[str]:
    """The findings that keep somebody from using the page; of these rules or of all."""
    page.evaluate(AT_REST)  # colours fade from one look to the other
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    only = f"runOnly: {json.dumps(rules)}, " if rules else ""
    results = page.evaluate(
        f"axe.run(document, {{{only}rules: {NEVER_SERIOUS}, resultTypes: ['violations']}})"
    )
    for one in results["violations"]:
        if one["impact"] in ("serious", "critical"):
            for node in one["nodes"][:3]:
                yield f"{one['id']} {node['target']} {node['failureSummary']}"


def too_wide(page: Any) -> Iterator[str]:
    """Whether one has to scroll sideways, and because of what."""
    wide = page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            return [...document.body.querySelectorAll("*")]
                .filter(one => one.getBoundingClientRect().right > width + 1)
                .slice(0, 3).map(one => one.outerHTML.slice(0, 120));
        }"""
    )
    yield from (f"wider than 360 px: {one}" for one in wide)
