"""Hands a finished mail to a mail server and says what a failure means for a retry."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from engine.channels.failures import Permanent, Temporary
from engine.channels.mail_out import checked_address
from engine.errors import Invalid

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class SmtpSettings:
    """Where mail goes out: `smtp://user:pass@host:587?starttls=1`, `smtps://host:465`,
    `smtp://localhost:25`. `ca=FILE` in the query trusts a company's own authority.

    `sender` is the envelope sender, `timeout` seconds for each network step. The url holds a
    password and stays out of repr.
    """

    url: str = field(repr=False)
    sender: str = ""
    timeout: float = 30.0


@dataclass(frozen=True)
class Refused:
    """Those who were refused beside others who got the mail, as {address: reason}."""

    never: dict[str, str] = field(default_factory=dict)
    later: dict[str, str] = field(default_factory=dict)  # 4xx: trying again may help


def send_smtp(settings: SmtpSettings, mail: bytes, recipients: Sequence[str]) -> Refused:
    """Deliver `mail` to `recipients`; returns those who were refused beside others.

    Raises `Temporary` when trying again may help (no connection, 4xx, wrong password, connection
    lost after DATA) and `Permanent` when the server refuses the mail or all recipients for good.
    """
    to = [checked_address(one) for one in recipients]
    if not to:
        raise Invalid("The mail has no recipient.")
    sender = checked_address(settings.sender) if settings.sender else ""
    try:
        with _connect(settings) as server:
            refused = server.sendmail(sender, to, mail)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        kind = Temporary if any(code < 500 for code in codes) else Permanent
        raise kind(f"Refused for every recipient: {_reasons(error.recipients)}") from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        kind = Permanent if error.smtp_code >= 500 else Temporary
        raise kind(_answer(error.smtp_code, error.smtp_error)) from error
    except smtplib.SMTPResponseException as error:  # greeting, TLS, login: ours to mend, mail waits
        raise Temporary(_answer(error.smtp_code, error.smtp_error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Temporary(f"The mail server cannot be used: {error}") from error
    said = {address: (code, _answer(code, text)) for address, (code, text) in refused.items()}
    return Refused(
        never={address: words for address, (code, words) in said.items() if code >= 500},
        later={address: words for address, (code, words) in said.items() if code < 500},
    )


def _connect(settings: SmtpSettings) -> smtplib.SMTP:
    """A connection that is encrypted, verified and logged in as the url says."""
    try:
        url = urlsplit(settings.url)
        host, port = url.hostname or "", url.port
    except ValueError as error:
        raise Invalid("The address of the mail server cannot be read.") from error
    if url.scheme not in ("smtp", "smtps") or not host:
        raise Invalid("The mail server must be given as smtp://host:port or smtps://host:port.")
    options = {key: values[-1] for key, values in parse_qs(url.query).items()}
    context = ssl.create_default_context(cafile=options.get("ca"))
    server: smtplib.SMTP
    if url.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, port or 465, timeout=settings.timeout, context=context)
    else:
        server = smtplib.SMTP(host, port or 25, timeout=settings.timeout)
    try:
        encrypted = url.scheme == "smtps"
        if options.get("starttls", "0") not in ("0", "no", "false"):
            server.starttls(context=context)
            encrypted = True
        if url.username:
            if not encrypted and host not in _LOOPBACK:
                raise Invalid("A password is only sent encrypted: add ?starttls=1 or use smtps.")
            server.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _answer(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{code} {' '.join(words.split())[:300]}"


def _reasons(refused: dict[str, tuple[int, bytes]]) -> str:
    return "; ".join(f"{to}: {_answer(*answer)}" for to, answer in list(refused.items())[:10])
