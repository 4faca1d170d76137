"""For whom an offer of the service catalogue can be."""

AUDIENCES = ("internal", "external", "public")
