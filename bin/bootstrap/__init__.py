"""What `make` does before Vorgang itself can run: standard library only, Python 3.8 or newer."""
