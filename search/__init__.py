"""Full-text search over plain documents; the only place that knows Whoosh."""

from search.document import AUDIENCES, Document, Hit
from search.index import Index
from search.store import IndexBusyError

__all__ = ["AUDIENCES", "Document", "Hit", "Index", "IndexBusyError"]
