"""Choosing how one is told, and what admins set for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select, update

from engine.audit.trail import record_desk
from engine.catalogue.models import CalendarRow
from engine.commands.administering import admins_only
from engine.errors import Invalid, NotAllowed, NotFound
from engine.notify.choices import (
    BROWSER,
    BY_MAIL,
    EVERY_DAY,
    HOWS,
    PREFERENCE,
    WINDOWS,
    Choice,
    Rules,
    choices_of,
    clock_time,
    rules_of,
)
from engine.notify.kinds import GROUPS
from engine.notify.models import Notification, NotificationDelivery, NotificationRules
from engine.notify.queries import remembered
from engine.notify.unsubscribe import can_end, read_token
from engine.outbox.webhook_models import Webhook
from engine.people.models import Person, Preference
from engine.work import Work

CUSTOMER_MAILS = ("state", "reminders")


def notice_rules(work: Work) -> Rules:
    """What holds for all."""
    row = work.session.get(NotificationRules, 1)
    return rules_of(row.document if row is not None else None)


def choose_notices(work: Work, person: Person, given: Mapping[str, Any]) -> None:
    """Keep a person's own choices, whole; what waits for them is decided anew by these.

    Raises `Invalid` with one word for each field that cannot be.
    """
    if person.id != work.actor.id:
        raise NotAllowed("Everybody chooses this for themselves.")
    if not person.is_agent:
        unwanted = [one for one in CUSTOMER_MAILS if one in (given.get("unwanted") or ())]
        _keep(work, person, {"unwanted": unwanted})
        return
    rules, wrong = notice_rules(work), dict[str, str]()
    groups = {}
    for group in GROUPS:
        wanted = (given.get("groups") or {}).get(group) or {}
        how = str(wanted.get("how") or rules.groups[group].how)
        if how not in rules.allowed(group):
            wrong[group] = "enum"
        groups[group] = {"how": how, **_besides(wanted)}
    document = {
        "groups": groups,
        "quiet": _quiet(work, given.get("quiet") or {}, wrong),
        "through": bool(given.get("through")),
        "digest_at": str(given.get("digest_at", "08:00")),
        "digest_day": given.get("digest_day", 0),
    }
    if clock_time(document["digest_at"]) is None:
        wrong["digest_at"] = "time"
    if document["digest_day"] not in EVERY_DAY:
        wrong["digest_day"] = "enum"
    if wrong:
        raise Invalid("This cannot be chosen like this.", fields=wrong)
    _keep(work, person, document)
    _decide_anew(work, person)


def ends_mails(work: Work, token: str) -> tuple[Person, list[str]]:
    """Whose mails the link of a mail ends, and of which groups; raises `NotFound` for any other."""
    found = read_token(work.desk.settings.secret, token)
    person = work.session.get(Person, found[0]) if found is not None else None
    if found is None or person is None or not (person.active and person.is_agent):
        raise NotFound("There is no such page.")
    return person, can_end(notice_rules(work), found[1])


def end_mails(work: Work, token: str) -> list[str]:
    """Have what the link of a mail is about in the browser only; says which groups that are.

    The link stands for the person, who need not be logged in. What else they chose stays.
    """
    person, groups = ends_mails(work, token)
    document = remembered(work.session, person.id)
    document = dict(document) if isinstance(document, Mapping) else {}
    now = choices_of(notice_rules(work), document).groups
    ended = [group for group in groups if now[group].how in BY_MAIL]
    if ended:
        chosen = {name: _plain(one) for name, one in now.items()}
        chosen |= {group: {**chosen[group], "how": BROWSER} for group in ended}
        _keep(work, person, {**document, "groups": chosen})
        _decide_anew(work, person)
        record_desk(work, "mails ended by link", login=person.login, groups=ended)
    return groups


def _plain(choice: Choice) -> dict[str, Any]:
    return {"how": choice.how, "sms": choice.sms, "webhook": choice.webhook}


def set_notice_rules(work: Work, given: Mapping[str, Any]) -> None:
    """What holds for who has not chosen, and what nobody may choose less of; for admins."""
    admins_only(work)
    wrong: dict[str, str] = {}
    groups = {}
    for group in GROUPS:
        wanted = (given.get("groups") or {}).get(group) or {}
        if wanted.get("how") not in HOWS:
            wrong[group] = "enum"
        groups[group] = {"how": wanted.get("how"), **_besides(wanted)}
    webhook = str(given.get("webhook") or "")
    known = select(Webhook.id).where(Webhook.name == webhook)
    if webhook and work.session.scalar(known) is None:
        wrong["webhook"] = "enum"
    if given.get("window") not in WINDOWS:
        wrong["window"] = "enum"
    if wrong:
        raise Invalid("This cannot be chosen like this.", fields=wrong)
    kept = [group for group in GROUPS if group in (given.get("kept") or ())]
    document = {"groups": groups, "kept": kept, "window": given["window"], "webhook": webhook}
    row = work.session.get(NotificationRules, 1)
    if row is None:
        row = NotificationRules(id=1, document={})
        work.session.add(row)
    if row.document != document:
        row.document = document
        record_desk(work, "notification rules changed", **document)


def _besides(wanted: Mapping[str, Any]) -> dict[str, bool]:
    return {channel: bool(wanted.get(channel)) for channel in ("sms", "webhook")}


def _quiet(work: Work, given: Mapping[str, Any], wrong: dict[str, str]) -> dict[str, Any]:
    kind = str(given.get("kind") or "")
    if kind == "hours":
        begins, ends = (clock_time(given.get(name)) for name in ("begins", "ends"))
        days = sorted(EVERY_DAY.intersection(given.get("days") or ()))
        wrong |= {"begins": "time"} if begins is None else {}
        wrong |= {"ends": "time"} if ends is None else {}
        if not days:
            wrong["days"] = "required"
        elif begins == ends and len(days) == len(EVERY_DAY):
            wrong["ends"] = "always_quiet"
        return {"kind": kind, "begins": given.get("begins"), "ends": given.get("ends"),
                "days": days}  # fmt: skip
    if kind == "calendar":
        name = str(given.get("calendar") or "")
        if work.session.get(CalendarRow, name) is None:
            wrong["calendar"] = "enum"
        return {"kind": kind, "calendar": name}
    if kind:
        wrong["quiet"] = "enum"
    return {}


def _keep(work: Work, person: Person, document: dict[str, Any]) -> None:
    mine = select(Preference).where(
        Preference.person_id == person.id, Preference.name == PREFERENCE
    )
    row = work.session.scalar(mine)
    if row is None:
        row = Preference(person_id=person.id, name=PREFERENCE)
        work.session.add(row)
    row.value = document


def _decide_anew(work: Work, person: Person) -> None:
    """What has not left yet leaves as it is wanted now."""
    waiting = NotificationDelivery.person_id == person.id, NotificationDelivery.state == "waiting"
    of_these = select(NotificationDelivery.notification_id).where(*waiting)
    anew = update(Notification).where(Notification.id.in_(of_these)).values(decided_at=None)
    work.session.execute(anew)
    work.session.execute(delete(NotificationDelivery).where(*waiting))
