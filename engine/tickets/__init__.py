"""Tickets, their articles, their place in a process, and who may see them."""
