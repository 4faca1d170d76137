"""SMS in over HTTP: signed messages become tickets, everything else is refused in JSON."""

from __future__ import annotations

import dataclasses
import gc
import json

import pytest

from engine.channels import sms
from engine.errors import Conflict
from engine.mail_door import deliver_spooled, spooled
from webapp.views.public import hooks

SECRET = "a secret of the provider"
TWILIO = "a token of twilio"


@pytest.fixture
def hook(web):
    settings = web.town.desk.settings
    web.town.desk.settings = dataclasses.replace(
        settings, sms_secret=SECRET, sms_twilio_token=TWILIO, base_url="https://desk.example"
    )
    return web


def signed(web, body: bytes, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    stamp = str(int(web.town.desk.clock().timestamp()) - age)
    return {
        sms.TIMESTAMP_HEADER: stamp,
        sms.SIGNATURE_HEADER: sms.sign(secret, stamp, body),
        "Content-Type": "application/json",
    }


MESSAGE = json.dumps({"id": "m1", "from": "+491701234567", "text": "VPN is down"}).encode()


def send(web, body: bytes = MESSAGE, status: int = 200, **more):
    return web.app.post("/hooks/sms", body, headers=signed(web, body, **more), status=status)


def test_a_signed_sms_is_a_ticket_once(hook) -> None:
    first, second = send(hook).json, send(hook).json
    assert (first["outcome"], second["outcome"]) == ("created", "duplicate")
    assert first["ticket"] == second["ticket"]


def test_wrong_secret_old_message_and_no_secret_are_refused(hook) -> None:
    assert send(hook, secret="other", status=403).json["error"]
    assert send(hook, age=3600, status=403).json["error"]
    hook.app.post("/hooks/sms", MESSAGE, status=403)
    hook.town.desk.settings = dataclasses.replace(hook.town.desk.settings, sms_secret="")
    assert send(hook, secret="", status=403).json["error"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_cannot_be_read_or_is_too_large_is_refused(hook) -> None:
    assert send(hook, b"[1", status=400).json["error"]
    assert send(hook, b"x" * 300_000, status=413).json["error"]
    gc.collect()  # the body lay in a temporary file that nobody closes


@pytest.mark.parametrize(("fault", "status"), [(ZeroDivisionError, 202), (Conflict, 503)])
def test_what_will_not_go_in_now_is_not_lost(hook, monkeypatch, fault, status) -> None:
    def broken(*_, **__):
        raise fault("no")

    settings = hook.town.desk.settings
    with monkeypatch.context() as patched:
        patched.setattr(hooks, "deliver", broken)
        assert send(hook, status=status).json
    assert len(spooled(settings)) == (status == 202)
    assert deliver_spooled(hook.town.desk) == (int(status == 202), 0)
    assert send(hook).json["outcome"] == ("duplicate" if status == 202 else "created")


def test_twilio_signs_form_and_address(hook) -> None:
    fields = [("From", "+491701234567"), ("Body", "Printer"), ("MessageSid", "SM1")]
    seal = sms.twilio_signature(TWILIO, "https://desk.example/hooks/sms/twilio", fields)
    good = {sms.TWILIO_HEADER: seal}
    assert hook.app.post("/hooks/sms/twilio", fields, headers=good).json["outcome"] == "created"
    changed = [*fields[:1], ("Body", "Other"), *fields[2:]]
    hook.app.post("/hooks/sms/twilio", changed, headers=good, status=403)
    assert hook.app.post("/hooks/sms/twilio", fields, status=403).json["error"]
