"""The catalogue in memory is never older than the database, whoever changed it and however."""

import pytest
from sqlalchemy import event, select, text, update

from engine.catalogue.models import Priority, Queue, State
from engine.catalogue.queries import by_name, maybe, priority_of
from engine.catalogue.shelf import shelf, shelve
from engine.tickets.models import Ticket


def statements(desk, question):
    """What `question(work)` sends to the database, transaction control left out."""
    sent = []

    def note(connection, cursor, statement, *rest):
        if statement.startswith(("SELECT", "INSERT", "UPDATE")):
            sent.append(statement)

    event.listen(desk.database.pool, "before_cursor_execute", note)
    desk.read(question)
    event.remove(desk.database.pool, "before_cursor_execute", note)
    return sent


def state_name(desk):
    return desk.read(lambda work: shelf(work.session).get(State, 1).name)


def test_only_the_stamp_is_read_while_nothing_changes(town):
    state_name(town.desk)
    sent = statements(
        town.desk,
        lambda work: [by_name(work.session, Queue, "HR"), priority_of(work.session, 3)],
    )
    assert [("catalogue_stamp" in s) for s in sent] == [True]


def test_a_change_by_anybody_is_seen_by_the_next_transaction(town, fresh_desk):
    before = state_name(town.desk)
    other = fresh_desk()
    other.run(lambda work: setattr(work.session.get(State, 1), "name", "brand new"))
    assert (before, state_name(town.desk)) == ("new", "brand new")


def test_a_change_past_all_our_code_is_seen_too(town):
    state_name(town.desk)
    with town.desk.database.pool.begin() as connection:
        connection.execute(text("UPDATE state SET name = 'by hand' WHERE id = 1"))
    assert state_name(town.desk) == "by hand"


def test_the_transaction_that_changes_sees_its_own_change(town):
    def command(work):
        assert maybe(work.session, Queue, "Facilities") is None
        group = by_name(work.session, Queue, "HR").group_id
        work.session.add(Queue(name="Facilities", group_id=group))
        work.session.flush()
        work.session.execute(update(Priority).where(Priority.rank == 5).values(name="now"))
        return by_name(work.session, Queue, "Facilities").name, priority_of(work.session, 5).name

    assert town.desk.run(command) == ("Facilities", "now")


def test_what_was_rolled_back_is_never_used(town):
    def command(work):
        work.session.get(State, 1).name = "never"
        work.session.flush()
        assert shelf(work.session).get(State, 1).name == "never"
        raise KeyError

    with pytest.raises(KeyError):
        town.desk.run(command)
    assert state_name(town.desk) == "new"


def test_a_renamed_row_goes_by_its_new_name_at_once(town):
    def command(work):
        by_name(work.session, Queue, "HR").name = "People"
        return maybe(work.session, Queue, "HR"), by_name(work.session, Queue, "People").name

    assert town.desk.run(command) == (None, "People")


def test_a_ticket_gets_its_fields_without_a_question(town):
    number = town.report()
    found = []

    def question(work):
        ticket = shelve(
            work.session, work.session.scalar(select(Ticket).where(Ticket.number == number))
        )
        found.append((ticket.queue.name, ticket.state.name, ticket.priority.rank))
        found.append((ticket.type.name, ticket.service.name))

    sent = statements(town.desk, question)
    assert [s for s in sent if " FROM queue" in s or " FROM state" in s] == []
    assert found == [("Network::VPN", "new", 3), ("incident", "Network access")]
