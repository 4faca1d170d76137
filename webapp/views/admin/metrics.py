"""The figures of the health page for Prometheus; strangers do not learn that they exist."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import view_config

from engine.audit.alarms import differences
from engine.audit.found_queries import Standing
from engine.invariant.looks import KINDS
from engine.tickets import escalations, overview
from webapp.views.admin.checks import Health, health_of

TYPE = "text/plain; version=0.0.4"


@view_config(route_name="metrics", request_method="GET", permission="admin")
def metrics(request: Request) -> Response:
    """All gauges, made for this answer: several processes of a desk say the same."""
    registry = CollectorRegistry()
    _health(registry, health_of(request.work))
    total = Counter(
        "vorgang_rules_differences", "How often core and oracle differed at all", registry=registry
    )
    total.inc(differences(request.db))
    _processes(registry, overview.figures(request.db, request.work.now))
    _overdue(registry, escalations.overdue(request.db, request.work.now))
    return Response(generate_latest(registry), content_type=TYPE, charset="utf-8")


def _health(registry: CollectorRegistry, health: Health) -> None:
    values = {
        "incidents": ("Steps that failed and are not mended", health.incidents),
        "outbox_waiting": ("Rows of the outbox that wait", health.outbox.waiting),
        "outbox_dead": ("Rows of the outbox that were given up", health.outbox.dead),
        "outbox_age_seconds": ("Age of the oldest waiting row", health.outbox_age),
        "timers_due": ("Timers due and not fired", health.lag.due),
        "timers_lag_seconds": ("How long the oldest timer has been due", health.lag_seconds),
        "timers_failing": ("Timers whose last try failed", health.lag.failing),
        "index_complete": ("1 when the search index holds every item", health.index_complete),
        "rules_differences_7_days": (
            "How often the rules core differed from its oracle in 7 days",
            health.differences,
        ),
        "good": ("1 when nothing needs anybody", health.good),
    }
    for name, (text, value) in values.items():
        Gauge(f"vorgang_{name}", text, registry=registry).set(float(value))
    _lost(registry, health.lost)
    inbound = Gauge(
        "vorgang_inbound_messages", "Messages by outcome", ["outcome"], registry=registry
    )
    for outcome, count in health.inbound.items():
        inbound.labels(outcome).set(count)


def _overdue(registry: CollectorRegistry, queues: dict[str, int]) -> None:
    late = Gauge("vorgang_overdue", "Open tickets beyond a promise", ["queue"], registry=registry)
    for name, count in queues.items():
        late.labels(name).set(count)


def _lost(registry: CollectorRegistry, lost: Standing) -> None:
    """What the last look over the desk has left to be mended, of each kind, and when it ended."""
    text = "Things that do not hold, so that something may be lost (0 is good)"
    findings = Gauge("vorgang_audit_findings", text, ["check"], registry=registry)
    for code in KINDS:
        findings.labels(code).set(lost.kinds.get(code, 0))
    name, text = "vorgang_audit_last_run_timestamp_seconds", "When the last look ended"
    Gauge(name, text, registry=registry).set(lost.at.timestamp() if lost.at else 0)


def _processes(registry: CollectorRegistry, figures: dict[str, overview.Figures]) -> None:
    running = Gauge("vorgang_running", "Tickets under way", ["process"], registry=registry)
    closed = Gauge("vorgang_closed_30_days", "Ended in 30 days", ["process"], registry=registry)
    for key, found in figures.items():
        running.labels(key).set(found.running)
        closed.labels(key).set(found.closed)
