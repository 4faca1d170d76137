"""An outgoing mail as bytes: nobody's text can add a header or a recipient to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from engine.channels.addresses import is_address
from engine.channels.automatic import LOOP_HEADER
from engine.channels.characters import one_line, plain
from engine.channels.file_names import safe_name
from engine.channels.inbound import InboundFile
from engine.errors import Invalid

_POLICY = SMTP.clone(cte_type="7bit", max_line_length=76)
# The stdlib leaves a header's own line empty where its words just do not fit there, which some
# programs and filters take for an empty header. Longer lines are nothing to them.
_EMPTY = re.compile(rb"^([A-Za-z-]+:) ?\r\n[ \t]+(?=[^\s])", re.MULTILINE)
_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{3,250}>\Z")
_PLACE = re.compile(r"https?://[\x21-\x3b\x3d\x3f-\x7e]{3,900}\Z")
_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,80}\Z")


@dataclass(frozen=True)
class OutgoingMail:
    """A mail to send. `message_id` is given by the caller and stays the same on every try.

    `date` is timezone-aware. `bcc` reaches the envelope only. `automatic` marks what no person
    wrote (RFC 3834). `in_reply_to` and `references` are ids in angle brackets; odd ones are
    left out. Inline files (`inline`, `content_id`) belong to `html`. `unsubscribe` is the address
    that ends mails of this kind (RFC 2369), with one click where it is a safe one (RFC 8058).
    """

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    message_id: str
    date: datetime
    sender_name: str = ""
    to_name: str = ""  # shown beside the address when there is exactly one
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: str = ""
    html: str | None = None
    in_reply_to: str | None = None
    references: Sequence[str] = ()
    automatic: bool = False
    unsubscribe: str = ""
    files: Sequence[InboundFile] = ()

    @property
    def envelope(self) -> tuple[str, ...]:
        """Every address that gets the mail, each once."""
        return tuple(dict.fromkeys(map(checked_address, (*self.to, *self.cc, *self.bcc))))


def build_mail(mail: OutgoingMail) -> bytes:
    """The mail as bytes with CRLF line ends, 7-bit; raises `Invalid` for an unusable address,
    no recipient, or a Message-ID that is none."""
    if not mail.envelope:
        raise Invalid("The mail has no recipient.")
    if not _ID.match(mail.message_id):
        raise Invalid(f"{one_line(mail.message_id, 80)!r} is no Message-ID.")
    message = EmailMessage(policy=_POLICY)
    message["From"] = _address(mail.sender, mail.sender_name)
    name = mail.to_name if len(mail.to) == 1 else ""
    for header, addresses in (("To", mail.to), ("Cc", mail.cc)):
        if addresses:
            message[header] = [_address(one, name if header == "To" else "") for one in addresses]
    if mail.reply_to:
        message["Reply-To"] = _address(mail.reply_to)
    message["Subject"] = _unencoded(one_line(mail.subject, 500))
    message["Date"] = format_datetime(mail.date)
    if mail.automatic:
        message["Auto-Submitted"] = "auto-replied"
        message["X-Auto-Response-Suppress"] = "All"
        message["Precedence"] = "bulk"
        message[LOOP_HEADER] = "yes"
    _fill(message, mail)
    head, blank, rest = message.as_bytes().partition(b"\r\n\r\n")
    return _id_lines(mail) + _EMPTY.sub(rb"\1 ", head) + blank + rest


def checked_address(text: str) -> str:
    """One ASCII address (international domains as IDNA), or `Invalid`: M4, no second recipient."""
    text = text.strip()
    if is_address(text):
        local, _, domain = text.rpartition("@")
        try:
            ascii_domain = domain.encode("idna").decode("ascii")
            if local.isascii():
                return f"{local}@{ascii_domain}"
        except UnicodeError:
            pass
    raise Invalid(f"{one_line(text, 80)!r} is no address that mail can be sent to.")


def _address(address: str, name: str = "") -> Address:
    return Address(_unencoded(one_line(name, 100)), addr_spec=checked_address(address))


def _unencoded(text: str) -> str:
    """`text` without what looks like an encoded word: older Pythons decode it when they write a
    header, with the line ends in it (CVE-2024-6923)."""
    return text.replace("=?", "= ?")


def _id_lines(mail: OutgoingMail) -> bytes:
    """Ids and the way out, by hand: the stdlib would fold long ones into encoded words."""
    lines = [f"Message-ID: {mail.message_id}"]
    answered = mail.in_reply_to or ""
    if _ID.match(answered):
        lines.append(f"In-Reply-To: {answered}")
    chain = [*mail.references, *([answered] if answered else [])]
    chain = [one for one in dict.fromkeys(chain) if _ID.match(one)]
    if chain:
        chain = chain if len(chain) <= 20 else chain[:1] + chain[-19:]
        lines.append("References: " + "\r\n ".join(chain))
    if _PLACE.match(mail.unsubscribe):
        lines.append(f"List-Unsubscribe: <{mail.unsubscribe}>")
        if mail.unsubscribe.startswith("https:"):
            lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    return "".join(line + "\r\n" for line in lines).encode("ascii")


def _fill(message: EmailMessage, mail: OutgoingMail) -> None:
    message.set_content(plain(mail.text), charset="utf-8", cte="quoted-printable")
    page = None
    if mail.html is not None:
        message.add_alternative(plain(mail.html), "html", charset="utf-8", cte="quoted-printable")
        page = message.get_payload()[1]  # type: ignore[index]
    for file in mail.files:
        main, _, sub = _media_type(file.media_type).partition("/")
        name = safe_name(_unencoded(file.name))
        if file.inline and file.content_id and isinstance(page, EmailMessage):
            content_id = f"<{re.sub(r'[^A-Za-z0-9.@_+-]', '', file.content_id)[:200]}>"
            page.add_related(file.data, main, sub, cid=content_id, filename=name)
        else:
            message.add_attachment(file.data, main, sub, filename=name)


def _media_type(claimed: str) -> str:
    claimed = claimed.strip().lower()
    plain_file = _TYPE.match(claimed) and not claimed.startswith(("multipart/", "message/"))
    return claimed if plain_file else "application/octet-stream"
