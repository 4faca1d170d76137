"""HTML from strangers made safe to show, and text and HTML turned into each other."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape

import nh3

from engine.channels.characters import plain
from engine.channels.limits import DEFAULT_LIMITS, Limits

_TAG_NAMES = (
    "a abbr b big blockquote br caption center cite code col colgroup dd del dfn div dl dt em font"
    " h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q s samp small span strike strong sub sup"
    " table tbody td tfoot th thead tr tt u ul var"
)
_TAGS = set(_TAG_NAMES.split())
_DROPPED = {"script", "style", "title", "svg", "math", "template", "iframe", "object", "noscript",
            "textarea", "select", "xmp", "noembed", "noframes", "audio", "video"}  # fmt: skip
_LOOK = {"align", "valign", "bgcolor", "width", "height", "style", "dir", "lang", "title"}
_ATTRIBUTES = {
    "*": _LOOK,
    "a": {"href"},
    "img": {"src", "alt", "border"},
    "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan", "nowrap"},
    "th": {"colspan", "rowspan", "nowrap"},
    "ol": {"start", "type"},
}
_STYLE_NAMES = (
    "color background-color font-weight font-style font-size font-family text-align"
    " text-decoration line-height white-space vertical-align width border border-collapse"
    " padding padding-left padding-right padding-top padding-bottom margin-left margin-top"
    " margin-bottom margin-right border-left border-right border-top border-bottom"
)
_STYLES = set(_STYLE_NAMES.split())
# Anything that could fetch, run or hide in a style is not mended but dropped.
_BAD_STYLE = re.compile(r"(?i)url|expression|import|image|javascript|behavio|var\(|[\\@<]|/\*")
_PICTURE = re.compile(r"data:image/(png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=\s]*\Z")
# Exact on what nh3 writes: values always in double quotes, `<` in text always escaped.
_TAG = re.compile(r'<(/?)([a-z0-9]+)((?: [\w:-]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([\w:-]+)="([^"]*)"')
_OPENING = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
_VOID = {"br", "hr", "img", "col", "meta", "link", "input", "area", "base", "wbr", "p", "li",
         "td", "tr", "th", "dd", "dt", "o", "param", "source"}  # fmt: skip

CidUrl = Callable[[str], str | None]


def safe_html(
    html: str,
    limits: Limits = DEFAULT_LIMITS,
    *,
    remote_images: bool = False,
    cid_url: CidUrl | None = None,
) -> str:
    """`html` with only what shows text: no script, form, frame, remote style or foreign address.

    Without the reader's consent (`remote_images`) a remote picture becomes
    `<img data-remote-src="…" alt="…">`, which loads nothing. `cid_url` gives the address of an
    inline picture for its content id, or None when there is none. HTML beyond the limits comes
    back as its plain text.
    """
    html = plain(html)[: limits.html_chars]
    if _too_tangled(html, limits):
        return html_of(_strip(html), limits)
    links = html.lower().count("<a")
    cleaned = nh3.clean(
        html,
        tags=_TAGS if links <= limits.links else _TAGS - {"a"},
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=_filter,
        strip_comments=True,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        url_relative=_absolute,
        filter_style_properties=_STYLES,
    )
    return _TAG.sub(lambda tag: _picture(tag, remote_images, cid_url), cleaned)


def _filter(tag: str, name: str, value: str) -> str | None:
    if name == "style":
        return None if len(value) > 2_000 or _BAD_STYLE.search(value) else value
    if name in ("href", "src"):
        address = re.sub(r"[\x00-\x20]+", "", value) if name == "href" else value.strip()
        lower = address[:30].lower()
        if lower.startswith("data:"):
            return address if tag == "img" and _PICTURE.match(address) else None
        if lower.startswith("cid:"):
            return address if tag == "img" else None
        return address if len(address) <= 10_000 else None
    return value if len(value) <= 1_000 else None


def _absolute(address: str) -> str | None:
    """A relative address means nothing in a mail; without a scheme it is still a foreign host."""
    return "https:" + address if address.startswith("//") else None


def _picture(tag: re.Match[str], remote: bool, cid_url: CidUrl | None) -> str:
    closing, name, attributes = tag.groups()
    if name != "img" or closing:
        return tag.group()
    out = []
    for key, value in _ATTRIBUTE.findall(attributes):
        address = unescape(value)
        if key != "src" or address.lower().startswith("data:"):
            out.append(f' {key}="{value}"')
        elif address.lower().startswith("cid:"):
            found = cid_url(address[4:]) if cid_url else None
            out.append(f' src="{escape(found)}"' if found else ' data-missing="1"')
        elif remote and address.lower().startswith(("http://", "https://")):
            out.append(f' src="{value}" referrerpolicy="no-referrer"')
        else:
            out.append(f' data-remote-src="{value}"')
    return f"<img{''.join(out)}>"


def has_remote_images(html: str) -> bool:
    """Whether cleaned HTML holds pictures that wait for the reader's consent."""
    return any(tag[1] == "img" and " data-remote-src=" in tag[2] for tag in _TAG.findall(html))


