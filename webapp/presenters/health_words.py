"""What the kinds of what waits or came in are called: timers, outgoing messages, incoming ones."""

from __future__ import annotations

from webapp.i18n import N_

TIMERS = {
    "step": N_("Time of a step"),
    "clock": N_("Promised time"),
    "pending": N_("Ticket laid aside"),
    "reminder": N_("Reminder"),
    "unlock": N_("Step that nobody touches"),
    "message": N_("Message to another ticket"),
    "promises": N_("Changed promises for open tickets"),
    "recount": N_("Clocks worked out anew"),
    "customers": N_("Changed customers for open tickets"),
    "hourly": N_("Rules of every hour"),
    "rules": N_("Rules that come in force"),
}
# Why one failed, where the desk itself says so.
FAILURES = (
    N_("the worker has ended each time that this was begun"),
    N_("somebody else changed the ticket at the same time"),
)
TOPICS = {
    "mail": N_("Mail"),
    "notice": N_("Notice"),
    "sms": N_("SMS"),
    "fax": N_("Fax"),
    "index": N_("Search index"),
    "link": N_("Password link"),
    "letter": N_("Mail to somebody who works here"),
    "migrate": N_("Tickets to another version"),
    "webhook": N_("Webhook"),
    "rules_dry_run": N_("Dry runs of rules"),
    "help": N_("Failed steps helped along"),
    "audit": N_("Look whether anything is lost"),
}
OUTCOMES = {
    "created": N_("new ticket"),
    "follow_up": N_("answer on a ticket"),
    "duplicate": N_("received before"),
    "ignored": N_("ignored"),
    "held": N_("held back"),
    "unreadable": N_("could not be read"),
}
