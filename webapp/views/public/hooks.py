"""SMS providers call here: what is not signed is refused, what is signed is taken in like mail."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from pyramid.request import Request
from pyramid.response import Response
from pyramid.security import NO_PERMISSION_REQUIRED
from pyramid.view import view_config

from engine.channels import sms
from engine.channels.inbound import Inbound
from engine.channels.limits import DEFAULT_LIMITS
from engine.commands.intake import deliver
from engine.errors import Conflict, Invalid, NotAllowed, Unavailable
from engine.mail_door import spool

log = logging.getLogger(__name__)
View = Callable[[Request], Inbound]


def machine(read: View) -> Callable[[Request], Response]:
    """Answer in JSON: 403 for a wrong signature, 413 and 400 for what cannot be read.

    What was read and cannot be delivered, now or ever, lies in the spool when 202 is answered.
    """

    @wraps(read)
    def view(request: Request) -> Response:
        if (request.content_length or 0) > DEFAULT_LIMITS.webhook_bytes:
            return _said(413, {"error": "The message is too large."})
        try:
            inbound = read(request)
        except NotAllowed as error:
            return _said(403, {"error": error.message})
        except Invalid as error:
            return _said(400, {"error": error.message})
        return _taken(request, inbound)

    return view


@view_config(
    route_name="hooks.sms",
    request_method="POST",
    permission=NO_PERMISSION_REQUIRED,
    require_csrf=False,
)
@machine
def sms_hook(request: Request) -> Inbound:
    """Our own webhook: JSON, signed together with its time."""
    settings = request.desk.settings
    stamp = request.headers.get(sms.TIMESTAMP_HEADER, "")
    signature = request.headers.get(sms.SIGNATURE_HEADER, "")
    sms.verify(settings.sms_secret, stamp, signature, request.body, request.desk.clock())
    return sms.parse_webhook(request.body, country=settings.sms_country)


@view_config(
    route_name="hooks.sms_twilio",
    request_method="POST",
    permission=NO_PERMISSION_REQUIRED,
    require_csrf=False,
)
@machine
def twilio_hook(request: Request) -> Inbound:
    """Twilio's form; the address that it signs is the one under which the public reaches us."""
    settings = request.desk.settings
    fields = sms.twilio_fields(request.body)
    address = settings.base_url.rstrip("/") + request.path_qs
    signature = request.headers.get(sms.TWILIO_HEADER, "")
    sms.verify_twilio(settings.sms_twilio_token, address, fields, signature)
    return sms.parse_twilio(fields, request.body, country=settings.sms_country)


def _taken(request: Request, inbound: Inbound) -> Response:
    try:
        return _said(200, deliver(request.desk, inbound).as_dict())
    except (Unavailable, Conflict) as error:
        return _said(503, {"error": error.message})
    except Exception:  # providers do not call for ever: what is not kept here is lost
        log.exception("a message could not be delivered and goes to the spool")
        settings, raw = request.desk.settings, inbound.raw
        spool(settings, raw, ".sms.json", channel=inbound.channel, arrival=inbound.arrival)
        return _said(202, {"outcome": "spooled", "ticket": None, "article": None, "reason": ""})


def _said(status: int, body: dict[str, Any]) -> Response:
    return Response(json_body=body, status=status)
