"""Pages for process owners and admins."""
