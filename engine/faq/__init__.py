"""Questions and answers that save a ticket."""
