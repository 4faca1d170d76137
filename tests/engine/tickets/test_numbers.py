"""Ticket numbers in OTRS's formats, each given once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from engine.channels.threading import ticket_number_in
from engine.tickets.numbers import date_checksum, next_number


def test_the_check_digit_is_the_one_otrs_computes():
    # The first ticket of 2016 on system 10, as in OTRS's own description of the format.
    assert date_checksum(date(2016, 1, 1), "10", 1) == "2016010110000019"


@pytest.mark.parametrize("count", range(1, 40))
def test_the_check_digit_is_never_ten(count):
    number = date_checksum(date(2026, 3, 2), "10", count)
    assert len(number) == 16
    assert number[-1] in "123456789"


@pytest.mark.parametrize(
    ("generator", "first", "second"),
    [
        ("date_checksum", "2026030210000012", "2026030210000021"),
        ("date", "20260302101", "20260302102"),
        ("counter", "1000001", "1000002"),
    ],
)
def test_each_generator_counts_in_its_own_format(desk, generator, first, second):
    desk.settings = replace(desk.settings, number_generator=generator)
    assert [desk.run(next_number), desk.run(next_number)] == [first, second]


def test_random_numbers_differ_and_carry_the_system_id(desk):
    desk.settings = replace(desk.settings, number_generator="random")
    numbers = {desk.run(next_number) for _ in range(5)}
    assert len(numbers) == 5
    assert all(number.startswith("10") and len(number) == 12 for number in numbers)


def test_the_counter_of_a_day_begins_anew(desk, clock):
    desk.run(next_number)
    clock.move(days=1)
    assert desk.run(next_number).startswith("202603031000001")


@pytest.mark.parametrize("generator", ["date_checksum", "date", "counter", "random"])
def test_what_is_generated_is_recognised_in_a_subject(desk, generator):
    desk.settings = replace(desk.settings, number_generator=generator)
    number = desk.run(next_number)
    assert ticket_number_in(f"AW: [Ticket#{number}] Drucker") == number


def test_a_number_of_a_transaction_that_failed_leaves_at_most_a_gap(desk):
    def failing(work):
        next_number(work)
        raise RuntimeError("no ticket after all")

    with pytest.raises(RuntimeError):
        desk.run(failing)
    assert desk.run(next_number) in ("2026030210000012", "2026030210000021")


def test_the_counter_goes_on_where_the_former_desk_ended_and_never_back(desk):
    def numbers(start):
        desk.settings = replace(
            desk.settings, number_generator="counter", system_id="7", number_start=start
        )
        return [desk.run(next_number), desk.run(next_number)]

    assert numbers(48_213) == ["748213", "748214"]
    assert numbers(1) == ["748215", "748216"]
    assert numbers(50_000) == ["750000", "750001"]
