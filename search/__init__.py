"""Full-text search over plain documents; the only place that knows Whoosh."""
