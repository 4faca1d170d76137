"""A mail's bytes become an Inbound, whatever they are; nothing that was received is ever lost."""

from __future__ import annotations

import logging
from collections.abc import Collection

from engine.channels.addresses import addresses_in
from engine.channels.automatic import (
    failed_addresses,
    is_automatic,
    is_bounce,
    is_machine,
    is_robot,
    original_id,
)
from engine.channels.characters import to_text
from engine.channels.clean import html_of, text_of
from engine.channels.file_names import name_for, safe_name
from engine.channels.headers import Headers, date_in, ids_in
from engine.channels.inbound import Inbound, InboundFile, digest_id
from engine.channels.limits import DEFAULT_LIMITS, Limits
from engine.channels.mail_parts import Part, PartReader

log = logging.getLogger(__name__)

STEERING = ("x-vorgang-", "x-otrs-")  # headers by which a trusted filter steers a new ticket
_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "x-envelope-to")


def parse_mail(
    raw: bytes,
    limits: Limits = DEFAULT_LIMITS,
    *,
    trusted: bool = False,
    own_domains: Collection[str] = (),
    missing: str = "",
) -> Inbound:
    """The mail in `raw` (RFC 5322 with MIME, or anything else) as an Inbound; never raises.

    `trusted` is said by the mail account, never by the mail: only then `headers` is filled.
    `missing` says in a sentence why only the header of the mail came and where the rest lies.
    `own_domains`: right sides of our own Message-IDs; a mail that bears one is our own, come back.
    """
    try:
        mail = _parse(raw, limits, trusted, own_domains, missing)
    except Exception:  # whatever a stranger found: the message itself must survive
        log.exception("a mail could not be read and is kept as it came")
        mail = _unreadable(raw, "This message could not be read; the original is attached.")
    mail.arrival = {"trusted": True} if trusted else {}
    if missing:
        mail.arrival["missing"] = missing
    return mail


def _parse(
    raw: bytes, limits: Limits, trusted: bool, own: Collection[str], missing: str
) -> Inbound:
    lines = raw
    if b"\n" not in raw[: limits.header_bytes] and b"\r" in raw[: limits.header_bytes]:
        lines = raw.replace(b"\r", b"\n")
    whole = len(lines) <= limits.mail_bytes and not missing
    reader = PartReader(lines if whole else lines[: limits.header_bytes], limits)
    headers = reader.headers
    if not any(name in headers for name in ("from", "to", "subject", "date", "received")):
        return _unreadable(raw, "This is no mail; the original is attached.")
    mail = _envelope(raw, headers, limits)
    if whole:
        leaves = list(reader.leaves())
        _contents(mail, leaves, limits)
        mail.bounce = is_bounce(headers, mail.sender, leaves)
        if mail.bounce:
            mail.original_id = original_id(leaves, limits)
            mail.failed = failed_addresses(headers, leaves, limits)
    else:
        mail.problems.append(
            missing
            or f"The mail has {len(raw)} bytes, more than {limits.mail_bytes}: only its header was"
            " read, the original is kept."
        )
    # A form that writes for somebody is no robot: an answer goes to whom it names.
    wrote = mail.reply_to if mail.on_behalf else mail.sender
    mail.machine = mail.bounce or is_machine(headers, wrote)
    mail.automatic = mail.machine or is_automatic(headers, wrote) or _is_ours(mail, own)
    if mail.original_id and mail.original_id not in mail.references:
        mail.references.append(mail.original_id)
    if trusted:
        mail.headers = _steering(headers)
    mail.problems += reader.problems
    return mail


def _envelope(raw: bytes, headers: Headers, limits: Limits) -> Inbound:
    ids = ids_in(headers.raw("message-id"), 1)
    mail = Inbound("email", ids[0] if ids else digest_id(raw), raw=raw)
    authors = addresses_in(headers.raw("from"), 1) or addresses_in(headers.raw("sender"), 1)
    if authors:
        mail.sender_name, mail.sender = authors[0]
    else:
        mail.problems.append("The mail names no usable sender.")
    answers = addresses_in(headers.raw("reply-to"), 1)
    mail.reply_to_name, mail.reply_to = answers[0] if answers else ("", "")
    mail.on_behalf = is_robot(mail.sender) and bool(answers) and not is_robot(mail.reply_to)
    for name in _RECIPIENTS:
        for value in headers.all(name):
            for _, address in addresses_in(value, limits.recipients + 1):
                if address not in mail.recipients:
                    mail.recipients.append(address)
    if len(mail.recipients) > limits.recipients:
        del mail.recipients[limits.recipients :]
        mail.problems.append(f"Only the first {limits.recipients} recipients were read.")
    mail.subject = headers.text("subject")[: limits.subject_chars].rstrip()
    mail.sent_at = date_in(headers.raw("date"))
    if mail.sent_at is None and "date" in headers:
        mail.problems.append("The date of the mail makes no sense.")
    answered = ids_in(headers.raw("in-reply-to"), 1)
    mail.in_reply_to = answered[0] if answered else None
    mail.references = ids_in(" ".join(headers.all("references")), limits.references)
    return mail


