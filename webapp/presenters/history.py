"""The history of a ticket as sentences, each with what caused it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.request import Request

from engine.audit.models import HistoryEntry
from webapp.i18n import N_, Reader
from webapp.presenters.clock_words import LABELS
from webapp.presenters.history_words import NOTICES, REASONS, Words, words_for
from webapp.presenters.problem_words import finding_said, refusal_said

PLAIN = Words()

FIELDS = {
    "queue": N_("Queue"),
    "state": N_("State"),
    "priority": N_("Priority"),
    "type": N_("Type"),
    "service": N_("Service"),
    "sla": N_("SLA"),
    "owner": N_("Owner"),
    "responsible": N_("Responsible"),
    "customer": N_("Customer"),
    "title": N_("Title"),
    "custom": N_("Own fields"),
}
NAMED = frozenset({"state", "type", "service", "sla"})  # values that the catalogues translate
# what → (before and after, only after, only before); texts take %(a)s for after, %(b)s for before
SAID: dict[str, tuple[str, str, str]] = {
    "created": (N_("Ticket %(a)s opened"), N_("Ticket %(a)s opened"), N_("Ticket opened")),
    "queue": (N_("Moved from %(b)s to %(a)s"), N_("Put into %(a)s"), N_("Taken out of %(b)s")),
    "tag": (N_("Tag %(a)s added"), N_("Tag %(a)s added"), N_("Tag %(b)s removed")),
    "watcher": ("", N_("%(a)s may read the ticket now"), ""),
    "claimed": (N_("%(a)s took over"), N_("%(a)s took over"), N_("%(b)s gave it back")),
    "handed over": (
        N_("Handed over from %(b)s to %(a)s"),
        N_("Handed over to %(a)s"),
        N_("%(b)s gave it back"),
    ),
    "process": (
        N_("Process %(b)s ended before its time"),
        N_("Process %(a)s began"),
        N_("Process %(b)s ended"),
    ),
    "migrated": (N_("Moved from version %(b)s to %(a)s of its process"), "", ""),
    "process problem": (
        N_("Process %(b)s is not there, %(a)s was taken"),
        "",
        N_("Process %(b)s is not there"),
    ),
    "message": (N_("The process was told: %(a)s"), N_("The process was told: %(a)s"), ""),
    "signal": (
        N_("The signal %(a)s was sent to %(b)s other tickets"),
        N_("The signal %(a)s was sent"),
        "",
    ),
    "signal heard": ("", N_("The signal %(a)s reached the process"), ""),
    "merged": (N_("%(b)s was merged into %(a)s"), "", ""),
    "reopened": ("", N_("Opened again"), N_("Opened again")),
    "forwarded": ("", N_("Forwarded to %(a)s"), ""),
    "mail filter": ("", N_("The mail filter decided: %(a)s"), N_("The mail filter decided")),
    "stranger": ("", N_("Message of %(a)s, who is not known on this ticket"), ""),
    "rule problem": ("", N_("A rule could not be carried out: %(a)s"), ""),
    "promise problem": ("", N_("What is promised now could not be worked out: %(a)s"), ""),
    "webhook": (
        N_("The webhook %(b)s could not be called"),
        N_("The webhook %(a)s is called"),
        "",
    ),
    "customer.vip": ("", N_("%(a)s is a VIP now"), N_("%(b)s is no VIP any more")),
    "customer.internal": (
        "",
        N_("%(a)s belongs to the house now"),
        N_("%(b)s does not belong to the house any more"),
    ),
    "customer.organisation": (N_("The organisation %(b)s is called %(a)s now"), "", ""),
    "step problem": (N_("A step could not be given to anybody (%(b)s): %(a)s"), "", ""),
}
ENDED = {"done": N_("Step done: %(b)s"), "cancelled": N_("Step no longer needed: %(b)s")}
FELL = {
    "resolved": N_("Step %(b)s runs again"),
    "tried again": N_("Step %(b)s was tried again"),
    "skipped": N_("Step %(b)s was skipped"),
}
CLOCKED = {
    "warning": N_("%(kind)s is due soon"),
    "breached": N_("%(kind)s was missed"),
    "escalated": N_("%(kind)s has been missed for long: the next level"),
    "rests": N_("The clock for %(kind)s rests"),
    "runs": N_("The clock for %(kind)s runs on"),
    "anew": N_("%(kind)s: another time limit is promised now"),
}
LINKED = {
    "child": N_("The process has made the subtask %(a)s"),
    "parent": N_("Made as a subtask of %(a)s"),
}
DELIVERED = {
    "sent": N_("The message has left"),
    "in part": N_("The message has left for some of its recipients"),
    "not sent": N_("The message was not sent"),
    "failed": N_("The message could not be delivered"),
    "tried again": N_("The message is sent once more"),
}
UNDONE = {
    "claim": N_("taking the step"),
    "give back": N_("giving the step back"),
    "hand over": N_("handing the step over"),
    "change": N_("the change of facts"),
    "tags": N_("the change of tags"),
    "link": N_("linking"),
    "unlink": N_("parting linked tickets"),
    "close": N_("closing"),
    "reopen": N_("opening again"),
    "pending": N_("laying aside"),
    "reclassify": N_("the other type"),
    "step moved": N_("moving to another step"),
    "skip": N_("skipping a step"),
    "mend": N_("the change of a variable"),
}
SPOKEN = {
    "in": N_("Message received (%(channel)s)"),
    "out": N_("Message sent (%(channel)s)"),
    "internal": N_("Internal note written"),
}
CHANNELS = {
    "email": N_("E-mail"),
    "phone": N_("Phone"),
    "web": N_("Web"),
    "sms": N_("SMS"),
    "fax": N_("Fax"),
    "note": N_("Note"),
    "api": N_("API"),
}
CAUSES = {
    "rule": N_("rule %(reason)s"),
    "step": N_("process %(reason)s"),
    "timer": N_("time: %(reason)s"),
    "clock": N_("clock: %(reason)s"),
    "mail": N_("mail from %(who)s"),
    "sms": N_("SMS from %(who)s"),
    "fax": N_("fax from %(who)s"),
    "ticket": N_("ticket %(reason)s"),
    "audit": N_("mended by the desk: %(reason)s"),
}

# Why a ticket was handed to this person and nobody else.
ASSIGNED = {
    "round_robin": N_("next in turn among %(among)s who are there"),
    "least_loaded": N_("least open work of %(among)s who are there (%(open)s tickets)"),
    "last_owner": N_("had the customer's last ticket, %(ticket)s"),
    "lead": N_("leads the team"),
    "lead_substitute": N_("stands in for whoever leads the team"),
    "substitute": N_("stands in for whoever had the customer's last ticket, %(ticket)s"),
}


SKILLED = {
    "skill": N_("with the skill “%(skill)s”"),
    "missing": N_("nobody who is there has the skill “%(missing)s”"),
}


@dataclass(frozen=True)
class Sentence:
    """One change: when, what, and because of what."""

    at: datetime
    text: str
    cause: str


def sentences(request: Request, entries: Iterable[HistoryEntry]) -> list[Sentence]:
    """The entries said in the reader's language, in their order."""
    rows, reader = list(entries), request.reader
    words = words_for(request, rows) if rows else PLAIN
    return [Sentence(e.at, say(reader, e, words), cause(reader, e, words)) for e in rows]