def _too_tangled(html: str, limits: Limits) -> bool:
    """Whether the markup is so much or so deep that building its tree would take too long."""
    if html.count("&") > limits.html_tags:
        return True
    depth = deepest = count = 0
    for closing, name in _OPENING.findall(html):
        count += 1
        if name.lower() not in _VOID:
            depth = max(0, depth - 1) if closing else depth + 1
            deepest = max(deepest, depth)
    return count > limits.html_tags or deepest > limits.html_depth


_BREAKS = {"br", "tr", "li", "dt", "dd"}
_BLOCKS = {"p", "div", "blockquote", "table", "ul", "ol", "dl", "pre", "hr", "center",
           "h1", "h2", "h3", "h4", "h5", "h6"}  # fmt: skip


def text_of(html: str, limits: Limits = DEFAULT_LIMITS) -> str:
    """The words of `html`, one paragraph per block, links followed by their address."""
    html = plain(html)[: limits.html_chars]
    if _too_tangled(html, limits):
        return _strip(html)[: limits.text_chars]
    cleaned = nh3.clean(
        html,
        tags=_BREAKS | _BLOCKS | {"a", "td", "th"},
        clean_content_tags=_DROPPED,
        attributes={"a": {"href"}},
        link_rel=None,
        url_schemes={"http", "https", "mailto", "tel"},
        url_relative="deny",
    )
    out: list[str] = []
    address = ""
    position = 0
    for tag in _TAG.finditer(cleaned):
        out.append(re.sub(r"\s+", " ", cleaned[position : tag.start()]))
        position = tag.end()
        closing, name, attributes = tag.groups()
        if name == "a":
            if closing and address and address not in "".join(out[-4:]):
                out.append(f" <{address}>")
            address = "" if closing else "".join(v for _, v in _ATTRIBUTE.findall(attributes))
            address = address.removeprefix("mailto:")[:2_000]
        elif name in _BLOCKS:
            out.append("\n\n")
        elif name in _BREAKS and not closing:
            out.append("\n- " if name == "li" else "\n")
        elif name in ("td", "th") and closing:
            out.append("\t")
    out.append(re.sub(r"\s+", " ", cleaned[position:]))
    return _tidy(unescape("".join(out)))[: limits.text_chars]


def _strip(html: str) -> str:
    """Text between tags by one linear scan, for HTML that is too much for a real parser."""
    pieces = []
    for piece in html.split("<"):
        _, found, rest = piece.partition(">")
        pieces.append(rest if found else "")
    return _tidy(re.sub(r"[ \t]+", " ", unescape(" ".join(pieces))))


def _tidy(text: str) -> str:
    lines = [line.strip(" \t\xa0") for line in plain(text).split("\n")]
    out: list[str] = []
    for line in lines:
        if line or (out and out[-1]):
            out.append(line)
    return "\n".join(out).strip("\n")


_LINK = re.compile(r"\bhttps?://[^\s<>\"'\x00-\x1f]{1,2000}")


def html_of(text: str, limits: Limits = DEFAULT_LIMITS) -> str:
    """`text` as HTML: everything escaped, line ends kept, web addresses as links."""
    text = plain(text)[: limits.text_chars]
    out: list[str] = []
    position = 0
    for number, link in enumerate(_LINK.finditer(text)):
        if number >= limits.links:
            break
        address = link.group().rstrip(".,;:!?)]}")
        out.append(escape(text[position : link.start()]))
        shown = escape(address)
        out.append(
            f'<a href="{shown}" rel="noopener noreferrer nofollow" target="_blank">{shown}</a>'
        )
        position = link.start() + len(address)
    out.append(escape(text[position:]))
    return "".join(out).replace("\n", "<br>\n")


def frame_policy(*, remote_images: bool = False, image_source: str = "") -> str:
    """The Content-Security-Policy of the frame that shows a message.

    `image_source`: one more place for pictures, for example the desk's own origin.
    """
    places = ["data:", *([image_source] if image_source else [])]
    places += ["https:", "http:"] if remote_images else []
    return (
        f"default-src 'none'; img-src {' '.join(places)}; style-src 'unsafe-inline';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )


# What the frame may do: nothing, but links may open a new window that is free of the sandbox.
FRAME_SANDBOX = "allow-popups allow-popups-to-escape-sandbox"


def frame_document(cleaned: str, *, remote_images: bool = False, image_source: str = "") -> str:
    """A whole page around HTML from `safe_html`, for a frame with `FRAME_SANDBOX`."""
    # frame-ancestors has no meaning in a meta element and would only be warned about.
    policy = frame_policy(remote_images=remote_images, image_source=image_source)
    policy = policy.rpartition("; frame-ancestors")[0]
    return (
        '<!doctype html><html><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        '<meta name="referrer" content="no-referrer"><title>.</title>'
        "<style>body{font:15px/1.5 system-ui,sans-serif;margin:0;overflow-wrap:anywhere}"
        "img{max-width:100%;height:auto}img[data-remote-src]{min-width:1.5em;min-height:1.5em;"
        "outline:1px dashed #888}</style></head>"
        f"<body>{cleaned}</body></html>"
    )
