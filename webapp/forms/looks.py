"""A form on a page as form rules have it: shown at first, asked again as answers change, and sent.

The page holds nothing but what is asked: a question left out is not hidden, it is not there. Each
question says with what is sent that it was seen (`-seen`), so that one which came up by the last
answer is shown before its answer is taken; what nobody has touched (`-untouched`) may say something
else than before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from engine.commands.form_looks import Look
from engine.commands.form_rules import Asked, look_of
from engine.work import Work
from engine.workflow import Form
from webapp.forms.answers import Answers, read_answers
from webapp.forms.fields import Field, build_fields, field_ui, is_asked, properties
from webapp.i18n import N_, Reader

SEEN, UNTOUCHED = "-seen", "-untouched"
NEW = N_("This is asked now, too.")
Options = Mapping[str, Iterable[tuple[str, str]]]


@dataclass(frozen=True)
class Shown:
    """A form as it looks now, with the answers for it."""

    look: Look
    answers: Answers
    untouched: frozenset[str] = frozenset()


def nothing() -> Shown:
    """What is sent where there is no form."""
    empty = Form("", {}, {})
    return Shown(Look(empty, empty, {}, {}), Answers())


def shown(
    work: Work,
    asked: Asked,
    values: Mapping[str, Any],
    language: str,
    draft: Mapping[str, Any] | None = None,
) -> Shown:
    """The form for somebody who comes to it; what of the `values` was typed says the `draft`, which
    is all of them where none is given."""
    if not asked.rules:
        return Shown(look_of(work, asked, {}), Answers(typed=dict(values)))
    typed = values if draft is None else draft
    typed = {name: value for name, value in typed.items() if value not in (None, "", [])}
    return _shown(work, asked, typed, language, _names(asked) - typed.keys())


def changed(work: Work, asked: Asked, posted: Any, language: str) -> Shown:
    """The form after an answer was changed on the page."""
    untouched = _not_seen(asked, posted) | _listed(posted, UNTOUCHED)
    return _shown(work, asked, posted, language, untouched)


def sent(
    work: Work, asked: Asked, posted: Any, reader: Reader, options: Options | None = None
) -> Shown:
    """The form as it was sent, with what is wrong; only what was asked is taken."""
    known = {name: [value for value, _ in listed] for name, listed in (options or {}).items()}
    frame = asked.asking.form
    answers = read_answers(frame.schema, frame.ui, posted, reader.language, options=known)
    if not asked.rules:
        return Shown(look_of(work, asked, answers.values), answers)
    untouched = frozenset(_not_seen(asked, posted))
    look = look_of(work, asked, answers.values, untouched)
    form = look.form
    answers = read_answers(form.schema, form.ui, posted, reader.language, options=known)
    for name in look.shown():
        if name in untouched and is_asked(field_ui(form.ui, name), answers.values):
            answers.errors[name] = reader.gettext(NEW)
            answers.typed[name] = look.answers.get(name)
    return Shown(look, answers, untouched)


def fields_of(
    page: Shown, language: str, *, options: Options | None = None, prefix: str = ""
) -> list[Field]:
    """The questions that are asked, for the page."""
    form, answers = page.look.form, page.answers
    made = build_fields(
        form.schema, form.ui, language, answers.typed, answers.errors,
        options=options, prefix=prefix,
    )  # fmt: skip
    return [_marked(one, page) for one in made] if page.look.asked_as else made


def _shown(
    work: Work, asked: Asked, posted: Any, language: str, untouched: AbstractSet[str]
) -> Shown:
    frame = asked.asking.form
    read = read_answers(frame.schema, frame.ui, posted, language)
    look = look_of(work, asked, read.values, untouched)
    typed = read.typed | {name: look.answers.get(name) for name in untouched}
    return Shown(look, Answers(read.values, {}, typed), frozenset(untouched))


def _names(asked: Asked) -> set[str]:
    return set(properties(asked.asking.form.schema))


def _not_seen(asked: Asked, posted: Any) -> set[str]:
    """What the page has not shown yet; whoever sends without a page has seen all."""
    seen = _listed(posted, SEEN)
    return _names(asked) - seen if seen else set()


def _listed(posted: Any, name: str) -> set[str]:
    return set(map(str, posted.getall(name)))


def _marked(field: Field, page: Shown) -> Field:
    """With what a script needs to see whether it has changed."""
    told = repr(replace(field, value=None, error="", prefix=""))
    loose = field.read_only or field.name in page.untouched
    return replace(
        field,
        tag=hashlib.blake2b(told.encode("utf-8", "replace"), digest_size=6).hexdigest(),
        suggested=repr(field.value) if loose else None,
    )
