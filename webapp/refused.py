"""What is refused leaves nothing behind; here that is a rule and no matter of each view.

An answer of 4xx or 5xx commits nothing, whether its view has raised or drawn a page of its own. A
view that draws one lets what a command had written be undone first, so that the page shows what
stands. What has to outlast a refusal says so: a wrong password is counted.
"""

from __future__ import annotations

from pyramid.request import Request
from pyramid.response import Response

from engine.errors import Conflict, NotAllowed, NotFound, VorgangError
from engine.work import drop_changes

STATUS = {NotFound: 404, NotAllowed: 403, Conflict: 409}
_STANDS = "vorgang.stands"  # key in the request's environ


def nothing_stays(request: Request, response: Response) -> bool:
    """Whether this request commits nothing; asked by pyramid_tm before it commits."""
    raised = getattr(request, "exc_info", None) is not None
    return (raised or response.status_int >= 400) and _STANDS not in request.environ


def refuse(request: Request, error: VorgangError) -> int:
    """Undo all that this request has written so far, for good; returns the status to answer with.

    What was loaded before is loaded anew as it stands.
    """
    request.tm.doom()
    drop_changes(request.db)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 422)
    request.response.status_int = status
    return status


def stands(request: Request) -> None:
    """Commit what was written although the answer is a refusal."""
    request.environ[_STANDS] = True
