"""What templates are given: small values, said in the reader's words, so that templates only show."""
