"""Damage of one row that looks like something right: another ticket, another queue, another moment,
a state that nothing led to, a text where a document should be. It is found under its name, a repair
puts back what the rest of the desk says, and a second repair changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from engine.audit.models import HistoryEntry
from engine.catalogue.rules_drafting import RulesProposal
from engine.invariant.looking import walk
from engine.invariant.looks import LOOKS
from engine.invariant.repairing import Mended, repair
from engine.people.models import Absence
from engine.sla.models import TicketClock
from engine.tickets.flow import Incident, ProcessInstance, WorkItem
from engine.tickets.models import Ticket
from engine.timers.models import Timer
from tests.engine.invariant.conftest import TRIAGE, Audited

# Where every row can be read and names what is there, that is not asked each time.
SOME = [look for look in LOOKS if not look.name.startswith(("readable.", "rows.", "bytes."))]
OPEN = "WHERE ticket_id = :new AND status = 'open'"
LATER = "'2031-01-01 00:00:00'"
# name, statements, what is found
PLANTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "a step is shown on another ticket",
        f"UPDATE work_item SET ticket_id = :asked {OPEN}",
        ("step.elsewhere", "step.queue", "ticket.stuck"),
    ),
    (
        "a stay is written down for another ticket",
        "UPDATE step_visit SET ticket_id = :asked WHERE ticket_id = :new AND left_at IS NULL",
        ("stay.elsewhere",),
    ),
    (
        "a step is on the list of another queue",
        "UPDATE work_item SET queue_id = (SELECT id FROM queue WHERE name = 'Complaints') " + OPEN,
        ("step.queue",),
    ),
    (
        "a ticket lies in a queue that nobody moved it to",
        (
            "UPDATE ticket SET queue_id = (SELECT id FROM queue WHERE name = 'Complaints') "
            "WHERE id = :new"
        ),
        ("step.queue",),
    ),
    (
        "the timer of a step stands elsewhere",
        f"UPDATE timer SET due_at = {LATER} WHERE kind = 'step' AND ticket_id = :solved",
        ("step_timer.elsewhere",),
    ),
    (
        "the timer of a step is one of the desk",
        "UPDATE timer SET ticket_id = 0 WHERE kind = 'step' AND ticket_id = :solved",
        ("timer.orphan",),
    ),
    (
        "the timer of a clock names another ticket",
        "UPDATE timer SET ticket_id = :asked WHERE kind = 'clock' AND ticket_id = :new",
        ("timer.orphan", "timer.orphan"),
    ),
    (
        "only its state says that a ticket has ended",
        (
            "UPDATE ticket SET state_id = (SELECT id FROM state WHERE name = 'closed successful') "
            "WHERE id = :new"
        ),
        ("process.runs_on", "ticket.no_end"),
    ),
    (
        "only its status says that a process has ended",
        "UPDATE process_instance SET status = 'cancelled' WHERE ticket_id = :new",
        ("process.left_rows", "ticket.no_process"),
    ),
    (
        "a process that has ended runs again",
        "UPDATE process_instance SET status = 'running' WHERE ticket_id = :closed",
        ("process.again",),
    ),
    (
        "its clocks do not know that a ticket began",
        "DELETE FROM clock_event WHERE what = 'opened' AND ticket_id = :new",
        ("clock.differs", "clock.differs", "clock.history"),
    ),
    (
        "its clocks know of no promise",
        "DELETE FROM clock_event WHERE what = 'promised' AND ticket_id = :new",
        ("clock.differs", "clock.differs", "clock.promise"),
    ),
    (
        "a ticket has an SLA that nobody gave it",
        "UPDATE ticket SET sla_id = (SELECT id FROM sla WHERE name <> 'standard') WHERE id = :new",
        ("clock.promise",),
    ),
    (
        "a ticket has lost its SLA",
        "UPDATE ticket SET sla_id = NULL WHERE id = :new",
        ("clock.promise",),
    ),
    (
        "the owner of a ticket is a customer",
        (
            "UPDATE ticket SET owner_id = (SELECT id FROM person WHERE login LIKE 'sam@%') "
            "WHERE id = :new"
        ),
        ("ticket.owner_gone",),
    ),
    (
        "nothing carries a notification",
        "UPDATE notification_delivery SET state = 'leaving', outbox_id = 99999",
        ("notification.adrift",),
    ),
    (
        "a notification leaves in years",
        f"UPDATE notification_delivery SET state = 'waiting', due_at = {LATER}",
        ("notification.put_off",),
    ),
    (
        "a notification in no state",
        "UPDATE notification_delivery SET state = 'lost'",
        ("notification.adrift",),
    ),
)


def tell(audited: Audited) -> None:
    """Somebody is to be told something by mail."""
    from engine.notify.models import Notification, NotificationDelivery

    def told(work: Any) -> None:
        agnes = audited.town.person(work, "agnes").id
        one = Notification(
            person_id=agnes, kind="assigned", created_at=work.now, decided_at=work.now, payload={}
        )
        work.session.add(one)
        work.session.flush()
        way = NotificationDelivery(
            notification_id=one.id, person_id=agnes, channel="email", how="at_once",
            due_at=work.now,
        )  # fmt: skip
        work.session.add(way)

    audited.desk.run(told)


def how_it_stands(audited: Audited, number: str) -> tuple[Any, ...]:
    """What a damage of the row may have changed, by what people see."""

    def ask(work: Any, ticket: Ticket) -> tuple[Any, ...]:
        items = work.session.query(WorkItem).filter_by(ticket_id=ticket.id, status="open").all()
        shown = [(item.step_id, item.queue.name) for item in items]
        clocks = work.session.query(TicketClock).filter_by(ticket_id=ticket.id)
        promised = sorted((clock.kind, clock.due_at) for clock in clocks)
        sla = ticket.sla.name if ticket.sla else ""
        return ticket.state.name, ticket.queue.name, ticket.closed_at, sla, promised, shown

    return audited.town.see(number, ask)  # type: ignore[no-any-return]


def entries(audited: Audited) -> int:
    """How much the histories of all tickets say."""
    return int(audited.desk.read(lambda work: work.session.query(HistoryEntry).count()))


def mend(audited: Audited) -> Mended:
    """Mend what is found, and what came of it."""
    done = Mended()
    for part in walk(audited.desk, SOME, grace=0):
        some = repair(audited.desk, part.look, part.found)
        done.well += some.well
        done.left += some.left
    return done


def test_what_looks_right_and_is_not_is_found_and_put_back(audited: Audited) -> None:
    tell(audited)
    wrong = []
    for name, statement, found in PLANTS:
        audited.new = audited.town.report(title=name)
        before = how_it_stands(audited, audited.new)
        ids = {n: audited.id_of(getattr(audited, n)) for n in ("new", "asked", "solved", "closed")}
        audited.break_(statement, **ids)
        if (codes := sorted(one.code for one in audited.look(SOME))) != sorted(found):
            wrong.append((name, "found", codes))
        rounds, told = 0, 0
        while (done := mend(audited)).well and rounds < 3:  # a repair may uncover something
            rounds, told = rounds + 1, entries(audited)
        if done.well or done.left:
            wrong.append((name, "left", done))
        if entries(audited) != told:
            wrong.append((name, "something was written where nothing was to be mended", told))
        if (after := how_it_stands(audited, audited.new)) != before:
            wrong.append((name, "not as before", (before, after)))
    assert wrong == []


def test_a_state_that_calls_itself_an_end_cancels_nothing(audited: Audited) -> None:
    """One damaged row of the catalogue must not end the processes of all tickets."""
    audited.break_("UPDATE state SET type = 'closed successful' WHERE name IN ('new', 'open')")
    assert {"process.runs_on", "ticket.no_end"} <= set(audited.codes())
    left = {one.code for one, _ in audited.mend().left}
    assert {"process.runs_on", "ticket.no_end"} <= left
    audited.break_("UPDATE state SET type = name WHERE name IN ('new', 'open')")
    assert audited.codes() == []
    running = audited.desk.read(
        lambda w: w.session.query(ProcessInstance).filter_by(status="running").count()
    )
    assert running == 6


def test_a_step_of_somebody_who_is_away_for_long_waits_for_nobody(audited: Audited) -> None:
    town = audited.town
    town.complete("agnes", audited.new, "triage", TRIAGE)
    assert audited.codes() == []

    def leave(work: Any, days: int, stands_in: str = "") -> None:
        agnes, today = town.person(work, "agnes"), work.now.date()
        row = work.session.get(Absence, agnes.id) or Absence(person_id=agnes.id)
        row.first_day, row.last_day = today, today + timedelta(days=days)
        row.substitute_id = town.person(work, stands_in).id if stands_in else None
        work.session.add(row)

    audited.desk.run(lambda work: leave(work, 14))
    assert audited.codes() == []
    audited.desk.run(lambda work: leave(work, 400))
    assert set(audited.codes()) == {"ticket.unserved"}  # nobody else is in these groups
    audited.break_(
        "INSERT INTO membership (person_id, group_id, permission) "
        "SELECT p.id, t.id, 'rw' FROM person p, team t WHERE p.login LIKE 'bruno%' "
        "AND t.name IN ('network', 'service desk')"
    )
    assert audited.codes() == ["ticket.unserved"]  # the one step that she has taken
    audited.desk.run(lambda work: leave(work, 400, "bruno"))
    assert audited.codes() == []
    audited.desk.run(lambda work: leave(work, 400))
    assert audited.mend().left == []
    assert audited.codes() == []
    held = town.see(
        audited.new,
        lambda w, t: [i.person_id for i in w.session.query(WorkItem).filter_by(ticket_id=t.id)
                      if i.status == "open"],
    )  # fmt: skip
    assert held == [None]


def test_a_step_that_nobody_takes_back_is_found(audited: Audited) -> None:
    town = audited.town
    audited.break_("UPDATE queue SET unlock_minutes = 60 WHERE name = 'Network::VPN'")
    town.complete("agnes", audited.new, "triage", TRIAGE)
    mine = audited.id_of(audited.new)
    audited.break_(
        "DELETE FROM timer WHERE kind = 'unlock'",
        "UPDATE work_item SET person_id = (SELECT id FROM person WHERE login LIKE 'agnes%') "
        "WHERE ticket_id = :n AND status = 'open'",
        n=mine,
    )
    assert "unlock.lost" in audited.codes()
    assert audited.mend().left == []
    assert audited.codes() == []


UNREADABLE = (
    "UPDATE outbox SET payload = :bad WHERE id = (SELECT MIN(id) FROM outbox)",
    "UPDATE process_instance SET document = :bad WHERE ticket_id = 1",
    "UPDATE work_item SET title = :bad WHERE id = (SELECT MIN(id) FROM work_item)",
    "UPDATE clock_event SET promise = :bad WHERE id = 2",
    "UPDATE ticket SET custom = :bad WHERE id = 2",
)


def test_what_cannot_be_read_is_named_and_hides_nothing_else(audited: Audited) -> None:
    sqlite = audited.desk.database.sqlite
    bad = "'not a document'" if sqlite else "'[1]'"
    audited.break_(*(one.replace(":bad", bad) for one in UNREADABLE))
    if sqlite:
        audited.break_("UPDATE ticket SET due_at = 'soon' WHERE id = 3")
    audited.break_("DELETE FROM timer WHERE kind = 'pending'")
    found = audited.look()
    named = {one.values["table"] + "." + one.values["column"] for one in found
             if one.code == "row.unreadable"}  # fmt: skip
    expected = {"outbox.payload", "process_instance.document", "work_item.title",
                "clock_event.promise", "ticket.custom"}  # fmt: skip
    assert named == expected | ({"ticket.due_at"} if sqlite else set())
    assert "pending.lost" in {one.code for one in found}
    for part in walk(audited.desk, LOOKS, grace=0):  # looked at by itself it is the same again
        assert len(part.found) < 10


def test_a_row_that_cannot_be_read_keeps_no_other_from_leaving(audited: Audited) -> None:
    from engine.outbox.drain import Handler, drain

    bad = "'not a document'" if audited.desk.database.sqlite else "'5'"
    audited.break_(f"UPDATE outbox SET payload = {bad} WHERE id = (SELECT MIN(id) FROM outbox)")
    taken = []
    drain(audited.desk, {"mail": Handler(lambda desk, task: taken.append(task.id))})
    with audited.desk.database.pool.connect() as connection:
        rows = connection.execute(text("SELECT id, status FROM outbox ORDER BY id")).all()
    assert [status for _, status in rows] == ["dead"] + ["done"] * (len(rows) - 1)
    assert len(taken) == len(rows) - 1


def test_a_timer_of_the_desk_that_is_gone_is_set_again(
    audited: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.commands import hourly
    from engine.commands.rules_approval import TIMER as RULES

    monkeypatch.setattr(hourly, "listen", lambda release: True)
    due = audited.desk.clock() + timedelta(days=2)

    def propose(work: Any) -> None:
        ada = audited.town.person(work, "ada").id
        work.session.add(RulesProposal(id=1, proposed_by_id=ada, proposed_at=work.now, due_at=due))

    audited.desk.run(propose)
    assert sorted((one.code, one.key) for one in audited.look()) == [
        ("timer.lost", "hourly"), ("timer.lost", "rules"),
    ]  # fmt: skip
    assert audited.mend().left == []
    assert audited.codes() == []
    audited.break_(f"UPDATE timer SET due_at = {LATER} WHERE kind IN ('hourly', 'rules')")
    assert audited.codes() == ["timer.lost", "timer.lost"]
    assert audited.mend().left == []
    stands = audited.desk.read(lambda w: w.session.query(Timer).filter_by(kind=RULES).one().due_at)
    assert stands == due


def test_what_a_repair_has_shown_is_gone_once_somebody_is_there_again(audited: Audited) -> None:
    audited.break_("UPDATE membership SET permission = 'ro' WHERE permission = 'rw'")
    assert "ticket.unserved" in audited.codes()
    assert audited.mend().left == []
    assert audited.codes() == []
    audited.break_("UPDATE membership SET permission = 'rw' WHERE permission = 'ro'")
    assert set(audited.codes()) == {"failure.over"}
    assert audited.mend().left == []
    assert audited.codes() == []
    failed = audited.desk.read(
        lambda w: w.session.query(Incident).filter_by(resolved_at=None).count()
    )
    assert failed == 0


def test_an_original_of_which_nothing_is_left_is_found_without_reading_files(
    audited: Audited,
) -> None:
    files = audited.desk.files
    whole = [path.read_bytes() for path in files.root.glob("??/*")]
    for path in files.root.glob("??/*"):
        path.write_bytes(b"")
    shallow = [look for look in LOOKS if not look.deep]
    found = sorted((one.code, one.values["name"]) for one in audited.look(shallow))
    assert found == [
        ("file.damaged", "HTML"), ("file.damaged", "Original"), ("file.damaged", "Original"),
        ("file.size", "log.txt"),
    ]  # fmt: skip
    assert len(audited.look()) == 5  # read as well, the attachment is told of twice
    for data in whole:  # the same comes in once more
        files.put(data)
    assert audited.look() == []


def test_a_timer_that_cannot_be_read_keeps_no_other_from_firing(audited: Audited) -> None:
    from engine.commands.due import fire_timer
    from engine.timers.sweep import sweep

    bad = "'not a document'" if audited.desk.database.sqlite else "'5'"
    audited.break_(
        "INSERT INTO timer (kind, subject, ticket_id, due_at, tries, last_error, carries) "
        f"VALUES ('message', 'x', :n, '2026-03-02 08:00:00', 0, '', {bad})",
        n=audited.id_of(audited.closed),
    )
    now = audited.desk.clock.move(days=4)  # type: ignore[attr-defined]
    sweep(audited.desk, fire_timer)
    due = text("SELECT subject, last_error FROM timer WHERE due_at <= :now")
    with audited.desk.database.pool.connect() as connection:
        left = connection.execute(due, {"now": now.replace(tzinfo=None)}).all()
    assert [subject for subject, _ in left] == ["x"]
    assert left[0].last_error
