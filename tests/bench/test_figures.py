"""Figures are told as they were measured."""

from bench.figures import Run, number, percentile, table, timed


def test_a_percentile_is_a_value_that_was_measured():
    values = [5.0, 1.0, 3.0, 2.0, 4.0]
    assert [percentile(values, share) for share in (0.0, 0.5, 0.95, 1.0)] == [1.0, 3.0, 5.0, 5.0]
    assert percentile([], 0.5) == 0.0


def test_failed_requests_do_not_count_as_done():
    run = Run("", [0.1, 0.3], whole=2.0, failed=7)
    assert run.cells() == ["1.00", "100", "300", "7"]


def test_warm_calls_are_made_but_not_counted():
    calls = []
    run = timed(lambda: calls.append(1), 3, warm=2)
    assert (len(run.seconds), len(calls)) == (3, 5)


def test_a_table_lines_its_columns_up():
    told = table("T", ("what", "n"), [("a", "1"), ("longer", "12")])
    assert told.splitlines() == ["T", "what     n", "------  --", "a        1", "longer  12"]
    assert [number(v) for v in (0.123, 12.34, 1234.5)] == ["0.12", "12.3", "1234"]
