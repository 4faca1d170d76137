"""The small markup of FAQ items as safe HTML: everything is escaped first, then a few marks count.

Paragraphs are parted by empty lines. Lines that begin with ``1.`` or ``-`` are lists, ``#`` is a
heading, a line of ``` begins and ends code. Inside a line: **bold**, `code`, and addresses that
begin with http:// or https://. Nothing else has a meaning, so no item can bring HTML of its own.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

LONGEST = 100_000
NUMBERED = re.compile(r"\s{0,3}\d{1,3}[.)]\s+(.*)", re.DOTALL)
BULLET = re.compile(r"\s{0,3}[-*•]\s+(.*)", re.DOTALL)
HEADING = re.compile(r"#{1,4}\s+(.*)", re.DOTALL)
BOLD = re.compile(r"\*\*(?=\S)([^*\n]{1,500})\*\*")
CODE = re.compile(r"`([^`\n]{1,500})`")
LINK = re.compile(r"https?://[^\s<>\"'`]{1,500}")


def render(text: str) -> Markup:
    """An item's text as HTML that carries nothing but our own tags."""
    out: list[str] = []
    for block in _blocks(text[:LONGEST].replace("\r\n", "\n")):
        out.append(_block(block))
    return Markup("\n".join(out))


def plain(text: str) -> str:
    """The same text without marks, as it goes into a reply."""
    return CODE.sub(r"\1", BOLD.sub(r"\1", text[:LONGEST])).replace("\r\n", "\n").strip()


def _blocks(text: str) -> list[list[str]]:
    """Lines that belong together; lists go on over empty lines."""
    blocks: list[list[str]] = []
    kind = ""
    for line in text.split("\n"):
        here = _kind(line) if kind != "code" else "code"
        fence = line.strip().startswith("```")
        if fence:
            if kind == "code":
                kind = ""
                continue
            blocks.append([line])
            kind = "code"
        elif here == "code":
            blocks[-1].append(line)
        elif not line.strip():
            kind = kind if kind in ("ol", "ul") else ""
        elif here == kind and blocks:
            blocks[-1].append(line)
        elif here == "p" and kind in ("ol", "ul") and line.startswith("  "):
            blocks[-1][-1] += " " + line.strip()
        else:
            blocks.append([line])
            kind = here
    return blocks


def _kind(line: str) -> str:
    if NUMBERED.fullmatch(line):
        return "ol"
    if BULLET.fullmatch(line):
        return "ul"
    return "h" if HEADING.fullmatch(line) else "p"


def _block(lines: list[str]) -> str:
    if lines[0].strip().startswith("```"):
        return f"<pre><code>{escape(chr(10).join(lines[1:]))}</code></pre>"
    kind = _kind(lines[0])
    if kind in ("ol", "ul"):
        pattern = NUMBERED if kind == "ol" else BULLET
        items = [found.group(1) for found in map(pattern.fullmatch, lines) if found]
        return f"<{kind}>" + "".join(f"<li>{_inline(item)}</li>" for item in items) + f"</{kind}>"
    if kind == "h":
        return "".join(f"<h3>{_inline(line.lstrip('# '))}</h3>" for line in lines)
    return "<p>" + "<br>".join(_inline(line.strip()) for line in lines) + "</p>"


def _inline(text: str) -> str:
    """Marks inside a line; what lies between them is escaped, and so is what they hold."""
    out, at = [], 0
    for found in re.finditer(f"{CODE.pattern}|{BOLD.pattern}|({LINK.pattern})", text):
        code, bold, link = found.groups()
        out.append(str(escape(text[at : found.start()])))
        if code is not None:
            out.append(f"<code>{escape(code)}</code>")
        elif bold is not None:
            out.append(f"<strong>{escape(bold)}</strong>")
        else:
            out.append(_link(link))
        at = found.end()
    return "".join(out) + str(escape(text[at:]))


def _link(address: str) -> str:
    """A link to somewhere else; what ends the sentence does not belong to it."""
    bare = address.rstrip(".,;:!?)")
    shown = escape(bare)
    return (
        f'<a href="{shown}" rel="noopener noreferrer nofollow" target="_blank">{shown}</a>'
        f"{escape(address[len(bare) :])}"
    )
