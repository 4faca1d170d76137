"""One table of all addresses. A name before the dot is the page in the rail it belongs to."""

from __future__ import annotations

from pyramid.config import Configurator

ROUTES = (
    # everybody
    ("home", "/"),
    ("alive", "/alive"),
    ("login", "/login"),
    ("logout", "/logout"),
    ("register", "/register"),
    ("forgot", "/forgot"),
    ("password", "/password/{token}"),
    ("language", "/language"),
    ("theme", "/theme"),
    ("settings", "/settings"),
    ("settings.password", "/settings/password"),
    ("settings.tokens", "/settings/tokens"),
    ("settings.token", "/settings/tokens/{id:\\d+}/revoke"),
    ("settings.sessions", "/settings/sessions/end"),
    ("drafts", "/drafts/{key}"),
    # FAQ
    ("faq", "/faq"),
    ("faq.options", "/faq/options"),
    ("faq.new", "/faq/new"),
    ("faq.item", "/faq/{id:\\d+}"),
    ("faq.edit", "/faq/{id:\\d+}/edit"),
    ("faq.retire", "/faq/{id:\\d+}/retire"),
    ("faq.restore", "/faq/{id:\\d+}/restore"),
    ("faq.helped", "/faq/{id:\\d+}/helped"),
    # customers
    ("requests", "/requests"),
    ("requests.one", "/requests/{number:\\d+}"),
    ("requests.answer", "/requests/{number:\\d+}/answer"),
    ("requests.reopen", "/requests/{number:\\d+}/reopen"),
    ("requests.step", "/requests/{number:\\d+}/steps/{item:\\d+}"),
    ("requests.diagram", "/requests/{number:\\d+}/diagram.bpmn"),
    ("requests.live", "/requests/{number:\\d+}/live"),
    ("offers", "/report"),
    ("offers.suggest", "/report/suggest"),
    ("offers.one", "/report/{key}"),
    # agents
    ("today", "/today"),
    ("today.live", "/today/live"),
    ("tasks", "/tasks"),
    ("queues", "/queues"),
    ("tickets", "/tickets"),
    ("tickets.new", "/tickets/new"),
    ("tickets.bulk", "/tickets/bulk"),
    ("tickets.one", "/tickets/{number:\\d+}"),
    ("tickets.live", "/tickets/{number:\\d+}/live"),
    ("tickets.diagram", "/tickets/{number:\\d+}/diagram.bpmn"),
    ("tickets.reply", "/tickets/{number:\\d+}/reply"),
    ("tickets.note", "/tickets/{number:\\d+}/note"),
    ("tickets.forward", "/tickets/{number:\\d+}/forward"),
    ("tickets.change", "/tickets/{number:\\d+}/change"),
    ("tickets.close", "/tickets/{number:\\d+}/close"),
    ("tickets.reopen", "/tickets/{number:\\d+}/reopen"),
    ("tickets.merge", "/tickets/{number:\\d+}/merge"),
    ("tickets.pending", "/tickets/{number:\\d+}/pending"),
    ("tickets.reclassify", "/tickets/{number:\\d+}/reclassify"),
    ("tickets.tags", "/tickets/{number:\\d+}/tags"),
    ("tickets.retry", "/tickets/{number:\\d+}/incidents/{incident:\\d+}/retry"),
    ("tickets.link", "/tickets/{number:\\d+}/link"),
    ("tickets.suggest", "/tickets/suggest"),
    ("tickets.unlink", "/tickets/{number:\\d+}/unlink"),
    ("undo", "/undo/{token}"),
    ("steps.bulk", "/steps/bulk"),
    ("steps.claim", "/steps/{item:\\d+}/claim"),
    ("steps.unclaim", "/steps/{item:\\d+}/unclaim"),
    ("steps.hand_over", "/steps/{item:\\d+}/hand-over"),
    ("steps.complete", "/steps/{item:\\d+}/complete"),
    ("steps.draft", "/steps/{item:\\d+}/draft"),
    ("files.attachment", "/files/{id:\\d+}/{name:[^/]*}"),
    ("files.article", "/articles/{id:\\d+}/body"),
    ("files.original", "/articles/{id:\\d+}/original"),
    ("options.people", "/options/people"),
    ("options.agents", "/options/agents"),
    ("options.queues", "/options/queues"),
    # process owners
    ("processes", "/processes"),
    ("processes.one", "/processes/{key}"),
    ("processes.diagram", "/processes/{key}/diagram.bpmn"),
    # admins
    ("rules", "/rules"),
    ("rules.one", "/rules/{name}"),
    ("people", "/people"),
    ("people.new", "/people/new"),
    ("people.one", "/people/{id:\\d+}"),
    ("people.link", "/people/{id:\\d+}/password-link"),
    ("structure", "/structure"),
    ("structure.queue", "/structure/queues/{id:\\d+}"),
    ("structure.queue_new", "/structure/queues/new"),
    ("structure.group", "/structure/groups/{id:\\d+}"),
    ("structure.group_new", "/structure/groups/new"),
    ("health", "/health"),
    ("health.outbox", "/health/outbox"),
    ("health.outbox_retry", "/health/outbox/{id:\\d+}/retry"),
    ("health.inbound", "/health/inbound"),
    ("health.incidents", "/health/incidents"),
    # machines
    ("hooks.sms", "/hooks/sms"),
    ("hooks.sms_twilio", "/hooks/sms/twilio"),
    ("metrics", "/metrics"),
)


def includeme(config: Configurator) -> None:
    """Our files, then the table."""
    config.include("webapp.static_files")
    for name, pattern in ROUTES:
        config.add_route(name, pattern)
