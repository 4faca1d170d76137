"""Words of the desk's messages: in force at once, never lost, harmless, told only who may know."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine.catalogue.models import CustomField
from engine.commands import notice_texts as commands
from engine.commands.notice_uses import all_uses, uses_of
from engine.commands.notices import send_notice, tell_customer
from engine.errors import Conflict, Invalid, NotAllowed, NotFound
from engine.notify.render import filled, render
from engine.notify.texts import notice, shipped, templates
from engine.notify.values import About, Values
from engine.tickets.models import Article

WORDS = {
    "subject_de": "Erledigt: {title}",
    "body_de": "Guten Tag {name}, {number} ist erledigt.",
    "subject_en": "Done: {title}",
    "body_en": "Hello {name}, {number} is done.",
}
TITLES = {"title_de": "Nachfrage", "title_en": "Asking back"}


def save(town, by="olga", name="closed", seen=0, note="", **other):
    def command(work):
        return commands.save_text(work, name, WORDS | other, seen=seen, note=note).number

    return town.desk.run(command, town.actor(by))


def sent(town, name="closed", language="en", values=None):
    values = values or {"title": "VPN", "name": "Clara", "number": "1"}
    return town.desk.read(lambda work: render(work.session, name, language, values))


def refused(town, **other):
    with pytest.raises(Invalid) as told:
        save(town, **other)
    return told.value.fields


def test_own_words_are_sent_at_once_and_every_version_stays(town) -> None:
    assert save(town, note="Shorter") == 1
    assert sent(town) == ("Done: VPN", "Hello Clara, 1 is done.\n")
    assert sent(town, language="de")[0] == "Erledigt: VPN"
    assert save(town, seen=1, subject_en="Over: {title}") == 2
    rows = town.desk.read(lambda work: commands.versions_of(work, "closed", 9))
    assert [(row.number, row.by, row.note) for row in rows] == [
        (2, "Olga Brandt", ""), (1, "Olga Brandt", "Shorter"),
    ]  # fmt: skip


def test_an_earlier_version_and_what_came_with_the_desk_come_back(town) -> None:
    save(town)
    save(town, seen=1, subject_en="Over: {title}")
    olga = town.actor("olga")
    town.desk.run(lambda work: commands.put_back(work, "closed", 1, seen=2) and None, olga)
    assert sent(town)[0] == "Done: VPN"
    town.desk.run(lambda work: commands.put_back(work, "closed", 0, seen=3) and None, olga)
    assert sent(town)[0] == "Closed: VPN"
    with pytest.raises(NotFound):
        town.desk.run(lambda work: commands.put_back(work, "closed", 9, seen=4) and None, olga)


def test_who_was_slower_overwrites_nothing(town) -> None:
    save(town)
    with pytest.raises(Conflict):
        save(town, by="ada", seen=0, subject_en="Mine")
    assert sent(town)[0] == "Done: VPN"


def test_what_changes_nothing_makes_no_version(town) -> None:
    save(town)
    assert refused(town, seen=1) == {"": "unchanged"}


@pytest.mark.parametrize("by", ["agnes", "clara"])
def test_only_who_keeps_the_rules_words_messages(town, by: str) -> None:
    with pytest.raises(NotAllowed):
        save(town, by=by)


def test_what_is_said_about_access_is_worded_by_admins_alone(town) -> None:
    words = {"subject_en": "Hi", "body_en": "{link}", "subject_de": "Hallo", "body_de": "{link}"}
    with pytest.raises(NotAllowed):
        save(town, name="password_link", **words)
    assert save(town, by="ada", name="password_link", **words) == 1
    with pytest.raises(Invalid) as told:  # nobody could set a password any more
        save(town, by="ada", name="password_link", seen=1, **{**words, "body_de": "Hallo"})
    assert told.value.fields == {"body_de": "needs_link"}
    with pytest.raises(Invalid):  # no ticket is behind it
        save(town, by="ada", name="password_link", seen=1, **{**words, "body_en": "{owner}"})


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("text", "near"),
    [("{nmae}", "{name}"), ("{{title}}", "{title}"), ("{Title}", "{title}"), ("{}", ""),
     ("{7*7}", ""), ("{title.__class__}", ""), ("{custom.absent}", "")],
)  # fmt: skip
def test_what_is_no_placeholder_is_refused_with_its_place(town, text: str, near: str) -> None:
    values = WORDS | {"body_de": f"Guten Tag\n{text}"}
    assert refused(town, body_de=values["body_de"]) == {"body_de": "placeholder"}
    found = town.desk.read(lambda work: commands.misplaced(work, "closed", values))
    assert [(one.field, one.line, one.found) for one in found] == [("body_de", 2, text)]
    assert not near or found[0].near == near


@pytest.mark.by_turns
@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("part", ["subject", "body"])
def test_no_language_may_be_missing(town, language: str, part: str) -> None:
    assert refused(town, **{f"{part}_{language}": " \n "}) == {f"{part}_{language}": "required"}


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "text", ["a\r\nBcc: x@example.org", "a\nb", "a\x00b", "a\u2028b", "\u202eb"]
)
def test_a_subject_is_one_line(town, text: str) -> None:
    assert refused(town, subject_en=text) == {"subject_en": "control"}


def test_a_message_has_its_size(town) -> None:
    assert refused(town, subject_en="x" * 201) == {"subject_en": "maxLength"}
    assert refused(town, body_en="x" * 10_001) == {"body_en": "maxLength"}


def test_a_message_of_ones_own_can_be_named_at_once_and_goes_when_nothing_names_it(town) -> None:
    def create(work):
        return commands.create_text(work, "asking_back", WORDS | TITLES).number

    olga = town.actor("olga")
    assert town.desk.run(create, olga) == 1
    assert "asking_back" in town.desk.read(lambda work: templates(work.session))
    with pytest.raises(Invalid) as told:
        town.desk.run(create, olga)
    assert told.value.fields == {"name": "taken"}
    number = town.report()
    town.do("agnes", number, lambda work, t: send_notice(work, t, "customer", "asking_back"))
    said = town.see(number, lambda work, t: work.session.scalars(select(Article.subject)).all())
    assert "Erledigt: VPN drops" in said
    town.desk.run(lambda work: commands.remove_text(work, "asking_back"), olga)
    assert "asking_back" not in town.desk.read(lambda work: templates(work.session))
    assert town.desk.run(create, olga) == 3  # its history goes on


@pytest.mark.by_turns
@pytest.mark.parametrize("name", ["", "Capital", "a b", "../en/closed", "a" * 61, "ä", "1st"])
def test_a_name_is_one_that_rules_can_say(town, name: str) -> None:
    with pytest.raises(Invalid) as told:
        town.desk.run(lambda work: commands.create_text(work, name, WORDS | TITLES) and None,
                      town.actor("olga"))  # fmt: skip
    assert told.value.fields["name"] in ("notice_name", "required")


def test_what_comes_with_the_desk_or_is_used_is_not_removed(town) -> None:
    olga = town.actor("olga")
    with pytest.raises(Conflict, match="comes with"):
        town.desk.run(lambda work: commands.remove_text(work, "closed"), olga)
    used = town.desk.read(lambda work: all_uses(work))
    assert {one.kind for one in used["acknowledgement"]} == {"rule"}
    assert {(one.kind, one.outside) for one in used["request_refused"]} == {("process", True)}
    kinds = [one.kind for one in town.desk.read(lambda work: uses_of(work, "rejected"))]
    assert kinds == ["desk"]


def test_a_newer_text_of_the_desk_is_offered_and_overwrites_nothing(town, monkeypatch) -> None:
    save(town)
    assert not town.desk.read(lambda work: notice(work.session, "closed").outdated)
    newer = {**shipped("closed"), "en": shipped("reopened")["en"]}
    known = shipped
    for module in ("engine.notify.texts", "engine.commands.notice_texts"):
        monkeypatch.setattr(
            f"{module}.shipped", lambda name: newer if name == "closed" else known(name)
        )
    assert town.desk.read(lambda work: notice(work.session, "closed").outdated)
    assert sent(town)[0] == "Done: VPN"
    town.desk.run(lambda work: commands.keep_own(work, "closed") and None, town.actor("olga"))
    assert not town.desk.read(lambda work: notice(work.session, "closed").outdated)
    assert sent(town)[0] == "Done: VPN"


INSIDE = "{owner}|{priority}|{sla}|{tags}|{reason}|{message}|{custom.contract}"


def test_what_is_internal_never_reaches_a_customer(town) -> None:
    def field(work):
        title = {"de": "Vertrag", "en": "Contract"}
        work.session.add(CustomField(name="contract", kind="text", title=title))

    town.desk.run(field)
    save(town, body_en=f"[{INSIDE}]", body_de=f"[{INSIDE}]")
    number = town.report()

    def tell(work, ticket):
        ticket.custom = {"contract": "SECRET-7"}
        tell_customer(work, ticket, "closed")

    town.do("agnes", number, tell)
    query = select(Article.body).where(Article.subject.contains("Erledigt"))
    body = town.see(number, lambda work, ticket: work.session.scalar(query))
    assert body == "[||||||]\n"

    def read_by_agnes(work, ticket):
        about = About(work.session, work.desk.settings, ticket, town.person(work, "agnes"),
                      "tickets", reason="because")  # fmt: skip
        return filled(notice(work.session, "closed").texts["en"], Values(about))[1]

    seen = town.see(number, read_by_agnes)
    assert "SECRET-7" in seen
    assert "because" in seen


def test_a_field_that_customers_are_shown_may_be_told_them(town) -> None:
    def field(work):
        title = {"de": "Gerät", "en": "Device"}
        work.session.add(CustomField(name="device", kind="text", title=title,
                                     customer_visible=True))  # fmt: skip

    town.desk.run(field)
    save(town, body_en="{custom.device}", body_de="{custom.device}")
    number = town.report()

    def tell(work, ticket):
        ticket.custom = {"device": "{link} ${7*7} <%= 7 %>"}
        return tell_customer(work, ticket, "closed").body

    assert town.do("agnes", number, tell) == "{link} ${7*7} <%= 7 %>\n"
