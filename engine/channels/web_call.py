"""One HTTP request to an address that an admin has typed: bounded, and never into the house.

No proxy of the environment, no cookie, no password in an address. Each redirect is a new address
and looked at like the first.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urljoin, urlsplit

from engine.channels import reach as network
from engine.channels.characters import one_line
from engine.channels.failures import Permanent, Temporary
from engine.channels.reach import Reach
from engine.errors import Invalid

LONGEST_URL = 2000
MOST_REDIRECTS = 3
MOST_ADDRESSES = 3  # of a name that are tried
ANSWER_BYTES = 4096  # more of an answer is not read
KEPT = 500  # characters of it that are told
FOLLOWED = frozenset({301, 302, 307, 308})  # with the same request, for it is no form
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the beginning of the answer, and when to try again."""

    status: int
    text: str = ""
    retry_after: str = ""
    milliseconds: int = 0


def parsed(url: str) -> SplitResult:
    """The parts of an address that may be called at all; raises `Invalid` with the reason."""
    if len(url) > LONGEST_URL or not url.isascii() or any(c <= " " or c == "\x7f" for c in url):
        raise Invalid("This is no address: write it without spaces and umlauts.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Invalid("This address cannot be read.") from None
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        raise Invalid("An address begins with https:// or http:// and a host.")
    if "@" in parts.netloc or "\\" in url:
        raise Invalid("An address holds no user and no password.")
    if parts.fragment:
        raise Invalid("An address to be called has no part behind #.")
    return parts


def same_origin(url: str, other: str) -> bool:
    """Whether both are of one host, port and scheme; not where one of them cannot be read."""
    try:
        return _origin(parsed(url)) == _origin(parsed(other))
    except Invalid:
        return False


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    reach: Reach,
    timeout: float,
    at_home: Mapping[str, str] | None = None,
    trusted: str = "",
) -> Answer:
    """Send `body` and say what came back, whatever its status.

    `at_home` are headers for the host of `url` alone: a redirect to another one does not get them.
    `trusted` is a file with authorities of a company's own. Raises `Temporary` when nobody answers
    in time and `Permanent` where the call must not be made.
    """
    begun = time.monotonic()
    target = first = _parsed(url)
    for _ in range(MOST_REDIRECTS + 1):
        left = timeout - (time.monotonic() - begun)
        own = at_home if _origin(target) == _origin(first) else None
        answer, location = _ask(target, body, {**headers, **(own or {})}, reach, left, trusted)
        if answer.status not in FOLLOWED or not location:
            spent = int((time.monotonic() - begun) * 1000)
            return Answer(answer.status, answer.text, answer.retry_after, spent)
        target = _redirected(target, location)
    raise Permanent(f"There were more than {MOST_REDIRECTS} redirects.")


def retry_seconds(answer: Answer, now: datetime, most: int) -> int | None:
    """How long the other side asks us to wait, within bounds; None where it says nothing."""
    text = answer.retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), most)
    try:
        seconds = (parsedate_to_datetime(text) - now).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
    return int(min(max(seconds, 0), most))


def _parsed(url: str) -> SplitResult:
    try:
        return parsed(url)
    except Invalid as error:
        raise Permanent(error.message) from error


def _redirected(before: SplitResult, location: str) -> SplitResult:
    """The next address; a redirect never gives up encryption."""
    try:
        after = _parsed(urljoin(before.geturl(), location).partition("#")[0])
    except (ValueError, Permanent) as error:
        raise Permanent("The answer was a redirect to no address that may be called.") from error
    if before.scheme == "https" and after.scheme != "https":
        raise Permanent("The answer was a redirect from https to http.")
    return after


def _origin(url: SplitResult) -> tuple[str, str | None, int]:
    return url.scheme, url.hostname, url.port or PORTS[url.scheme]


def _ask(
    url: SplitResult,
    body: bytes,
    headers: Mapping[str, str],
    reach: Reach,
    seconds: float,
    trusted: str,
) -> tuple[Answer, str]:
    """One request without following anything."""
    scheme, host, port = _origin(url)
    late = Temporary(f"{host} did not answer in time.")
    if seconds <= 0:
        raise late
    end = time.monotonic() + seconds
    found = network.addresses(str(host), port, reach, network.resolve, seconds)
    connection = _Connection(str(host), port, scheme == "https", trusted)
    with _ended(connection, end) as ended:
        try:
            connection.begin(found[:MOST_ADDRESSES], end)
            path = (url.path or "/") + (f"?{url.query}" if url.query else "")
            connection.request("POST", path, body, dict(headers))
            return _answer(connection.getresponse())
        except (OSError, ValueError, http.client.HTTPException) as error:
            if ended.is_set() or isinstance(error, TimeoutError):
                raise late from error
            reason = one_line(str(error), 200) or type(error).__name__
            raise Temporary(f"{host} cannot be reached: {reason}") from error


def _answer(response: http.client.HTTPResponse) -> tuple[Answer, str]:
    text = response.read(ANSWER_BYTES).decode("utf-8", "replace")
    after = one_line(response.headers.get("Retry-After") or "", 60)
    answer = Answer(response.status, one_line(text, KEPT), after)
    return answer, (response.headers.get("Location") or "")[: LONGEST_URL + 1]


@contextmanager
def _ended(connection: _Connection, end: float) -> Iterator[threading.Event]:
    """Break the connection off when its time is over, however slowly something still comes.

    A socket's own timeout begins anew with every byte.
    """
    ended = threading.Event()

    def end_it() -> None:
        ended.set()
        connection.break_off()

    timer = threading.Timer(max(0.0, end - time.monotonic()), end_it)
    timer.daemon = True
    timer.start()
    try:
        yield ended
    finally:
        timer.cancel()
        timer.join()
        connection.close()
        connection.let_go()


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was looked at; TLS is verified against the name."""

    def __init__(self, host: str, port: int, tls: bool, trusted: str) -> None:
        super().__init__(host, port)
        self._tls, self._trusted = tls, trusted
        self.default_port = PORTS["https" if tls else "http"]
        self._plain: socket.socket | None = None

    def connect(self) -> None:
        """Only `begin` connects; a lost connection is not made anew behind our back."""
        raise http.client.NotConnected

    def begin(self, addresses: list[str], end: float) -> None:
        """Connect to the first of these addresses that answers."""
        for number, address in enumerate(addresses, 1):
            try:
                left = max(0.01, end - time.monotonic()) / (len(addresses) - number + 1)
                plain = socket.create_connection((address, self.port), left)
                break
            except OSError:
                if number == len(addresses):
                    raise
        plain.settimeout(max(0.01, end - time.monotonic()))
        self._plain, self.sock = plain.dup(), plain
        if self._tls:
            context = ssl.create_default_context()
            if self._trusted:
                context.load_verify_locations(self._trusted)
            self.sock = context.wrap_socket(plain, server_hostname=self.host)

    def break_off(self) -> None:
        """End it from another thread; TLS would not let itself be closed from there."""
        if self._plain is not None:
            with contextlib.suppress(OSError):
                self._plain.shutdown(socket.SHUT_RDWR)

    def let_go(self) -> None:
        """Close the second handle; `close` comes too early, before the answer has been read."""
        if self._plain is not None:
            self._plain.close()
