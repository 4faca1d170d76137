"""What somebody had typed when the desk could not take it: shown again, and sent again on a click.

It lives in the answer alone, nowhere on the server. A form carries the mark of the person for whom
it was made; what bears no mark, or somebody else's, is neither shown nor offered to be sent.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from engine.people.models import Person
from webapp.security import safe_next

MARK = "writer"
LONGEST = 200_000  # characters of all fields together
MOST = 300
NEVER = re.compile(r"passw|current|secret|csrf_token|^writer$", re.IGNORECASE)
SHORT = frozenset(("title", "body", "subject", "reason", "name", "add", "to", "cc", "address"))


@dataclass(frozen=True)
class Kept:
    """The fields of a form, the names of its files, and where it was sent."""

    path: str
    writer: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]  # field and the file's own name

    @property
    def words(self) -> str:
        """What a person wrote, to be read and copied; choices and numbers are no words."""
        return words_of(self.fields)

    @property
    def file_fields(self) -> list[str]:
        """The questions for which files have to be chosen again."""
        return list(dict.fromkeys(name for name, _ in self.files))

    def as_text(self) -> str:
        """As the login form carries it."""
        return json.dumps([self.path, self.writer, self.fields, self.files], ensure_ascii=False)


def mark_of(request: Request, person: Person | None) -> str:
    """An opaque name for a person, the same for as long as the desk keeps its secret."""
    if person is None:
        return ""
    key = request.desk.settings.secret.encode()
    return hmac.new(key, f"writer {person.id}".encode(), hashlib.sha256).hexdigest()[:20]


def words_of(fields: Iterable[tuple[str, Any]]) -> str:
    """The words among the fields of a form, as one text."""
    said = [(n, v.strip()) for n, v in fields if isinstance(v, str) and not NEVER.search(n)]
    texts = [v for n, v in said if v and (n in SHORT or re.search(r"\S\s+\S", v))]
    return "\n\n".join(texts)[:LONGEST]


def kept(request: Request) -> Kept | None:
    """What a form of ours has sent just now, or None where it was no such form or is too much."""
    if request.method != "POST" or request.headers.get("Sec-Fetch-Site") == "cross-site":
        return None
    try:
        sent = list(request.POST.items())
        path = request.path_qs
    except Exception:  # a body that broke off, or is none
        return None
    texts = [(n, v.replace("\x00", "")) for n, v in sent if isinstance(v, str)]
    files = [(n, v.filename[:200]) for n, v in sent if getattr(v, "filename", "")]
    return _bounded(request, path, dict(texts).get(MARK, ""), texts, files)


def carried(request: Request, text: str) -> Kept | None:
    """What the login form carries, looked at as if a stranger had written it."""
    try:
        path, writer, fields, files = json.loads(text[: LONGEST * 7])
        texts = [(str(n), str(v)) for n, v in fields]
        return _bounded(
            request, str(path), str(writer), texts, [(str(n), str(v)) for n, v in files]
        )
    except (ValueError, TypeError, RecursionError):
        return None


def mine(request: Request, found: Kept | None, person: Person | None) -> Kept | None:
    """The same, if this person's form it was."""
    mark = mark_of(request, person)
    same = found is not None and mark and hmac.compare_digest(found.writer.encode(), mark.encode())
    return found if same else None


def _bounded(
    request: Request,
    path: str,
    writer: str,
    texts: Iterable[tuple[str, str]],
    files: Iterable[tuple[str, str]],
) -> Kept | None:
    fields = tuple((n[:200], v) for n, v in texts if not NEVER.search(n))
    size = sum(len(value) for _, value in fields)
    if not writer or not path or len(fields) > MOST or size > LONGEST:
        return None
    if safe_next(request, path) != path:
        return None
    return Kept(path, writer[:40], fields, tuple(files)[:20])
