"""The service desk: every change to a ticket happens in here, and no HTTP does."""