def _contents(mail: Inbound, leaves: list[Part], limits: Limits) -> None:
    texts: list[str] = []
    pages: list[str] = []
    for number, part in enumerate(leaves, 1):
        if part.media_type in ("text/plain", "text/html") and not part.attached:
            _body(mail, part, texts, pages, limits)
        elif len(mail.files) < limits.files:
            mail.files.append(_file(part, number, limits))
        else:
            _once(mail, f"Only the first {limits.files} files were taken out of the mail.")
        mail.protection = mail.protection or _protection(part)
    mail.html = "<br>\n".join(pages) or None
    mail.text = "\n\n".join(texts).strip("\n")
    if not mail.text and mail.html:
        mail.text = text_of(mail.html, limits)


def _body(mail: Inbound, part: Part, texts: list[str], pages: list[str], limits: Limits) -> None:
    page = part.media_type == "text/html"
    limit = limits.html_chars if page else limits.text_chars
    used = sum(map(len, pages if page else texts))
    text = to_text(part.body(), part.charset)
    if used + len(text) > limit:
        text = text[: max(limit - used, 0)]
        _once(mail, "The text is too long; what is missing is in the original.")
    if not text.strip():
        return
    # Said once more outside of an alternative, a text belongs to both forms (a list's footer).
    if not page and pages and not part.alternative:
        pages.append(html_of(text))
    if page and texts and not part.alternative:
        texts.append(text_of(text, limits))
        if not pages:
            pages.append(html_of("\n\n".join(texts[:-1])))
    (pages if page else texts).append(text)


def _file(part: Part, number: int, limits: Limits) -> InboundFile:
    name = part.file_name(limits.name_chars)
    if not name and part.media_type == "message/rfc822":
        head = part.body()[: limits.header_bytes]
        subject = PartReader(head, limits).headers.text("subject")
        name = safe_name(subject, "message", limits.name_chars - 4) + ".eml"
    return InboundFile(
        name or name_for(part.media_type, number),
        part.media_type,
        part.body(),
        part.content_id,
        part.content_id is not None and part.content.get_content_disposition() != "attachment",
    )


def _protection(part: Part) -> str:
    """What claims to be signed or encrypted is flagged; nothing here verifies or opens it."""
    kind = part.main.message().get_content_type()
    if "encrypted" in kind or part.media_type == "application/pgp-encrypted":
        return "encrypted"
    if part.media_type.endswith("pkcs7-mime"):
        opaque = part.content.get_param("smime-type") == "signed-data"
        return "signed" if opaque else "encrypted"
    signature = part.media_type.endswith(("pkcs7-signature", "pgp-signature"))
    return "signed" if signature or kind == "multipart/signed" else ""


def _is_ours(mail: Inbound, own_domains: Collection[str]) -> bool:
    domain = mail.external_id.rstrip(">").rpartition("@")[2].lower()
    return bool(domain) and domain in {one.lower() for one in own_domains}


def _steering(headers: Headers) -> dict[str, str]:
    """`queue`, `priority`, `ignore` … from the headers of a trusted account, lower case."""
    found: dict[str, str] = {}
    for name in headers.names():
        for prefix in STEERING:
            if name.startswith(prefix) and not name.endswith("-loop"):
                found.setdefault(name.removeprefix(prefix), headers.text(name)[:1_000])
    return found


def _once(mail: Inbound, problem: str) -> None:
    if problem not in mail.problems:
        mail.problems.append(problem)


def _unreadable(raw: bytes, problem: str) -> Inbound:
    """The last resort: no sender, no text, but the bytes as a file and one plain sentence."""
    return Inbound(
        "email",
        digest_id(raw),
        files=[InboundFile("original.eml", "application/octet-stream", raw)],
        raw=raw,
        automatic=True,
        problems=[problem],
        unreadable=True,
    )
