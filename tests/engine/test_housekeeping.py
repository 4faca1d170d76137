"""What is expired goes; what somebody still needs never does."""

import os
import time
from datetime import timedelta

from sqlalchemy import func, select

from engine.commands.articles import NewFile
from engine.commands.notices import tell_agent
from engine.commands.passing_on import pass_on
from engine.commands.people import make_password_link, open_session
from engine.commands.webhooks import create_webhook, send_test
from engine.housekeeping import GRACE, collect_orphans, tidy
from engine.notify.models import Notification, NotificationDelivery
from engine.outbox.models import OutboxRow
from engine.outbox.webhook_models import WebhookDelivery
from engine.people.models import Attempt, LoginSession, PasswordLink
from engine.tickets.models import Attachment
from engine.work import Work
from tests.desks import MovableClock
from tests.town import Town


def count(town: Town, table: type) -> int:
    return int(town.desk.read(lambda w: w.session.scalar(select(func.count()).select_from(table))))


def age(town: Town, seconds: float) -> None:
    for path in town.desk.files.root.glob("??/*"):
        os.utime(path, (time.time() - seconds,) * 2)


def test_what_is_expired_goes(town: Town, clock: MovableClock) -> None:
    town.desk.run(lambda work: open_session(work, town.person(work, "clara")))
    town.desk.run(lambda work: make_password_link(work, town.person(work, "clara")))
    town.desk.run(lambda work: work.session.add(Attempt(key="x", at=work.now)))
    town.report()
    clock.move(days=1)
    tidy(town.desk)
    assert (count(town, LoginSession), count(town, PasswordLink), count(town, Attempt)) == (1, 1, 1)
    clock.move(days=60)
    waiting = count(town, OutboxRow)
    tidy(town.desk)
    assert (count(town, LoginSession), count(town, PasswordLink), count(town, Attempt)) == (0, 0, 0)
    assert count(town, OutboxRow) == waiting > 0


def test_delivered_rows_go_after_a_month(town: Town, clock: MovableClock) -> None:
    def done(work: object) -> None:
        for row in work.session.scalars(select(OutboxRow)):  # type: ignore[attr-defined]
            row.status, row.done_at = "done", work.now  # type: ignore[attr-defined]

    town.report()
    town.desk.run(done)
    clock.move(days=29)
    tidy(town.desk)
    assert count(town, OutboxRow) > 0
    clock.set(clock.now + timedelta(days=2))
    tidy(town.desk)
    assert count(town, OutboxRow) == 0


def test_what_was_sent_to_webhooks_goes_after_a_month_unless_it_still_waits(
    town: Town, clock: MovableClock
) -> None:
    def send(work: Work) -> None:
        values = {"name": "erp", "url": "https://hooks.example.com/"}
        webhook, _ = create_webhook(work, values)
        for status in ("done", "waiting"):
            delivery = send_test(work, webhook)
            row = work.session.get_one(OutboxRow, delivery.outbox_id)
            row.status, row.done_at = status, work.now

    town.desk.run(send)
    clock.move(days=29)
    tidy(town.desk)
    assert count(town, WebhookDelivery) == 2
    clock.move(days=2)
    tidy(town.desk)
    assert count(town, WebhookDelivery) == 1


def test_only_old_files_without_a_row_go(town: Town) -> None:
    town.report(files=[NewFile("a.txt", "text/plain", b"kept")])
    orphan = town.desk.files.put(b"orphan")
    assert collect_orphans(town.desk) == 0  # its transaction may still be under way
    age(town, GRACE + 60)
    assert collect_orphans(town.desk) == 1
    assert not any(path.name == orphan for path in town.desk.files.root.glob("??/*"))
    digest = town.desk.read(lambda work: work.session.scalar(select(Attachment.digest)))
    assert town.desk.files.get(digest) == b"kept"


def test_an_old_file_that_is_stored_again_is_not_swept_up_before_its_row_is_there(
    town: Town,
) -> None:
    digest = town.desk.files.put(b"twice")
    age(town, 3 * 24 * 3600)
    town.desk.files.put(b"twice")
    assert collect_orphans(town.desk) == 0
    assert town.desk.files.get(digest) == b"twice"


def test_what_people_were_told_goes_once_it_is_read_and_old(
    town: Town, clock: MovableClock
) -> None:
    number = town.report(queue="Network")
    for _ in range(2):
        town.do("ada", number, lambda w, t: tell_agent(w, t, town.person(w, "agnes"), "assigned"))
    pass_on(town.desk)

    def read_first(work: Work) -> None:
        first = work.session.scalars(select(Notification).order_by(Notification.id)).first()
        first.read_at = work.now

    town.desk.run(read_first)
    told = count(town, Notification)
    clock.move(days=89)
    tidy(town.desk)
    assert count(town, Notification) == told
    clock.move(days=2)
    tidy(town.desk)
    assert count(town, Notification) == told - 1
    clock.move(days=365)
    tidy(town.desk)
    assert (count(town, Notification), count(town, NotificationDelivery)) == (0, 0)
