"""Whom the desk tells what: recipients and the texts of its own messages."""
