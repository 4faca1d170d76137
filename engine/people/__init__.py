"""Persons, organisations, groups and how somebody proves who they are."""
