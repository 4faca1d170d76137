#!/usr/bin/env python3
"""Entry of `make`: written so that even an unfitting Python can read it and say what is needed."""

import sys

if sys.version_info < (3, 8):
    sys.stderr.write(
        "Vorgang needs Python 3.11, 3.12 or 3.13; this is %d.%d (%s).\n"
        "Name a fitting one: make run PYTHON=/path/to/python3.12\n"
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )
    sys.exit(1)

sys.dont_write_bytecode = True  # the checkout may belong to somebody else

from bootstrap.main import main  # noqa: E402

sys.exit(main(sys.argv[1:]))
