"""Who or what changed which ticket, and why."""
