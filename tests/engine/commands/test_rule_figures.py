"""What rules did and who corrected it is counted once, in any portions, and the same anew."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from engine.audit.figures import Figures, figures_of
from engine.audit.models import DecisionTrace
from engine.catalogue.models import Queue
from engine.commands import rule_figures
from engine.commands.changes import apply_changes, remove_tag
from engine.commands.rule_figures import count_all


def later(town: Any, **by: float) -> None:
    now = town.desk.clock()
    town.desk.clock = lambda: now + timedelta(**by)


def counted(town: Any, **which: Any) -> dict[tuple[str, str], Figures]:
    found: dict[tuple[str, str], Figures] = town.desk.read(
        lambda work: figures_of(work.session, **which)
    )
    return found


def change(town: Any, by: str, number: str, **fields: Any) -> None:
    town.do(by, number, lambda work, ticket: apply_changes(work, ticket, fields))


def test_a_rule_that_is_corrected_by_hand_counts_once(town: Any) -> None:
    number = town.report(title="VPN drops")
    later(town, minutes=10)
    change(town, "agnes", number, queue="Network")
    later(town, minutes=10)
    change(town, "agnes", number, queue="Service Desk")  # her own doing now, no more the rule's
    later(town, minutes=10)
    count_all(town.desk)
    one = counted(town)["routing", "vpn"]
    assert (one.fired, one.overridden) == (1, 1)
    assert counted(town)["routing", ""].overridden == 1
    assert counted(town)["routing", ""].last == one.last
    assert count_all(town.desk) == 0
    assert counted(town)["routing", "vpn"].fired == 1


def test_after_a_month_it_is_no_correction(town: Any) -> None:
    number = town.report(title="VPN drops")
    later(town, days=31)
    change(town, "agnes", number, queue="Network")
    later(town, minutes=10)
    count_all(town.desk)
    assert counted(town)["routing", "vpn"].overridden == 0


def test_it_counts_in_the_queue_and_on_the_day_in_which_it_fired(town: Any) -> None:
    number = town.report(title="VPN drops")
    day = town.desk.clock().date()
    later(town, days=2)
    change(town, "agnes", number, queue="Service Desk")
    later(town, minutes=10)
    count_all(town.desk)
    ids = town.desk.read(
        lambda w: {queue.name: queue.id for queue in w.session.scalars(select(Queue))}
    )
    there = counted(town, queues=[ids["Network::VPN"]])["routing", "vpn"]
    assert (there.fired, there.overridden) == (1, 1)
    assert ("routing", "vpn") not in counted(town, queues=[ids["Service Desk"]])
    assert ("routing", "vpn") not in counted(town, since=day + timedelta(days=1))


def test_a_tag_and_a_priority_are_corrected_too_and_others_are_not_blamed(town: Any) -> None:
    number = town.report(title="Outage of the whole site")
    later(town, minutes=10)
    change(town, "agnes", number, priority=2)
    town.do("agnes", number, lambda work, ticket: remove_tag(work, ticket, "outage"))
    change(town, "agnes", number, title="Nothing")
    later(town, minutes=10)
    count_all(town.desk)
    assert counted(town)["priority", "outage"].overridden == 2
    others = {rule for (_, rule), one in counted(town).items() if rule and one.overridden}
    assert others == {"outage"}


def test_what_is_young_waits_and_small_portions_give_the_same(
    town: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = town.report(title="VPN drops")
    assert count_all(town.desk) == 0  # an earlier one could still be under way
    later(town, minutes=10)
    change(town, "agnes", number, queue="Network")
    town.report(title="VPN is slow")
    later(town, minutes=10)
    monkeypatch.setattr(rule_figures, "AT_ONCE", 1)
    monkeypatch.setattr(rule_figures, "HISTORY_AT_ONCE", 1)
    count_all(town.desk)
    small = counted(town)
    monkeypatch.undo()
    count_all(town.desk, anew=True)
    assert counted(town) == small
    assert small["routing", "vpn"].fired == 2


def test_hostile_traces_do_not_stop_the_counting(town: Any) -> None:
    town.report(title="VPN drops")
    odd = {"decisions": "none", "micros": "x"}
    town.desk.run(lambda w: w.session.execute(update(DecisionTrace).values(trace=odd)) and None)
    later(town, minutes=10)
    count_all(town.desk)
    assert counted(town)["routing", ""].fired == 1


def test_what_a_rule_decides_takes_time_that_is_measured(town: Any, monkeypatch: Any) -> None:
    from engine.commands import carry_out

    passed = iter(range(0, 10**12, 3_000_000))  # each look at it 3 ms later
    with monkeypatch.context() as patched:
        patched.setattr(carry_out.time, "perf_counter_ns", lambda: next(passed))
        town.report(title="VPN drops")
    town.report(title="VPN drops again")
    later(town, minutes=10)
    newest = select(func.max(DecisionTrace.id)).where(DecisionTrace.ruleset == "routing")
    forget = (
        update(DecisionTrace).where(DecisionTrace.id == newest.scalar_subquery()).values(spent=None)
    )
    town.desk.run(lambda work: work.session.execute(forget) and None)  # as before it was measured
    count_all(town.desk)
    one, whole = counted(town)["routing", "vpn"], counted(town)["routing", ""]
    assert (one.fired, one.timed, one.spent % 3000) == (2, 1, 0)
    assert one.spent > 0
    assert one.milliseconds == one.spent / 1000
    assert whole.spent >= one.spent
    assert Figures().milliseconds is None
    count_all(town.desk, anew=True)
    assert counted(town)["routing", "vpn"] == one
