"""Mail addresses out of headers in one linear pass: a display name can never become a recipient."""

from __future__ import annotations

import re

from engine.channels.characters import one_line
from engine.channels.headers import decode_words

_ADDRESS = re.compile(r'[^\s<>()\[\],;:"@\\]{1,64}@[^\s<>()\[\],;:"@\\]{1,253}\Z')
_PRINTABLE = re.compile(r"[\x21-\x7e\u00a1-\U0010ffff]+\Z")


def is_address(text: str) -> bool:
    """Whether `text` is exactly one address, with no room for a second or for a header."""
    if not _ADDRESS.match(text) or not _PRINTABLE.match(text):
        return False
    domain = text.rpartition("@")[2]
    return (
        ".." not in text and not domain.startswith((".", "-")) and not domain.endswith((".", "-"))
    )


def addresses_in(value: str, limit: int = 100) -> list[tuple[str, str]]:
    """(name, address) of each mailbox in an address header, lower case, each address once.

    Encoded words are decoded after the splitting, so a comma hidden in a name splits nothing.
    """
    found: dict[str, str] = {}
    for piece in _pieces(value):
        name, address = _mailbox(piece)
        if address and address not in found:
            found[address] = name
        if len(found) >= limit:
            break
    return [(name, address) for address, name in found.items()]


def _pieces(value: str) -> list[str]:
    """The header split at commas and semicolons outside quotes, comments and angle brackets."""
    pieces: list[str] = []
    current: list[str] = []
    quoted = escaped = angle = False
    comment = 0
    for char in value:
        if escaped:
            escaped = False
        elif char == "\\" and (quoted or comment):
            escaped = True
        elif char == '"' and not comment:
            quoted = not quoted
        elif not quoted and char == "(":
            comment += 1
        elif comment and char == ")":
            comment -= 1
        elif not quoted and not comment and char in "<>":
            angle = char == "<"
        elif not quoted and not comment and not angle and char in ",;":
            pieces.append("".join(current))
            current = []
            continue
        current.append(char)
    pieces.append("".join(current))
    return pieces


def _mailbox(piece: str) -> tuple[str, str]:
    name, address, comment = _take_apart(piece)
    if address is None:  # no angle brackets: the bare piece is the address, the comment the name
        bare = name.rpartition(":")[2].strip() if ":" in name else name
        return _readable(comment), _checked(bare)
    return _readable(name or comment), _checked(address.rpartition(":")[2])


def _take_apart(piece: str) -> tuple[str, str | None, str]:
    """(text outside, text in the last angle brackets, text of comments), unquoted."""
    outside: list[str] = []
    inside: list[str] | None = None
    comments: list[str] = []
    quoted = escaped = angle = False
    depth = 0
    for char in piece:
        sink = comments if depth else (inside if angle and inside is not None else outside)
        if escaped:
            escaped = False
            sink.append(char)
        elif char == "\\" and (quoted or depth):
            escaped = True
        elif char == '"' and not depth:
            quoted = not quoted
            if angle:
                sink.append(char)
        elif not quoted and char == "(":
            depth += 1
        elif depth and char == ")":
            depth -= 1
        elif not quoted and not depth and char == "<":
            angle, inside = True, []
        elif not quoted and not depth and char == ">":
            angle = False
        else:
            sink.append(char)
    address = None if inside is None else "".join(inside).strip()
    return "".join(outside).strip(), address, "".join(comments).strip()


def _checked(address: str) -> str:
    address = address.strip().rstrip(".").lower()
    return address if is_address(address) else ""


def _readable(name: str) -> str:
    return one_line(decode_words(name), 200)
