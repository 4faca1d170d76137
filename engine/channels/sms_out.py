"""SMS out: one HTTP request to a provider, to no address that the operator did not mean."""

from __future__ import annotations

import base64
import http.client
import ipaddress
import json
import socket
import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote, urlencode, urlsplit

from engine.channels.characters import one_line, plain
from engine.channels.failures import Permanent, Temporary
from engine.channels.phone import normalise_number
from engine.errors import Invalid

_ANSWER_BYTES = 64 * 1024
_TRY_AGAIN = {408, 409, 425, 429}


@dataclass(frozen=True)
class SmsProvider:
    """Where SMS go out. `kind` is `json` (POST {"id","from","to","text"}) or `twilio` (its form).

    `url` may carry user and password (basic login); `token` is sent as bearer otherwise.
    `allow_inside` permits http and addresses of one's own network, for a gateway in the house.
    """

    url: str = field(repr=False)
    sender: str
    kind: str = "json"
    token: str = field(default="", repr=False)
    timeout: float = 15.0
    allow_inside: bool = False
    country: str = "+49"


def send_sms(provider: SmsProvider, to: str, text: str, key: str) -> str:
    """Send `text` to number `to`; returns the provider's id of the message or an empty string.

    `key` is the same on every try (Idempotency-Key). Raises `Temporary`, `Permanent`, or
    `Invalid` for a bad number or setting. Redirects are not followed.
    """
    try:
        url = urlsplit(provider.url)
        port = url.port
    except ValueError as error:
        raise Invalid("The address of the SMS provider cannot be read.") from error
    schemes = ("https", "http") if provider.allow_inside else ("https",)
    if url.scheme not in schemes or not url.hostname:
        raise Invalid("The SMS provider must be given as https://host/path.")
    number = normalise_number(to, provider.country)
    kind, body = _body(provider, number, plain(text), key)
    headers = {"Content-Type": kind, "Idempotency-Key": one_line(key, 200), "Accept": "*/*"}
    if url.username:
        login = f"{unquote(url.username)}:{unquote(url.password or '')}".encode()
        headers["Authorization"] = "Basic " + base64.b64encode(login).decode("ascii")
    elif provider.token:
        headers["Authorization"] = f"Bearer {one_line(provider.token)}"
    connection = _Connection(provider, url.scheme == "https", url.hostname, port)
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return _result(answer.status, answer.read(_ANSWER_BYTES))
    except (OSError, http.client.HTTPException) as error:
        raise Temporary(f"The SMS provider cannot be reached: {error}") from error
    finally:
        connection.close()


def _body(provider: SmsProvider, to: str, text: str, key: str) -> tuple[str, bytes]:
    if provider.kind == "twilio":
        form = {"From": provider.sender, "To": to, "Body": text}
        return "application/x-www-form-urlencoded", urlencode(form).encode()
    if provider.kind == "json":
        data = {"id": key, "from": provider.sender, "to": to, "text": text}
        return "application/json", json.dumps(data).encode()
    raise Invalid(f"Unknown kind of SMS provider: {provider.kind!r}.")


def _result(status: int, answer: bytes) -> str:
    if 200 <= status < 300:
        try:
            data = json.loads(answer)
        except (ValueError, RecursionError):
            return ""
        found = (data.get("sid") or data.get("id") or "") if isinstance(data, dict) else ""
        return one_line(str(found), 200)
    words = one_line(answer.decode("utf-8", "replace"), 200)
    if status >= 500 or status in _TRY_AGAIN:
        raise Temporary(f"The SMS provider answered {status}: {words}")
    if 300 <= status < 400:
        raise Permanent(f"The SMS provider answered with a redirect ({status}); set its address.")
    raise Permanent(f"The SMS provider refused the message ({status}): {words}")


class _Connection(http.client.HTTPConnection):
    """Connects to the very address that was checked, so that no second lookup can differ."""

    def __init__(self, provider: SmsProvider, tls: bool, host: str, port: int | None) -> None:
        super().__init__(host, port or (443 if tls else 80), timeout=provider.timeout)
        self._inside = provider.allow_inside
        self._context = ssl.create_default_context() if tls else None

    def connect(self) -> None:
        """Resolve, check and connect; TLS is verified against the name, not the address."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        address = found[0][4][0]
        if not self._inside and not ipaddress.ip_address(str(address).split("%")[0]).is_global:
            raise Permanent("The SMS provider's address lies inside; allow it in the settings.")
        self.sock = socket.create_connection((str(address), self.port), self.timeout)
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)
