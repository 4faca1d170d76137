"""What the desk's messages are called, its own and this company's, for whoever chooses one."""

from __future__ import annotations

from pyramid.request import Request

from engine.notify.texts import FRAMES, Notice, notices
from webapp.presenters.history_words import NOTICES


def notice_names(request: Request) -> dict[str, str]:
    """The names of all messages that rules and diagrams may say, in the reader's language."""
    every = notices(request.db).items()
    return {name: notice_name(request, one) for name, one in every if name not in FRAMES}


def notice_name(request: Request, one: Notice) -> str:
    """What a message is called: in words of the catalogue, or as this company named it."""
    if one.name in NOTICES:
        return str(request.translate(NOTICES[one.name]))
    return request.reader.pick(one.title) or one.name
