"""One table of moments at which something is due, whatever it is."""
