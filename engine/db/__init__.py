"""Ground: tables' common base, column types and how a session is opened."""
