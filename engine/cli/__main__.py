"""`python -m engine.cli`, which the supervisor starts its children with."""

from engine.cli import main

main()
