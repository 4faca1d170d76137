"""The FAQ index as the service desk sees it: put texts in, ask, and know whether to trust it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from whoosh.query import Query

from search import query, words
from search.document import Document, Hit
from search.excerpt import excerpt, resembles
from search.schema import fields_of
from search.store import IndexBusyError, Store

log = logging.getLogger(__name__)

MOST_HITS = 50
CANDIDATES = 40  # of each ranking; what lies behind them is no answer


class Index:
    """A search index in a directory. It is a cache: the database can fill it anew at any time.

    Reading never raises on damaged files: it answers nothing, and `healthy()` turns False until
    `replace_all`. Writing raises IndexBusyError when the one writer's place stays taken.
    """

    def __init__(self, path: Path, *, timeout: float = 10.0) -> None:
        """`timeout`: seconds to wait for another writer. Nothing is touched before first use."""
        self._store = Store(Path(path), timeout)

    def put(self, documents: Iterable[Document]) -> None:
        """Adds documents; one with the same key and language takes the place of the old one."""
        fresh = [fields_of(document) for document in _last(documents)]
        if fresh:
            with self._store.writer() as writer:
                for fields in fresh:
                    writer.update_document(**fields)

    def remove(self, keys: Iterable[str]) -> None:
        """Removes the documents of these keys in all languages; unknown keys are no error."""
        gone = sorted(set(keys))
        if gone:
            with self._store.writer() as writer:
                for key in gone:
                    writer.delete_by_term("key", key)

    def replace_all(self, documents: Iterable[Document]) -> None:
        """Exactly these documents, in one step: readers see the old ones until the new are in."""
        fresh = [fields_of(document) for document in _last(documents)]
        with self._store.writer(clear=True) as writer:
            for fields in fresh:
                writer.add_document(**fields)

    def find(
        self, text: str, *, audiences: Collection[str], language: str | None, limit: int = 10
    ) -> list[Hit]:
        """The best answers to what somebody typed, each key once, best first.

        Only documents of the named audiences are ranked at all. `language` None asks in every
        language. A text without words, or no audience, gives no hits.
        """
        question = query.read(text, language)
        wanted = max(1, min(limit, MOST_HITS))
        if not question or not audiences or not self._store.ours():
            return []
        allowed = query.readable(audiences, language)
        try:
            rows = self._store.read(lambda searcher: _ranked(searcher, question, allowed))
        except Exception:  # damaged files raise anything
            log.exception("the search index could not be read")
            self._mend()
            return []
        return [_hit(row, score, question) for row, score in rows[:wanted]]

    def healthy(self) -> bool:
        """True when everything is in the index and it opens; else ask the database and rebuild."""
        if not self._store.complete():
            return False
        try:
            self._store.read(lambda searcher: searcher.doc_count())
        except Exception:  # damaged files raise anything
            self._mend()
            return False
        return True

    def count(self) -> int:
        """How many texts there are, of all audiences: for operators, never for readers."""
        try:
            return int(self._store.read(lambda searcher: searcher.doc_count()))
        except Exception:  # damaged files raise anything
            return 0

    def _mend(self) -> None:
        try:
            self._store.mend()
        except IndexBusyError:
            log.warning("the search index is damaged and being written; left to the next reader")


def _last(documents: Iterable[Document]) -> list[Document]:
    return list({(each.key, each.language): each for each in documents}.values())


def _ranked(
    searcher: Any, question: query.Question, allowed: Query
) -> list[tuple[dict[str, str], float]]:
    """Stored fields and score of the best text of each key: two rankings, normalised, summed."""
    scores = _scores(searcher, query.by_words(question, searcher.reader()), allowed)
    for number, score in _scores(searcher, query.by_grams(question), allowed).items():
        if number in scores or _alike(searcher.stored_fields(number), question):
            scores[number] = scores.get(number, 0.0) + score
    best: dict[str, tuple[dict[str, str], float]] = {}
    for number, score in scores.items():
        row = searcher.stored_fields(number)
        if row["key"] not in best or best[row["key"]][1] < score:
            best[row["key"]] = (row, score)
    return sorted(best.values(), key=lambda found: (-found[1], found[0]["key"]))


def _scores(searcher: Any, asked: Query, allowed: Query) -> dict[int, float]:
    found = searcher.search(asked, filter=allowed, limit=CANDIDATES)
    highest = max((hit.score for hit in found), default=0.0)
    return {hit.docnum: hit.score / highest for hit in found if highest > 0}


def _alike(row: dict[str, str], question: query.Question) -> bool:
    """A few runs of letters are everywhere; one word must really look like one that was asked."""
    text = " ".join((row["title"], row["extra"], row["body"]))
    return any(resembles(word, question) for word in {each.text for each in words.words(text)})


def _hit(row: dict[str, str], score: float, question: query.Question) -> Hit:
    piece = excerpt(row["body"], question)
    return Hit(row["key"], row["language"], row["title"], piece, round(score, 4))
