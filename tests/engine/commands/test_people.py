"""People log in, are throttled, set passwords by link once, and lose sessions when they must."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from engine.commands.people import (
    change_person,
    create_person,
    forgot_password,
    log_in,
    log_out,
    make_password_link,
    make_token,
    register,
    revoke_token,
    session_person,
    token_person,
    use_password_link,
)
from engine.errors import Invalid, NotAllowed, NotFound
from engine.outbox.models import OutboxRow
from engine.people.models import LoginSession, PasswordLink, Person
from engine.people.queries import person_by_login

FRESH = "another good password"


def login(town, password="vorgang-demo", who="clara@example.org"):
    return town.desk.run(lambda w: log_in(w, who, password, address="10.0.0.1"))


def who(town, key):
    person = town.desk.read(lambda w: session_person(w.session, key, w.now))
    return person.login if person else None


def test_a_right_password_opens_a_session_of_which_only_the_digest_is_kept(town):
    key = login(town)
    assert who(town, key) == "clara@example.org"
    stored = town.desk.read(lambda w: w.session.scalars(select(LoginSession.digest)).all())
    assert key not in stored
    assert len(stored) == 1


def test_wrong_unknown_and_disabled_are_the_same_no(town):
    town.desk.run(
        lambda w: change_person(w, town.person(w, "sam"), {"active": False}), town.actor("ada")
    )
    assert login(town, "wrong password") is None
    assert login(town, who="nobody@example.org") is None
    assert login(town, who="sam@example.net") is None


def test_after_too_many_tries_even_the_right_password_must_wait(town, clock):
    for _ in range(town.desk.settings.login_tries):
        assert login(town, "wrong password") is None
    assert login(town) is None
    clock.move(minutes=town.desk.settings.login_window_minutes + 1)
    assert login(town) is not None


def test_a_session_ends_by_logging_out_by_time_and_by_disabling(town, clock):
    first, second, third = login(town), login(town), login(town)
    town.desk.run(lambda w: log_out(w, first))
    assert who(town, first) is None
    assert who(town, second) is not None
    town.desk.run(
        lambda w: change_person(w, town.person(w, "clara"), {"active": False}), town.actor("ada")
    )
    assert who(town, second) is None
    clock.move(hours=town.desk.settings.session_hours + 1)
    assert who(town, third) is None


def test_a_password_link_works_once_and_ends_all_sessions(town):
    key = login(town)
    token = town.desk.run(lambda w: make_password_link(w, town.person(w, "clara")))
    town.desk.run(lambda w: use_password_link(w, token, FRESH))
    assert who(town, key) is None
    assert login(town, FRESH) is not None
    with pytest.raises(NotFound):
        town.desk.run(lambda w: use_password_link(w, token, "yet another password"))


def test_a_password_link_grows_old(town, clock):
    token = town.desk.run(lambda w: make_password_link(w, town.person(w, "clara")))
    clock.move(hours=25)
    with pytest.raises(NotFound):
        town.desk.run(lambda w: use_password_link(w, token, FRESH))
    stored = town.desk.read(lambda w: w.session.scalars(select(PasswordLink.digest)).all())
    assert token not in stored


def test_asking_for_a_link_says_nothing_and_is_bounded(town):
    for _ in range(6):
        town.desk.run(lambda w: forgot_password(w, "clara@example.org", address="10.0.0.1"))
    town.desk.run(lambda w: forgot_password(w, "nobody@example.org", address="10.0.0.1"))
    query = select(func.count(OutboxRow.id)).where(OutboxRow.topic == "link")
    assert town.desk.read(lambda w: w.session.scalar(query)) == 3


def test_registering_makes_a_customer_of_the_right_company_without_a_password(town):
    def command(work):
        register(work, name="Nina Neu", email="Nina@Example.org", language="de", address="1.1.1.1")

    town.desk.run(command)
    person = town.desk.read(lambda w: person_by_login(w.session, "nina@example.org"))
    found = town.desk.read(
        lambda w: (
            town.person(w, "nina").organisation.name,
            town.person(w, "nina").roles,
            town.person(w, "nina").password_hash,
        )
    )
    assert person is not None
    assert found == ("Example GmbH", frozenset({"customer"}), None)


@pytest.mark.by_turns
@pytest.mark.parametrize("email", ["no address", "a@b\r\nBcc: c@d", "a@b,c@d", ""])
def test_registering_with_what_is_no_address_is_refused(town, email):
    with pytest.raises(Invalid):
        town.desk.run(
            lambda w: register(w, name="X", email=email, language="en", address="1.1.1.1")
        )


def test_a_token_is_known_by_its_digest_until_it_is_revoked(town):
    def make(work):
        row, token = make_token(work, town.person(work, "agnes"), "script")
        return row.id, token

    row_id, token = town.desk.run(make, town.actor("agnes"))
    found = town.desk.read(lambda w: token_person(w.session, token, w.now))
    assert found.login == "agnes@example.com"
    from engine.people.models import ApiToken

    town.desk.run(
        lambda w: revoke_token(w, w.session.get_one(ApiToken, row_id)), town.actor("agnes")
    )
    assert town.desk.read(lambda w: token_person(w.session, token, w.now)) is None


@pytest.mark.parametrize("name", ["clara", "agnes", "olga"])
def test_only_admins_make_people(town, name):
    with pytest.raises(NotAllowed):
        town.desk.run(
            lambda w: create_person(w, login="x@example.com", name="X", roles=["admin"]),
            town.actor(name),
        )
    assert town.desk.read(lambda w: w.session.scalar(select(func.count(Person.id)))) == 7


def test_a_short_password_is_refused(town):
    token = town.desk.run(lambda w: make_password_link(w, town.person(w, "clara")))
    with pytest.raises(Invalid):
        town.desk.run(lambda w: use_password_link(w, token, "short"))