def say(reader: Reader, entry: HistoryEntry, words: Words = PLAIN) -> str:
    """What happened, in one sentence; something unknown is said plainly rather than hidden."""
    speaker = SPEAKERS.get(entry.what)
    if speaker is not None:
        return speaker(reader, entry, words)
    values = {"a": entry.after, "b": entry.before}
    if entry.what == "migrated":
        values = {name: text.rpartition(" v")[2] for name, text in values.items()}
    if entry.what == "process":
        values = {name: words.process(text) for name, text in values.items()}
    if entry.what in ("rule problem", "promise problem"):
        values["a"] = refusal_said(entry.after, reader.language)
    if entry.what in SAID:
        both, gained, lost = SAID[entry.what]
        text = both if entry.before and entry.after else gained if entry.after else lost
        return _filled(reader, text or gained or both, values)
    if entry.what in FIELDS:
        return _field(reader, entry, reader.gettext(FIELDS[entry.what]), words)
    if entry.what.startswith("custom."):
        name = entry.what.removeprefix("custom.")
        return _field(reader, entry, words.fields.get(name, name), words)
    return " ".join(part for part in (entry.what, entry.before, entry.after) if part)


def cause(reader: Reader, entry: HistoryEntry, words: Words = PLAIN) -> str:
    """Who or what did it, and why; of what came late also when it was to be."""
    said = _cause(reader, entry, words)
    due = (entry.cause_ref or {}).get("due")
    if not due:
        return said
    when = reader.date_time(datetime.fromisoformat(due))
    late = _filled(reader, N_("was due %(when)s"), {"when": when})
    return f"{said} · {late}"


def _cause(reader: Reader, entry: HistoryEntry, words: Words) -> str:
    _ = reader.gettext
    reason, ref = entry.reason, entry.cause_ref or {}
    if reason in REASONS:
        reason = _(reason)
    if entry.what in ("claimed", "handed over"):
        reason = words.step(reason)
    if entry.cause == "rule":
        ruleset = str(ref.get("ruleset", ""))
        names = [words.rule(ruleset, str(name)) for name in ref.get("rules") or ()]
        said = ", ".join(_("“%(rule)s”") % {"rule": name} for name in names) or _("default")
        called = words.rulesets.get(ruleset, ruleset)
        reason = f"{said} ({called}, {words.release(reader, str(ref.get('release', '')))})"
        if assigned := ref.get("assigned"):
            reason += ": " + _assigned(reader, assigned)
    if entry.cause == "step":
        told = {"version": words.process, "step": words.step}
        reason = " · ".join(tell(str(ref[name])) for name, tell in told.items() if ref.get(name))
    text = CAUSES.get(entry.cause)
    if text is None:
        return " · ".join(part for part in (entry.actor, reason) if part)
    return _filled(reader, text, {"reason": reason, "who": entry.actor})


