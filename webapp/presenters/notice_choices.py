"""The choices how one is told, as forms show them and as they come back from them."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request
from sqlalchemy import select

from engine.commands.notice_choices import CUSTOMER_MAILS, notice_rules
from engine.notify.choices import (
    HOWS,
    WINDOWS,
    Choice,
    Rules,
    choices_of,
    rules_of,
    wants_mail,
)
from engine.notify.kinds import GROUPS
from engine.notify.queries import remembered
from engine.outbox.webhook_models import Webhook
from engine.people.models import Person
from webapp.i18n import N_
from webapp.presenters.choices import calendar_choices

LABELS = {
    "assigned": N_("Something is handed to you"),
    "written": N_("Somebody writes on a ticket of yours"),
    "decision": N_("Your answer or approval is asked for"),
    "due": N_("A ticket that you laid aside is due"),
    "escalation": N_("A promised time runs out or has passed"),
    "queue": N_("Something happens in your queues that nobody has taken yet"),
    "other": N_("Everything else"),
}
WAYS = {
    "at_once": N_("By e-mail at once"),
    "bundled": N_("By e-mail, bundled (%(n)s min)"),
    "daily": N_("Once a day by e-mail"),
    "weekly": N_("Once a week by e-mail"),
    "browser": N_("In the browser only"),
    "off": N_("Not at all"),
}
DAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"),
        N_("Saturday"), N_("Sunday"))  # fmt: skip
BESIDES = {
    "window": N_("Minutes for which messages are bundled"),
    "webhook": N_("Webhook that carries notifications on"),
}
ERRORS = {
    "enum": N_("Please choose one of the list."),
    "required": N_("Please choose at least one."),
    "time": N_("Please give a time, such as 07:30."),
    "always_quiet": N_("Then it would always be quiet. Please leave some time."),
}


def notice_form(
    request: Request, person: Person, typed: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What the form on the page of settings needs."""
    document = remembered(request.db, person.id)
    if not person.is_agent:
        return {"unwanted": [one for one in CUSTOMER_MAILS if not wants_mail(document, one)]}
    rules = notice_rules(request.work)
    shown = typed if typed is not None else _stored(rules, document)
    webhook = request.db.scalar(
        select(Webhook).where(Webhook.name == rules.webhook, Webhook.active)
    )
    return shown | {
        "rows": group_rows(request, rules, shown["groups"]),
        "sms": bool(request.desk.settings.sms_url),
        "mobile": person.mobile,
        "webhook": (webhook.description or webhook.name) if webhook else "",
        "weekdays": [(number, request.translate(day)) for number, day in enumerate(DAYS)],
        "calendars": calendar_choices(request),
        "quiet_kinds": [
            ("", request.translate(N_("never"))),
            ("hours", request.translate(N_("between two times"))),
            ("calendar", request.translate(N_("outside the working hours of a calendar"))),
        ],
    }


def group_rows(
    request: Request, rules: Rules, groups: dict[str, Any], *, every: bool = False
) -> list[dict[str, Any]]:
    """One row for each group, with the ways that may be chosen for it."""
    ways = way_names(request, rules)
    return [
        {
            "group": group,
            "label": request.translate(LABELS[group]),
            "options": [
                (how, ways[how]) for how in reversed(HOWS if every else rules.allowed(group))
            ],
            **groups.get(group, {}),
        }
        for group in GROUPS
    ]


def way_names(request: Request, rules: Rules) -> dict[str, str]:
    """What the ways are called."""
    minutes = int(rules.window.total_seconds() // 60)
    return {
        how: request.translate(text) % {"n": minutes} if "%(" in text else request.translate(text)
        for how, text in WAYS.items()
    }


def groups_shown(groups: Any) -> dict[str, dict[str, Any]]:
    """Choices as the form holds them."""
    found: dict[str, Choice] = dict(groups)
    return {
        group: {"how": one.how, "sms": one.sms, "webhook": one.webhook}
        for group, one in found.items()
    }


def groups_typed(request: Request) -> dict[str, dict[str, Any]]:
    """What was chosen for each group."""
    post = request.POST
    return {
        group: {
            "how": str(post.get(f"how_{group}", ""))[:20],
            "sms": post.get(f"sms_{group}") == "true",
            "webhook": post.get(f"webhook_{group}") == "true",
        }
        for group in GROUPS
    }


def choices_typed(request: Request) -> dict[str, Any]:
    """Everything that the form of settings holds, bounded; numbers are numbers."""
    post = request.POST

    def text(name: str, most: int = 80) -> str:
        return str(post.get(name, ""))[:most].strip()

    return {
        "groups": groups_typed(request),
        "quiet": {
            "kind": text("quiet", 20),
            "begins": text("begins", 5),
            "ends": text("ends", 5),
            "days": [int(day) for day in post.getall("days")[:7] if _digit(day)],
            "calendar": text("calendar"),
        },
        "through": post.get("through") == "true",
        "digest_at": text("digest_at", 5),
        "digest_day": int(text("digest_day")) if _digit(text("digest_day")) else -1,
        "unwanted": [one for one in CUSTOMER_MAILS if post.get(one) != "true"],
    }


def rules_typed(request: Request) -> dict[str, Any]:
    """What an admin chose for all."""
    minutes = str(request.POST.get("window", ""))
    window = {str(one): one for one in WINDOWS}.get(minutes, 0)
    return {
        "groups": groups_typed(request),
        "kept": [group for group in GROUPS if request.POST.get(f"kept_{group}") == "true"],
        "window": window,
        "webhook": str(request.POST.get("webhook", ""))[:40],
    }


def rules_otherwise(
    request: Request, now: dict[str, Any], typed: dict[str, Any]
) -> list[list[str]]:
    """What another admin has set meanwhile where something else was typed, in words."""
    _ = request.translate
    ways = way_names(request, rules_of({"window": now["window"]}))
    found = []
    for group in GROUPS:
        here, mine = ((one["groups"][group], group in one["kept"]) for one in (now, typed))
        if here != mine:
            choice, kept = here
            parts = (
                ways[choice["how"]],
                kept and _(N_("at least")),
                choice["sms"] and _(N_("also as SMS")),
                choice["webhook"] and _(N_("also by %(name)s")) % {"name": now["webhook"]},
            )
            found.append([_(LABELS[group]), ", ".join(part for part in parts if part)])
    for name, label in BESIDES.items():
        if now[name] != typed[name]:
            found.append([_(label), str(now[name] or "–")])
    return found


def _digit(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text.isdigit()


def _stored(rules: Rules, document: Any) -> dict[str, Any]:
    chosen = choices_of(rules, document)
    quiet = chosen.quiet
    return {
        "groups": groups_shown(chosen.groups),
        "quiet": {
            "kind": quiet.kind,
            "begins": f"{quiet.begins:%H:%M}",
            "ends": f"{quiet.ends:%H:%M}",
            "days": sorted(quiet.days),
            "calendar": quiet.calendar,
        },
        "through": chosen.through,
        "digest_at": f"{chosen.digest_at:%H:%M}",
        "digest_day": chosen.digest_day,
    }
