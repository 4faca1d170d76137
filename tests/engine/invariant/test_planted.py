"""Damage of every kind, done to the database and the files behind the desk's back: it is found, it
is named, nothing else is, and what can be mended is mended, after which nothing is found."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from engine.invariant.looks import KINDS
from engine.tickets.queries import open_items
from tests.engine.invariant.conftest import Audited

OPEN_ITEM = "WHERE ticket_id = :new AND status = 'open'"
RUNS = "(SELECT id FROM process_instance WHERE ticket_id = :{} AND status = 'running')"
NEW, ASKED, SOLVED = RUNS.format("new"), RUNS.format("asked"), RUNS.format("solved")
CLOCK = "(SELECT MIN(id) FROM ticket_clock WHERE ticket_id = :new)"
TEXT = "CAST({} AS VARCHAR(20))"
TIMER = "INSERT INTO timer (kind, subject, ticket_id, due_at, tries, last_error) VALUES "
OUTBOX = (
    "INSERT INTO outbox (topic, payload, status, created_at, due_at, tries, breaks, last_error) "
    "VALUES "
)
COPIED = (
    "instance_id, step_id, title, lane, form, kind, explicit, queue_id, role, for_customer, "
    "created_at, status, ended_by, draft, problem"
)
ONE_MAIL = "(SELECT MAX(id) FROM outbox WHERE topic = 'mail')"


@dataclass(frozen=True)
class Plant:
    """Damage: statements, the codes of what is found then, and what is left after a repair."""

    name: str
    does: tuple[str, ...]
    found: tuple[str, ...]
    left: tuple[str, ...] = field(default=())


PLANTS = (
    Plant(
        "a step is on no list",
        (f"UPDATE work_item SET status = 'done' {OPEN_ITEM}",),
        ("step.lost", "ticket.stuck"),
    ),
    Plant(
        "a list shows a step that is over",
        (
            (
                f"INSERT INTO work_item (ticket_id, task_id, {COPIED}) SELECT ticket_id, 'gone', "
                f"{COPIED} FROM work_item {OPEN_ITEM}"
            ),
        ),
        ("step.left_over",),
    ),
    Plant(
        "a list shows a step twice",
        (
            (
                f"INSERT INTO work_item (ticket_id, task_id, {COPIED}) SELECT ticket_id, task_id, "
                f"{COPIED} FROM work_item {OPEN_ITEM}"
            ),
        ),
        ("step.left_over",),
    ),
    Plant(
        "a message is not awaited",
        (f"DELETE FROM subscription WHERE instance_id = {ASKED}",),
        ("message.lost",),
    ),
    Plant(
        "a message is awaited in vain",
        (f"INSERT INTO subscription (instance_id, task_id, message) VALUES ({NEW}, 't', 'm')",),
        ("message.left_over",),
    ),
    Plant(
        "a stay is not written down",
        (f"DELETE FROM step_visit WHERE instance_id = {NEW} AND left_at IS NULL",),
        ("stay.lost",),
    ),
    Plant(
        "a stay has no end",
        (
            (
                f"UPDATE step_visit SET left_at = NULL WHERE instance_id = {ASKED} "
                "AND step_id LIKE '%triage%'"
            ),
        ),
        ("stay.left_over",),
    ),
    Plant(
        "the timer of a step is lost",
        ("DELETE FROM timer WHERE kind = 'step' AND ticket_id = :solved",),
        ("step_timer.lost",),
    ),
    Plant(
        "a timer of a process that waits for no time",
        (f"{TIMER} ('step', {TEXT.format(NEW)}, :new, '2030-01-01 00:00:00', 0, '')",),
        ("step_timer.left_over",),
    ),
    Plant(
        "the state of a process is no state",
        ("UPDATE process_instance SET document = '{}' WHERE ticket_id = :new",),
        ("process.unreadable",),
        ("process.unreadable",),
    ),
    Plant(
        "a process runs on a ticket that has ended",
        (
            (
                "UPDATE ticket SET closed_at = created_at, state_id = (SELECT id FROM state "
                "WHERE name = 'closed successful') WHERE id = :request"
            ),
        ),
        ("clock.history", "process.runs_on"),
    ),
    Plant(
        "a process has ended and its ticket not",
        ("UPDATE process_instance SET status = 'done' WHERE ticket_id = :new",),
        ("process.left_rows", "ticket.no_process"),
    ),
    Plant(
        "the timer of a clock is lost",
        (f"DELETE FROM timer WHERE kind = 'clock' AND subject = {TEXT.format(CLOCK)}",),
        ("clock.timer",),
    ),
    Plant(
        "the timer of a clock stands elsewhere",
        (
            (
                "UPDATE timer SET due_at = '2031-01-01 00:00:00' WHERE kind = 'clock' AND "
                f"subject = {TEXT.format(CLOCK)}"
            ),
        ),
        ("clock.timer",),
    ),
    Plant(
        "a ticket is sorted by a wrong time",
        ("UPDATE ticket SET due_at = '2031-01-01 00:00:00' WHERE id = :new",),
        ("clock.nearest",),
    ),
    Plant(
        "a clock is not as its history says",
        (f"UPDATE ticket_clock SET target = 17 WHERE id = {CLOCK}",),
        ("clock.differs",),
    ),
    Plant(
        "a ticket has ended at no time",
        ("UPDATE ticket SET closed_at = NULL WHERE id = :closed",),
        ("ticket.no_end",),
    ),
    Plant(
        "an open ticket has an end",
        ("UPDATE ticket SET closed_at = created_at WHERE id = :new",),
        ("ticket.no_end",),
    ),
    Plant(
        "a step waits for somebody who cannot do it",
        (
            (
                "UPDATE work_item SET person_id = (SELECT id FROM person WHERE login LIKE 'sam@%') "
                f"{OPEN_ITEM}"
            ),
        ),
        ("ticket.unserved",),
    ),
    Plant(
        "a step waits for a group without people",
        (
            "INSERT INTO team (name) VALUES ('nobody')",
            (
                "UPDATE work_item SET kind = 'group', group_id = (SELECT id FROM team WHERE name = "
                f"'nobody') {OPEN_ITEM}"
            ),
        ),
        ("ticket.unserved",),
    ),
    Plant(
        "a step waits for a role that nobody has",
        (f"UPDATE work_item SET kind = 'role', role = 'none' {OPEN_ITEM}",),
        ("ticket.unserved",),
    ),
    Plant(
        "a timer of a clock that is not there",
        (f"{TIMER} ('clock', '99999', :new, '2030-01-01 00:00:00', 0, '')",),
        ("timer.orphan",),
    ),
    Plant(
        "a timer of a reminder that is not there",
        (f"{TIMER} ('reminder', '99999', :new, '2030-01-01 00:00:00', 0, '')",),
        ("timer.orphan",),
    ),
    Plant(
        "a timer that would free a step that is not there",
        (f"{TIMER} ('unlock', '99999', :new, '2030-01-01 00:00:00', 0, '')",),
        ("timer.orphan",),
    ),
    Plant(
        "a timer of a ticket that is not there",
        (f"{TIMER} ('message', 'x', 99999, '2030-01-01 00:00:00', 0, '')",),
        ("timer.orphan",),
    ),
    Plant(
        "a timer of a ticket that is not laid aside",
        (f"{TIMER} ('pending', {TEXT.format(':new')}, :new, '2030-01-01 00:00:00', 0, '')",),
        ("timer.orphan",),
    ),
    Plant(
        "the timer of a ticket laid aside is lost",
        ("DELETE FROM timer WHERE kind = 'pending'",),
        ("pending.lost",),
    ),
    Plant(
        "the timer of a ticket laid aside is another",
        ("UPDATE timer SET due_at = '2031-01-01 00:00:00' WHERE kind = 'pending'",),
        ("pending.lost",),
    ),
    Plant(
        "the timer of a reminder is lost",
        ("DELETE FROM timer WHERE kind = 'reminder'",),
        ("reminder.lost",),
    ),
    Plant(
        "the timer of a reminder is another",
        ("UPDATE timer SET due_at = '2031-01-01 00:00:00' WHERE kind = 'reminder'",),
        ("reminder.lost",),
    ),
    Plant(
        "a timer is claimed for ever",
        ("UPDATE timer SET claimed_until = '2031-01-01 00:00:00' WHERE kind = 'pending'",),
        ("timer.held",),
    ),
    Plant(
        "a timer fails",
        ("UPDATE timer SET last_error = 'broken', tries = 7 WHERE kind = 'pending'",),
        ("timer.failing",),
    ),
    Plant(
        "an outbox row is claimed for ever",
        (f"UPDATE outbox SET claimed_until = '2031-01-01 00:00:00' WHERE id = {ONE_MAIL}",),
        ("outbox.held",),
    ),
    Plant(
        "an outbox row is due in years",
        (f"UPDATE outbox SET due_at = '2031-01-01 00:00:00' WHERE id = {ONE_MAIL}",),
        ("outbox.held",),
    ),
    Plant(
        "an outbox row that nobody knows how to deliver",
        (f"{OUTBOX} ('pigeon', '{{}}', 'waiting', '2026-03-02', '2026-03-02', 0, 0, '')",),
        ("outbox.unknown",),
    ),
    Plant(
        "an outbox row in no state",
        (f"UPDATE outbox SET status = 'lost' WHERE id = {ONE_MAIL}",),
        ("article.not_sent", "outbox.unknown"),
    ),
    Plant(
        "nothing sends a message",
        (f"DELETE FROM outbox WHERE id = {ONE_MAIL}",),
        ("article.not_sent",),
    ),
    Plant(
        "nothing became of a message",
        ("UPDATE inbound_message SET outcome = 'created', article_id = NULL",),
        ("message.no_outcome",),
    ),
    Plant(
        "a message has no outcome",
        ("UPDATE inbound_message SET outcome = ''",),
        ("message.no_outcome",),
    ),
    Plant(
        "a merged ticket leads nowhere",
        (
            (
                "UPDATE ticket SET state_id = (SELECT id FROM state WHERE name = 'merged') "
                "WHERE id = :closed"
            ),
        ),
        ("ticket.merged",),
        ("ticket.merged",),
    ),
    Plant(
        "a ticket went up in itself",
        (
            (
                "UPDATE ticket SET merged_into_id = id, state_id = (SELECT id FROM state WHERE "
                "name = 'merged') WHERE id = :closed"
            ),
        ),
        ("ticket.merged",),
        ("ticket.merged",),
    ),
    Plant(
        "a ticket has no number",
        ("UPDATE ticket SET number = '' WHERE id = :closed",),
        ("ticket.number",),
        ("ticket.number",),
    ),
    Plant(
        "a ticket is looked after by somebody who is gone",
        (
            "UPDATE person SET active = (1 = 0) WHERE login LIKE 'olga@%'",
            (
                "UPDATE ticket SET responsible_id = (SELECT id FROM person WHERE login LIKE "
                "'olga@%') WHERE id = :new"
            ),
        ),
        ("ticket.owner_gone",),
    ),
    Plant(
        "a queue is out of use",
        ("UPDATE queue SET active = (1 = 0) WHERE name = 'Purchasing'",),
        ("ticket.queue_gone",),
        ("ticket.queue_gone",),
    ),
    Plant(
        "the search does not know a ticket",
        ("DELETE FROM ticket_text WHERE ticket_id = :new",),
        ("ticket.unfindable",),
    ),
    Plant(
        "a ticket is linked with itself",
        ("INSERT INTO ticket_link (source_id, target_id, kind) VALUES (:new, :new, 'related')",),
        ("ticket.link",),
    ),
    Plant(
        "an article of nobody",
        ("UPDATE article SET person_id = 99999 WHERE ticket_id = :new AND direction = 'in'",),
        ("row.dangling",),
        ("row.dangling",),
    ),
    Plant(
        "history of a ticket that is not there",
        ("UPDATE history SET ticket_id = 99999 WHERE ticket_id = :new AND what = 'created'",),
        ("row.dangling",),
        ("row.dangling",),
    ),
    Plant(
        "a link to a ticket that is not there",
        ("INSERT INTO ticket_link (source_id, target_id, kind) VALUES (:new, 99999, 'related')",),
        ("row.dangling",),
        ("row.dangling",),
    ),
    Plant(
        "a version is not what was published",
        ("UPDATE process_version SET files = '{}' WHERE key = 'incident'",),
        ("version.unreadable",),
        ("version.unreadable",),
    ),
    Plant(
        "the rules in force are damaged",
        ("UPDATE rules_release SET documents = '{}'",),
        ("rules.damaged",),
        ("rules.damaged",),
    ),
)


def named(audited: Audited) -> dict[str, int]:
    return {
        name: audited.id_of(getattr(audited, name))
        for name in ("new", "asked", "aside", "request", "solved", "closed", "mailed")
    }


MENDED = [plant for plant in PLANTS if not plant.left]
BY_HAND = [plant for plant in PLANTS if plant.left]


@pytest.mark.parametrize("part", range(4))
def test_damage_is_found_named_and_mended(audited: Audited, part: int) -> None:
    """One after the other, so that each begins where nothing is lost."""
    wrong = []
    for plant in MENDED[part::4]:
        audited.new = audited.town.report(title=plant.name)
        audited.break_(*plant.does, **named(audited))
        if (found := audited.codes()) != sorted(plant.found):
            wrong.append((plant.name, "found", found))
        if left := audited.mend(*plant.found).left:
            wrong.append((plant.name, "not mended", [(one, error.message) for one, error in left]))
    assert wrong == []
    assert audited.codes() == []


def test_damage_that_somebody_has_to_mend_is_found_and_named(audited: Audited) -> None:
    for plant in BY_HAND:
        audited.new = audited.town.report(title=plant.name)
        audited.closed = audited.town.report(title=plant.name)
        audited.town.do("agnes", audited.closed, audited.close)
        audited.break_(*plant.does, **named(audited))
    expected = sorted(code for plant in BY_HAND for code in plant.found)
    assert audited.codes() == expected
    assert sorted(one.code for one, _ in audited.mend().left) == expected
    assert audited.codes() == expected


def test_what_is_found_says_which_ticket_and_what_is_wrong(audited: Audited) -> None:
    number = audited.id_of(audited.solved)
    audited.break_("DELETE FROM timer WHERE kind = 'step' AND ticket_id = :solved", solved=number)
    (lost,) = audited.look()
    assert (lost.code, lost.ticket_id) == ("step_timer.lost", number)
    said = KINDS[lost.code].text % lost.values
    assert said.startswith("The process waits for 2026-03-")


def test_of_two_rows_of_one_step_the_later_one_is_too_much(audited: Audited) -> None:
    twin = (
        f"INSERT INTO work_item (ticket_id, task_id, {COPIED}) SELECT ticket_id, task_id, {COPIED} "
        f"FROM work_item {OPEN_ITEM}"
    )
    # PostgreSQL puts a row that is changed behind the others.
    changed = (
        f"UPDATE work_item SET problem = '' {OPEN_ITEM} AND id = (SELECT MIN(id) FROM work_item "
        f"{OPEN_ITEM})"
    )
    audited.break_(twin, changed, new=audited.id_of(audited.new))
    rows = audited.town.see(
        audited.new, lambda work, ticket: [item.id for item in open_items(work.session, ticket)]
    )
    found = [one.key for one in audited.look() if one.code == "step.left_over"]
    assert [key.rpartition(" ")[2] for key in found] == [str(max(rows))]


def late(audited: Audited) -> None:
    """A week later nothing has fired and nothing was sent, though the worker works."""
    from engine.heartbeat import beat

    audited.desk.clock.move(days=7)  # type: ignore[attr-defined]
    beat(audited.desk)


def test_what_should_have_happened_long_ago_is_found_while_a_worker_works(
    audited: Audited,
) -> None:
    late(audited)
    found = set(audited.codes())
    assert {"timer.late", "outbox.old"} <= found
    assert found <= {"timer.late", "outbox.old", "notification.undecided"}
    done = audited.mend()
    assert {one.code for one, _ in done.left} <= {"notification.undecided"}


def test_without_a_worker_only_the_worker_is_missing(audited: Audited) -> None:
    audited.desk.clock.move(days=3)  # type: ignore[attr-defined]
    assert audited.codes() == []


def test_a_process_whose_steps_are_over_is_ended(audited: Audited) -> None:
    from engine.tickets.flow import ProcessInstance

    number = audited.id_of(audited.request)

    def finish(work: Any) -> None:
        row = work.session.query(ProcessInstance).filter_by(ticket_id=number).one()
        trees = row.document["trees"]
        row.document = {**row.document, "trees": [{**trees[0], "completed": True}, *trees[1:]]}

    audited.desk.run(finish)
    assert audited.codes() == ["process.over"]
    assert audited.mend().left == []
    assert audited.codes() == []
    assert audited.town.see(audited.request, lambda _, t: t.state.ended)


def test_a_failed_step_that_is_not_shown_is_shown_again(audited: Audited) -> None:
    from tests.engine.commands.drawn import publish, take
    from tests.engine.workflow.conftest import Pen

    pen = Pen("fails").start().script("divide", "x = 1 / 0").end().flow("start", "divide", "done")
    publish(audited.town, pen)
    number = audited.id_of(take(audited.town, "fails"))
    assert audited.codes() == []
    audited.break_("DELETE FROM incident")
    assert audited.codes() == ["failure.lost", "ticket.stuck"]
    assert audited.mend().left == []
    assert audited.codes() == []
    audited.break_("UPDATE incident SET task_id = 'another' WHERE ticket_id = :n", n=number)
    assert audited.codes() == ["failure.left_over", "failure.lost"]
    assert audited.mend().left == []
    assert audited.codes() == []


def test_a_message_awaited_without_a_limit_is_a_finding_until_somebody_can_move_it(
    audited: Audited,
) -> None:
    from tests.engine.commands.drawn import publish, take
    from tests.engine.workflow.conftest import Pen

    pen = Pen("waits")
    pen.start().catch("wait", pen.message_event("thing")).end().flow("start", "wait", "done")
    publish(audited.town, pen)
    take(audited.town, "waits")
    (found,) = audited.look()
    assert (found.code, found.values) == ("ticket.no_limit", {"message": "thing"})
    assert audited.mend().left == []
    assert audited.codes() == []


@pytest.mark.parametrize("how", ["missing", "size", "damaged"])
def test_a_file_that_is_gone_or_has_changed_is_found(audited: Audited, how: str) -> None:
    for path in sorted(audited.desk.files.root.glob("??/*")):
        data = path.read_bytes()
        if how == "missing":
            path.unlink()
        else:
            path.write_bytes(data + b"!" if how == "size" else data[:-1] + b"!")
    found = [(one.code, one.values["name"]) for one in audited.look()]
    gone = {"HTML", "Original", "log.txt"}
    assert {name for code, name in found if code == "file.missing"} == (
        gone if how == "missing" else set()
    )
    assert {name for code, name in found if code == "file.damaged"} == (
        set() if how == "missing" else gone
    )
    assert ("file.size", "log.txt") in found if how == "size" else True
    assert len({error.message for _, error in audited.mend().left}) == 1


def test_a_message_that_could_not_be_taken_in_is_found(audited: Audited) -> None:
    from engine.mail_door import spool

    spool(audited.desk.settings, b"what is this")
    (found,) = audited.look()
    assert found.code == "message.spooled"


def test_two_tickets_with_one_number_are_found(audited: Audited) -> None:
    """The database guards this; here it is asked with the guard taken away."""
    from sqlalchemy import text

    from engine.invariant.found import Ground, Span
    from engine.invariant.tickets import of_tickets

    if audited.desk.database.sqlite:
        pytest.skip("its guard cannot be taken away for one transaction")
    asked, session = audited.id_of(audited.asked), audited.desk.database.writing()
    try:
        session.execute(text("ALTER TABLE ticket DROP CONSTRAINT uq_ticket_number"))
        session.execute(
            text("UPDATE ticket SET number = :n WHERE id = :id"),
            {"n": audited.new, "id": asked},
        )
        ground = Ground(session, audited.desk.clock(), audited.desk)
        found = {(one.code, one.ticket_id) for one in of_tickets(ground, Span(0, 2**31 - 1))}
        assert {code for code, _ in found} == {"ticket.number"}
        assert len(found) == 2
    finally:
        session.rollback()
        session.close()


def test_notifications_that_do_not_leave_are_found(audited: Audited) -> None:
    from engine.heartbeat import beat
    from engine.notify.models import Notification, NotificationDelivery

    def tell(work: Any) -> None:
        work.session.query(Notification).update({"decided_at": work.now})
        person = audited.town.person(work, "agnes")
        early = work.now - timedelta(hours=2)
        one = Notification(person_id=person.id, kind="assigned", created_at=early, payload={})
        two = Notification(
            person_id=person.id, kind="assigned", created_at=early, decided_at=early, payload={}
        )
        work.session.add_all([one, two])
        work.session.flush()
        way = NotificationDelivery(
            notification_id=two.id, person_id=person.id, channel="email", how="at_once",
            due_at=early,
        )  # fmt: skip
        work.session.add(way)

    audited.desk.run(tell)
    beat(audited.desk)
    assert audited.codes() == ["notification.undecided", "notification.unsent"]
