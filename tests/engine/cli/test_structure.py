"""What a desk starts with: its own fields too, and one sentence for what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from engine.catalogue.models import CustomField, State
from engine.cli.structure import lay_structure, read_sample
from engine.errors import Invalid

TITLE = {"de": "Gerät", "en": "Device"}


def laid(desk: Any, fields: Any) -> dict[str, str]:
    """The own fields of a desk that starts with these, each with its kind."""
    document = read_sample("structure") | {"custom_fields": fields}
    desk.run(lambda work: lay_structure(work, document))
    found: dict[str, str] = desk.read(
        lambda w: {f.name: f.kind for f in w.session.scalars(select(CustomField))}
    )
    return found


def test_the_sample_brings_two_fields_in_both_languages(desk: Any) -> None:
    fields = read_sample("structure")["custom_fields"]
    assert laid(desk, fields) == {"asset": "text", "site": "choice"}
    titles = desk.read(lambda w: [f.title for f in w.session.scalars(select(CustomField))])
    assert all(title["de"] and title["en"] for title in titles)


@pytest.mark.by_turns
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ("asset", "must be a list"),
        (["asset"], "Entry 1 "),
        ([{"name": "a", "title": TITLE}, {"name": "B", "title": TITLE}], "Entry 2 .*B.*name"),
        ([{"name": "a", "title": TITLE, "sort": "text"}], "Entry 1 .*sort.*kind"),
        ([{"name": "a", "kind": "colour", "title": TITLE}], "kind: must be one of text"),
        ([{"name": "a", "kind": "choice", "title": TITLE}], "choices: must be given"),
        ([{"name": "a", "title": "Device"}], "title_de: must be given"),
        ([{"name": "a", "title": TITLE}, {"name": "a", "title": TITLE}], "taken"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_nothing_is_laid(
    desk: Any, fields: Any, said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        laid(desk, fields)
    assert desk.read(lambda w: w.session.scalar(select(func.count(State.id)))) == 0
