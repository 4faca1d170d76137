"""Promises in working time: calendars and the targets measured by them."""
