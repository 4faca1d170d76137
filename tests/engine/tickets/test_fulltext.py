"""Words are found alike on both databases, and nothing that is typed is syntax."""

import pytest
from sqlalchemy import select

from engine.commands.articles import add_note
from engine.tickets.fulltext import FULL, TicketText, index_text, matching, words
from tests.town import Town


def found(town: Town, text: str) -> set[int]:
    return set(
        town.desk.read(lambda work: list(work.session.scalars(matching(work.session, text))))
    )


def ident(town: Town, number: str) -> int:
    return int(town.see(number, lambda work, ticket: ticket.id))


@pytest.mark.parametrize(
    "question",
    [
        "drucker",
        "DRUCKER große",
        "grosse",
        "Größe",
        "größe drucker",
        "druck",
        "raum 312",
        "e-mail",
        "x@firma.example",
    ],
)
def test_words_are_found_folded_and_anded_the_last_as_a_beginning(
    town: Town, question: str
) -> None:
    text = "Der Drucker in Raum 312 hat die falsche Größe, große Seiten. E-Mail: x@firma.example"
    ticket = ident(town, town.report(title="Störung", body=text))
    other = ident(town, town.report(title="Telefon", body="Es klingelt nicht."))
    assert found(town, question) & {ticket, other} == {ticket}


@pytest.mark.parametrize("question", ["drucker telefon", "rucker", "absent", "dru cker"])
def test_what_does_not_stand_there_is_not_found(town: Town, question: str) -> None:
    town.report(title="Störung", body="Der Drucker ist leer.")
    assert found(town, question) == set()


HOSTILE = (
    "", "   ", '"', "'", "*", "AND", "a OR", "NEAR(", "body:x", "-drucker", "!drucker", "a & | b",
    "'; DROP TABLE ticket; --", "\\", "(((", ":*", "\x00", "a" * 10_000, "x " * 5_000, "🙂", "%",
    "<->", "^a", "ticket_fts:a", "{a}", "+a",
)  # fmt: skip


def test_hostile_questions_are_only_words(town: Town) -> None:
    town.report(title="Something", body="quite harmless")
    assert [question for question in HOSTILE if found(town, question)] == []


def test_what_is_added_later_is_found_too(town: Town) -> None:
    number = town.report()
    town.do("ada", number, lambda work, ticket: add_note(work, ticket, "Toner bestellt") and None)
    assert ident(town, number) in found(town, "toner hour")


def test_a_ticket_takes_words_only_up_to_a_limit(town: Town) -> None:
    ticket = ident(town, town.report())
    for n in range(14):
        text = " ".join(f"w{n}x{m}" for m in range(6_000))
        town.desk.run(lambda work, text=text: index_text(work, ticket, text))
    size = town.desk.read(
        lambda work: len(
            work.session.scalar(select(TicketText.body).where(TicketText.ticket_id == ticket))
        )
    )
    assert FULL <= size <= FULL + 20_001
    assert found(town, "w0x17") == {ticket}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Größe GROSSE groẞe", ["grosse", "grosse", "grosse"]),
        ("Cafe\u0301 Café", ["cafe", "cafe"]),
        ("a\x00b c-d", ["ab", "c", "d"]),
        ("!?*", []),
    ],
)
def test_folding(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_folding_of_a_long_word() -> None:
    assert [len(word) for word in words("y" * 500)] == [60]
