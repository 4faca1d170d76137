"""The index follows the database, and is filled anew when it is damaged."""

from collections.abc import Callable

from engine.commands.faq import retire_item, save_item
from engine.faq.models import FaqItem
from engine.outbox.faq_index import rebuild
from tests.town import Town

Deliver = Callable[[], int]


def write(town: Town, title: str) -> int:
    return town.desk.run(
        lambda work: (
            save_item(
                work, title=title, solution="Restart the client.", language="en", audience="public"
            ).id
        )
    )


def found(town: Town, text: str) -> list[str]:
    return [hit.title for hit in town.desk.index.find(text, audiences=["public"], language="en")]


def test_an_item_is_found_after_delivery_and_not_after_it_is_retired(
    town: Town, deliver: Deliver
) -> None:
    number = write(town, "VPN keeps dropping")
    deliver()
    assert found(town, "vpn") == ["VPN keeps dropping"]
    town.desk.run(lambda work: retire_item(work, work.session.get_one(FaqItem, number)))
    deliver()
    assert found(town, "vpn") == []


def test_a_damaged_index_is_filled_anew(town: Town, deliver: Deliver) -> None:
    write(town, "VPN keeps dropping")
    deliver()
    for path in town.desk.settings.index_dir.glob("*"):
        if path.is_file():
            path.write_bytes(b"")
    write(town, "Printer is out of paper")
    deliver()
    assert found(town, "vpn") == ["VPN keeps dropping"]


def test_rebuilding_says_how_many(town: Town) -> None:
    write(town, "One")
    write(town, "Two")
    assert rebuild(town.desk) == 2
