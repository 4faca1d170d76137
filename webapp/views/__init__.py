"""Pages: each view reads the request, asks a query or runs a command, and shows the result."""
