"""Where nothing is lost nothing is found."""

from __future__ import annotations

from dataclasses import replace

from engine.invariant import rows
from engine.invariant.looking import walk
from tests.engine.invariant.conftest import Audited


def test_a_desk_where_tickets_stand_at_all_kinds_of_places_has_no_finding(
    audited: Audited,
) -> None:
    assert [(one.code, one.key, dict(one.values)) for one in audited.look()] == []


def test_whether_rows_name_what_is_there_is_asked_of_a_whole_table_at_once(
    audited: Audited,
) -> None:
    looks = [replace(one, size=1) for one in rows.LOOKS]
    parts = list(walk(audited.desk, looks, grace=0))
    assert [part.look.name for part in parts] == [one.name for one in looks]
    assert {part.rows for part in parts if part.look.name == "rows.article"} != {1}
