"""What people are told by the desk's webhook: their right holds when the call is made."""

import json
from typing import Any

import pytest
from sqlalchemy import select

from engine.channels.web_call import Answer
from engine.commands.notice_choices import set_notice_rules
from engine.commands.passing_on import pass_on
from engine.commands.people import make_password_link, set_groups
from engine.commands.webhooks import create_webhook
from engine.errors import Unavailable
from engine.notify.kinds import GROUPS
from engine.outbox.handlers import handlers
from engine.outbox.webhook_models import WebhookDelivery
from engine.outbox.webhooks import call_waiting
from engine.work import Work
from tests.engine.commands.test_passing_on import Post, owned
from tests.engine.commands.test_passing_on import post as post  # a fixture


class Chat:
    """The other side: what it was sent, and whether it answers."""

    def __init__(self, post: Post) -> None:
        self.post, self.up, self.said = post, True, list[Any]()

    def answer(self, url: str, body: bytes, headers: Any, **_: Any) -> Answer:
        if not self.up:
            raise Unavailable("down")
        self.said.append(json.loads(body))
        return Answer(200)

    def call(self) -> None:
        pass_on(self.post.town.desk)
        call_waiting(self.post.town.desk, handlers(make_password_link))


@pytest.fixture
def chat(post: Post, monkeypatch: pytest.MonkeyPatch) -> Chat:
    """Bruno, who may read in Network for now, is told by the chat."""
    made = Chat(post)
    monkeypatch.setattr("engine.outbox.webhooks.web_call.post", made.answer)

    def make(work: Work) -> None:
        create_webhook(work, {"name": "chat", "url": "https://chat.example/in"})
        groups = {group: {"how": "at_once"} for group in GROUPS}
        set_notice_rules(work, {"groups": groups, "window": 5, "webhook": "chat"})

    post.town.desk.run(make, post.town.actor("ada"))
    network(post, {"network": ["rw"]})
    by_chat = {group: {"how": "browser", "webhook": True} for group in GROUPS}
    post.choose("bruno", groups={**by_chat, "escalation": {"how": "at_once", "webhook": True}})
    return made


def network(post: Post, groups: dict[str, list[str]]) -> None:
    post.town.desk.run(lambda work: set_groups(work, post.town.person(work, "bruno"), groups))


def problems(post: Post) -> list[str]:
    query = select(WebhookDelivery.problem)
    return post.town.desk.read(lambda work: list(work.session.scalars(query)))


def test_it_is_told_while_the_right_is_there(chat: Chat, post: Post) -> None:
    post.tell(owned(post), "bruno")
    chat.call()
    (said,) = chat.said
    assert said["notification"]["to"] == "bruno@example.com"
    assert post.states("bruno") == [("webhook", "sent", "")]


def test_who_lost_the_right_while_the_other_side_was_down_is_told_nothing(
    chat: Chat, post: Post
) -> None:
    post.tell(owned(post), "bruno")
    chat.up = False
    chat.call()
    network(post, {"hr": ["rw"]})
    chat.up = True
    post.clock.move(hours=1)
    chat.call()
    assert chat.said == []
    assert problems(post) == ["Whoever this was for may not read it any more."]
    assert post.states("bruno") == [("webhook", "failed", "")]
