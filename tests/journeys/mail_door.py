"""Many `vorgang mail deliver` at little cost: imported once, then a process of its own per mail.

Reads paths from standard input; prints `pid N` when a process takes a mail and `code N path` when
it has ended (negative: killed). Each process is what the mail server's pipe would start.
"""

from __future__ import annotations

import os
import sys

import engine.commands.intake
import engine.desk
import engine.mail_door  # noqa: F401 - all of them are imported to be there already in the fork
from engine.cli.run import run


def deliver(path: str) -> int:
    """Run the command with the file as its standard input and say how it ended."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(path, os.O_RDONLY), 0)
        os.dup2(os.open(f"{path}.receipt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
        code = run(["mail", "deliver"])
        sys.stdout.flush()
        os._exit(code)
    print(f"pid {child}", flush=True)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    for line in sys.stdin:
        name = line.rstrip("\n")
        print(f"code {deliver(name)} {name}", flush=True)