def _assigned(reader: Reader, why: dict[str, Any]) -> str:
    """Why it is this person, with what they had to be able to do."""
    by = _filled(reader, ASSIGNED.get(str(why.get("by")), ""), why)
    skill = next((_filled(reader, SKILLED[key], why) for key in SKILLED if why.get(key)), "")
    return ", ".join(part for part in (by, skill) if part)


def _filled(reader: Reader, text: str, values: dict[str, Any]) -> str:
    return reader.gettext(text) % values if text else ""


def _field(reader: Reader, entry: HistoryEntry, label: str, words: Words) -> str:
    _ = reader.gettext
    before, after = (words.value(entry.what, text) for text in (entry.before, entry.after))
    if entry.what in NAMED:
        before, after = _(before), _(after)
    values = {"field": label, "a": after, "b": before}
    if entry.what == "custom":
        return _("Own fields changed")
    if before and after:
        return _("%(field)s: %(b)s → %(a)s") % values
    return (_("%(field)s: %(a)s") if after else _("%(field)s: %(b)s → nothing")) % values


def _step(reader: Reader, entry: HistoryEntry, words: Words) -> str:
    if not entry.before:
        return _filled(reader, N_("Step waits: %(a)s"), {"a": words.step(entry.after)})
    text = ENDED.get(entry.after, N_("Step ended: %(b)s"))
    return _filled(reader, text, {"b": words.step(entry.before)})


def _article(reader: Reader, entry: HistoryEntry, words: Words) -> str:
    parts = entry.after.split(" ")
    direction = parts[1] if len(parts) > 1 and parts[1] in SPOKEN else "internal"
    channel = reader.gettext(CHANNELS.get(parts[0], parts[0]))
    return _filled(reader, SPOKEN[direction], {"channel": channel})


def _clock(reader: Reader, entry: HistoryEntry, words: Words) -> str:
    name, _, word = (f"{entry.before} {entry.after}" if " " not in entry.after else entry.after
                     ).partition(" ")  # fmt: skip
    kind = reader.gettext(LABELS.get(name, name))
    return _filled(reader, CLOCKED.get(word, N_("Clock: %(kind)s")), {"kind": kind})


def _incident(reader: Reader, entry: HistoryEntry, words: Words) -> str:
    values = {"b": words.step(entry.before), "a": finding_said(entry.after, reader.language)}
    return _filled(reader, FELL.get(entry.after, N_("Step %(b)s stopped: %(a)s")), values)


def _moved(reader: Reader, entry: HistoryEntry, words: Words) -> str:
    values = {"b": words.step(entry.before), "a": words.step(entry.after)}
    return _filled(reader, N_("Moved from step %(b)s to step %(a)s"), values)


def _variable(reader: Reader, entry: HistoryEntry, words: Words) -> str:
    values = {"b": words.step(entry.before), "a": entry.after}
    return _filled(reader, N_("For step %(b)s it was set: %(a)s"), values)


def _pending(reader: Reader, entry: HistoryEntry, words: Words) -> str:
    try:
        moment = reader.date_time(datetime.fromisoformat(entry.after))
    except ValueError:
        moment = entry.after
    return _filled(reader, N_("Laid aside until %(a)s"), {"a": moment})


def _notice(reader: Reader, entry: HistoryEntry, words: Words) -> str:
    template, _, name = entry.after.partition(" → ")
    said = reader.gettext(NOTICES.get(template, template.replace("_", " ")))
    values = {"name": name or said, "template": said}
    return _filled(reader, N_("%(name)s was notified (%(template)s)"), values)


def _link(reader: Reader, entry: HistoryEntry, words: Words) -> str:
    if entry.before:
        parted = entry.before.rpartition(" ")[2]
        return _filled(reader, N_("No longer linked with %(b)s"), {"b": parted})
    kind, _, number = entry.after.rpartition(" ")
    return _filled(reader, LINKED.get(kind, N_("Linked with %(a)s")), {"a": number})


def _delivery(reader: Reader, entry: HistoryEntry, words: Words) -> str:
    return reader.gettext(DELIVERED.get(entry.after, entry.after))


def _undone(reader: Reader, entry: HistoryEntry, words: Words) -> str:
    what = reader.gettext(UNDONE.get(entry.after, entry.after))
    values = {"who": entry.actor, "what": what}
    return _filled(reader, N_("Undone by %(who)s: %(what)s"), values)


SPEAKERS: dict[str, Callable[[Reader, HistoryEntry, Words], str]] = {
    "step": _step,
    "article": _article,
    "clock": _clock,
    "incident": _incident,
    "step moved": _moved,
    "variable": _variable,
    "pending": _pending,
    "link": _link,
    "notice": _notice,
    "delivery": _delivery,
    "undone": _undone,
}
