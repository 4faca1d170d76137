"""A mailbox as a queue: a mail leaves it only when the caller says that it is stored."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from engine.channels.limits import DEFAULT_LIMITS, Limits
from engine.errors import Invalid, Unavailable


@dataclass(frozen=True)
class Uid:
    """One mail in one life of the folder (`validity`); `complete` False: only its header came."""

    validity: int
    number: int
    size: int
    complete: bool = True


class Mailbox:
    """`imaps://user:pass@host:993/INBOX?done=Archive` (or `done=delete`, the default).

    Plain `imap://` needs `?starttls=1` beyond the loopback address; `ca=FILE` trusts a company's
    own authority. Everything that the network can do raises `Unavailable`; the next call
    connects anew. Not for use by two threads at once.
    """

    def __init__(self, url: str, limits: Limits = DEFAULT_LIMITS, timeout: float = 60.0) -> None:
        try:
            self._url = urlsplit(url)
            self._port = self._url.port
        except ValueError as error:
            raise Invalid("The address of the mailbox cannot be read.") from error
        if self._url.scheme not in ("imap", "imaps") or not self._url.hostname:
            raise Invalid("The mailbox must be given as imaps://user:password@host/FOLDER.")
        self._options = {key: values[-1] for key, values in parse_qs(self._url.query).items()}
        if not (self._encrypted or self._url.hostname in ("localhost", "127.0.0.1", "::1")):
            raise Invalid("The mailbox password is only sent encrypted: imaps or ?starttls=1.")
        self.folder = unquote(self._url.path.strip("/")) or "INBOX"
        self.done_folder = self._options.get("done", "delete")
        self.oversize_folder = self._options.get("oversize", "Oversize")
        self._limits = limits
        self._timeout = timeout
        self._client: IMAPClient | None = None
        self._validity = 0

    def __enter__(self) -> Mailbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fetch(self) -> Iterator[tuple[Uid, bytes]]:
        """Each mail that is not done, oldest first, one in memory at a time, left unseen.

        Whether somebody read it elsewhere does not matter: what lies in the folder is undone.
        Of a mail beyond the limit only the header comes (`Uid.complete` False).
        """
        with self._guard() as client:
            waiting = sorted(client.search(["NOT", "DELETED"]))
            validity = self._validity
        for number in waiting:
            with self._guard() as client:
                if self._validity != validity:
                    return  # another life of the folder: these numbers mean other mails now
                found = client.fetch([number], ["RFC822.SIZE"]).get(number)
                if not found:
                    continue  # taken away meanwhile
                size = int(found[b"RFC822.SIZE"])
                complete = size <= self._limits.mail_bytes
                what = "BODY.PEEK[]" if complete else "BODY.PEEK[HEADER]"
                answer = client.fetch([number], [what]).get(number, {})
                raw = answer.get(what.replace(".PEEK", "").encode())
            if raw is not None:
                yield Uid(validity, number, size, complete), bytes(raw)

    def done(self, uid: Uid) -> None:
        """The mail is safely stored: take it out of the folder. Calling twice does no harm.

        A mail that did not come whole is never deleted but moved to the oversize folder.
        """
        with self._guard() as client:
            if self._validity != uid.validity:
                raise Unavailable("The mailbox was rebuilt meanwhile; its mails are read again.")
            if not client.search(["UID", str(uid.number), "NOT", "DELETED"]):
                return
            folder = self.done_folder if uid.complete else self.oversize_folder
            if folder != "delete":
                if not client.folder_exists(folder):
                    client.create_folder(folder)
                if client.has_capability("MOVE"):
                    client.move([uid.number], folder)
                    return
                client.copy([uid.number], folder)
            client.add_flags([uid.number], [b"\\Deleted"])
            if client.has_capability("UIDPLUS"):
                client.uid_expunge([uid.number])
            else:
                client.expunge()

    def close(self) -> None:
        """End the connection; never raises."""
        client, self._client = self._client, None
        if client is not None:
            try:
                client.logout()
            except (IMAPClientError, OSError):
                return

    @property
    def _encrypted(self) -> bool:
        starttls = self._options.get("starttls", "0") not in ("0", "no", "false")
        return self._url.scheme == "imaps" or starttls

    @contextmanager
    def _guard(self) -> Iterator[IMAPClient]:
        """The client, connected and in the folder; any failure drops it and is `Unavailable`."""
        try:
            if self._client is None:
                self._client = self._connect()
            yield self._client
        except (IMAPClientError, OSError, ValueError, AssertionError) as error:
            self._drop()
            raise Unavailable(f"The mailbox cannot be read: {error}") from error

    def _connect(self) -> IMAPClient:
        context = ssl.create_default_context(cafile=self._options.get("ca"))
        implicit = self._url.scheme == "imaps"
        client = IMAPClient(
            self._url.hostname,
            port=self._port or (993 if implicit else 143),
            ssl=implicit,
            ssl_context=context if implicit else None,
            timeout=self._timeout,
        )
        try:
            if self._encrypted and not implicit:
                client.starttls(context)
            client.login(unquote(self._url.username or ""), unquote(self._url.password or ""))
            self._validity = int(client.select_folder(self.folder)[b"UIDVALIDITY"])
        except BaseException:
            _shut(client)
            raise
        return client

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            _shut(client)


def _shut(client: IMAPClient) -> None:
    try:
        client.shutdown()
    except (IMAPClientError, OSError):
        return
