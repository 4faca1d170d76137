"""Pages for people who are not logged in yet, and addresses that machines call."""
