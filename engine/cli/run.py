"""Runs the command line and turns every error into one sentence and an exit code."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence

import click

from engine.cli import codes
from engine.cli.group import vorgang
from engine.errors import Conflict, Invalid, Unavailable, VorgangError

log = logging.getLogger(__name__)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code and never raises."""
    try:
        result = vorgang.main(args=arguments, prog_name="vorgang", standalone_mode=False)
        return result if isinstance(result, int) else codes.OK
    except click.exceptions.Exit as error:
        return int(error.exit_code)
    except click.Abort:
        return codes.INTERRUPTED
    except click.UsageError as error:
        error.show()
        return codes.UNREADABLE
    except click.ClickException as error:
        return _say(error.format_message(), codes.UNREADABLE)
    except VorgangError as error:
        return _known(error)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return codes.OK
    except KeyboardInterrupt:
        return codes.INTERRUPTED
    except Exception as error:
        log.exception("the command %s failed", " ".join(sys.argv[1:3]))
        kind = type(error).__name__
        return _say(
            f"Something went wrong in Vorgang itself ({kind}). The log says more.", codes.DEFECT
        )


def _known(error: VorgangError) -> int:
    if isinstance(error, Invalid):
        for problem in error.problems:
            place = ":".join(str(p) for p in (problem.element, problem.line) if p is not None)
            print(
                f"  {problem.severity} {place} {problem.message} {problem.mend}".rstrip(),
                file=sys.stderr,
            )
        for field, wrong in error.fields.items():
            print(f"  {field}: {wrong}", file=sys.stderr)
    temporary = isinstance(error, Unavailable | Conflict)
    return _say(error.message, codes.TEMPORARY if temporary else codes.PROBLEMS)


def _say(sentence: str, code: int) -> int:
    print(f"vorgang: {sentence}", file=sys.stderr)
    return code
