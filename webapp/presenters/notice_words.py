"""What the placeholders of messages are called where somebody chooses one."""

from __future__ import annotations

from webapp.i18n import N_

PLACEHOLDERS = {
    "number": N_("Number of the ticket"),
    "title": N_("Title of the ticket"),
    "name": N_("Name of the one who reads it"),
    "customer": N_("Name of the customer"),
    "organisation": N_("Organisation of the customer"),
    "state": N_("State"),
    "queue": N_("Queue"),
    "type": N_("Type"),
    "service": N_("Service"),
    "step": N_("Step that waits for the reader"),
    "created": N_("When the ticket came in"),
    "due": N_("Next promised time, or until when the step is due"),
    "promise": N_("Which promise runs out, and when"),
    "due_first_response": N_("First response promised by"),
    "due_update": N_("Next answer promised by"),
    "due_solution": N_("Solution promised by"),
    "text": N_("What the desk adds, such as why a mail did not arrive"),
    "link": N_("Address of the page on which the reader sees it"),
    "desk": N_("What this desk calls itself"),
    "owner": N_("Owner"),
    "responsible": N_("Responsible"),
    "priority": N_("Priority"),
    "sla": N_("SLA"),
    "tags": N_("Tags"),
    "reason": N_("Why it is sent: the rule, the step, the time limit"),
    "message": N_("What was written last"),
}
IN_FRAMES = {  # where several notifications go as one
    "count": N_("How many notifications there are"),
    "tickets": N_("About how many tickets they are"),
    "text": N_("The notifications, line by line"),
    "link": N_("Address of the ticket, or of one's own settings"),
}
OF_THE_DESK = {
    "audit_findings": N_("when something may have been lost"),
    "assigned": N_("when somebody is given a step"),
    "bundle": N_("when there is news about several tickets at once"),
    "bundle_ticket": N_("when there are several news about one ticket"),
    "digest_daily": N_("once a day, for who has chosen that"),
    "digest_weekly": N_("once a week, for who has chosen that"),
    "call_customer": N_("when no message reaches the customer"),
    "delivery_failed": N_("when a message could not be delivered"),
    "password_link": N_("when somebody is to set a password"),
    "rejected": N_("when somebody answers on a closed ticket"),
    "rules_failed": N_("when rules could not come in force at their time"),
    "remind_me": N_("when the time comes for which somebody asked to be reminded"),
    "taken_back": N_("when a step is taken back that nobody went on with"),
}
# Notes that the desk itself writes with a version.
NOTES = (
    N_("as it comes with Vorgang"),
    N_("kept beside what came anew"),
    N_("removed"),
    N_("as version %(number)s"),
)
