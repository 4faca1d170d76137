"""A ticket's clocks for agents: how they stand, and their courses with what moved them."""

from __future__ import annotations

from pyramid.request import Request

from engine.commands.clock_history import happened
from engine.sla.clockwork import courses
from engine.sla.happenings import Course, Happening
from engine.sla.models import TicketClock
from engine.tickets import queries
from webapp.api import api_view
from webapp.api.memory import ticket_of
from webapp.api.paging import asked
from webapp.api.shapes import Shape, moment


@api_view(route_name="api.clocks", request_method="GET")
def get_clocks(request: Request) -> Shape:
    """The clocks that run, rest or have stopped."""
    return {"items": [_clock(row) for row in queries.clocks(request.db, ticket_of(request))]}


@api_view(route_name="api.clock_courses", request_method="GET")
def get_courses(request: Request) -> Shape:
    """Each clock from its begin to its end, of the update time each cycle; the latest ones."""
    ticket, limit = ticket_of(request), asked(request)["limit"]
    found = courses(happened(request.work, ticket), request.work.now)
    latest = sorted(found, key=lambda course: course.begun.at)[-limit:]
    return {"items": [_course(course) for course in latest], "earlier": len(found) - len(latest)}


def _clock(row: TicketClock) -> Shape:
    return {
        "kind": row.kind,
        "target": row.target,
        "left": row.left,
        "due_at": moment(row.due_at),
        "breached_at": moment(row.breached_at),
        "stopped_at": moment(row.stopped_at),
    }


def _course(course: Course) -> Shape:
    promise = course.promise
    return {
        "kind": course.kind,
        "sla": promise.sla,
        "calendar": promise.calendar.name,
        "zone": promise.calendar.zone,
        "target": course.target,
        "used": course.used,
        "left": course.left,
        "phase": course.phase,
        "due_at": moment(course.due_at),
        "spans": [
            {
                "begin": moment(span.begin),
                "end": moment(span.end),
                "phase": span.phase,
                "because": _because(span.by),
            }
            for span in course.spans
        ],
        "marks": [
            {
                "event": mark.event,
                "percent": mark.percent,
                "level": mark.level,
                "at": moment(mark.at),
                "told_at": moment(mark.told_at),
            }
            for mark in course.marks
        ],
    }


def _because(one: Happening) -> Shape:
    return {
        "what": one.what,
        "article": one.article_id,
        "step": one.step or None,
        "state": one.state or None,
        "reason": one.reason or None,
    }
