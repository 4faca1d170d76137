"""Where nothing is lost nothing is found."""

from __future__ import annotations

from tests.engine.invariant.conftest import Audited


def test_a_desk_where_tickets_stand_at_all_kinds_of_places_has_no_finding(
    audited: Audited,
) -> None:
    assert [(one.code, one.key, dict(one.values)) for one in audited.look()] == []
