"""Drafts are kept by person and key, bounded, and go when they are empty or sent."""

from __future__ import annotations

from typing import Any

import pytest

from engine.commands.drafts import LONGEST, MOST, drop_draft, keep_draft
from engine.errors import Invalid, NotAllowed
from engine.tickets.queries import draft


def kept(town: Any, who: str, key: str = "reply-1") -> dict[str, Any]:
    """What is kept for somebody."""
    actor = town.actor(who)
    return town.desk.read(lambda w: draft(w.session, actor, key))  # type: ignore[no-any-return]


def test_a_draft_is_its_authors_and_the_last_one_counts(town: Any) -> None:
    for text in ("one", "two"):
        town.desk.run(lambda w, t=text: keep_draft(w, "reply-1", {"body": t}), town.actor("agnes"))
    assert kept(town, "agnes") == {"body": "two"}
    assert kept(town, "ada") == {}


def test_empty_and_sent_drafts_are_forgotten(town: Any) -> None:
    agnes = town.actor("agnes")
    town.desk.run(lambda w: keep_draft(w, "a", {"body": "x"}), agnes)
    town.desk.run(lambda w: keep_draft(w, "a", {"body": ""}), agnes)
    town.desk.run(lambda w: keep_draft(w, "b", {"body": "x"}), agnes)
    town.desk.run(lambda w: drop_draft(w, "b"), agnes)
    assert (kept(town, "agnes", "a"), kept(town, "agnes", "b")) == ({}, {})


@pytest.mark.parametrize(
    ("key", "content"), [("", {"a": "b"}), ("k" * 200, {"a": "b"}), ("k", {"a": "x" * LONGEST * 2})]
)
def test_what_cannot_be_kept_is_refused(town: Any, key: str, content: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        town.desk.run(lambda w: keep_draft(w, key, content), town.actor("agnes"))


def test_the_desk_itself_has_no_drafts(town: Any) -> None:
    with pytest.raises(NotAllowed):
        town.desk.run(lambda w: keep_draft(w, "k", {"a": "b"}))


def test_of_too_many_drafts_the_oldest_goes(town: Any, clock: Any) -> None:
    agnes = town.actor("agnes")
    town.desk.run(lambda w: keep_draft(w, "hers", {"body": "x"}), town.actor("ada"))
    for n in range(MOST + 1):
        clock.move(minutes=1)
        town.desk.run(lambda w, n=n: keep_draft(w, f"d{n}", {"body": "x"}), agnes)
    assert kept(town, "agnes", "d0") == {}
    assert kept(town, "agnes", "d1") == kept(town, "ada", "hers") == {"body": "x"}
