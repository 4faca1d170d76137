"""Forms described by JSON Schema: shown as fields, read back as typed answers."""
