"""Short codes of commands as sentences beside a field."""

from __future__ import annotations

from pyramid.request import Request

from webapp.i18n import N_

SAID = {
    "required": N_("Please fill this in."),
    "taken": N_("This is taken already."),
    "email": N_("Please give a complete e-mail address."),
    "enum": N_("Please choose one of the list."),
    "pattern": N_("At most 60 characters, without “::”."),
    "key": N_("At most 32 lower-case letters, digits and underscores, beginning with a letter."),
    "domain": N_("Please give what stands after the @ of its addresses, such as example.org."),
    "open_domain": N_(
        "Everybody can have an address there; it says nothing about where they belong."
    ),
    "days": N_("The last day is before the first."),
    "calendar_name": N_("At most 80 characters in one line, without a slash."),
    "webhook_name": N_(
        "At most 40 lower-case letters, digits, dashes and underscores, beginning with a letter."
    ),
    "url": N_("An address begins with https:// or http:// and holds no password and no #."),
    "header": N_(
        "At most ten, one in each line as Name: value, each once; not what the call says itself."
    ),
    "header_elsewhere": N_(
        "The address is another host now, which is not told what was kept: type the values again."
    ),
    "json": N_("This is no JSON."),
    "placeholder": N_("These placeholders are not known:"),
    "seconds": N_("Between 1 and 30."),
    "notice_name": N_(
        "At most 60 lower-case letters, digits and underscores, beginning with a letter."
    ),
    "too_many": N_("There are too many already."),
    "needs_text": N_("Without {text} this text would tell nobody what has happened."),
    "needs_link": N_("Without {link} nobody can do what this text asks for."),
    "control": N_("It holds characters that cannot be sent, such as a line break in a subject."),
    "minutes": N_("Please give whole minutes, at most those of a year, or leave it empty."),
    "maxItems": N_("These are too many."),
    "maxLength": N_("This is too long."),
    "last_admin": N_("This is the last admin. Make somebody else an admin first."),
}


def said(request: Request, code: str) -> str:
    """The sentence for a code; what has none is said in general."""
    return str(request.translate(SAID.get(code, SAID["enum"])))


__all__ = ["N_", "said"]
