"""What templates are given: small values in the reader's words, so that templates only show."""
