"""What the desk's messages are called, its own and this company's, for whoever chooses one."""

from __future__ import annotations

from pyramid.request import Request

from engine.notify.texts import Notice, notices
from webapp.presenters.history_words import NOTICES


def notice_names(request: Request) -> dict[str, str]:
    """The names of all messages that can be sent, in the reader's language."""
    return {name: notice_name(request, one) for name, one in notices(request.db).items()}


def notice_name(request: Request, one: Notice) -> str:
    """What a message is called: in words of the catalogue, or as this company named it."""
    if one.name in NOTICES:
        return str(request.translate(NOTICES[one.name]))
    return request.reader.pick(one.title) or one.name
