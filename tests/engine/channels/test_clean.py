"""No markup of a stranger runs, fetches or posts; words survive."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.channels.clean import (
    frame_document,
    frame_policy,
    has_remote_images,
    html_of,
    safe_html,
    text_of,
)

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
    "<svg onload=alert(1)><animate onbegin=alert(1)></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--><img src=1 onerror=alert(1)>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<p style='width:expression(alert(1))'>x</p>",
    "<p style='background-color:\\75rl(http://evil)'>x</p>",
    "<meta http-equiv=refresh content='0;url=http://evil'>",
    "<base href='http://evil'>",
    "<form action=http://evil><input name=p><button formaction=x>b</button></form>",
    "<iframe src=http://evil></iframe><object data=x></object><embed src=x>",
    "<link rel=stylesheet href=http://evil>",
    "<template><img src=x onerror=alert(1)></template>",
    "<a title='<img a=' href='>&quot; onerror=alert(1)'>x</a><img src=cid:a>",
]
FORBIDDEN = ["<script", "onerror=", "onload", "<svg", "<math", "<iframe", "<form", "<input",
             "<base", "<meta", "<link", "<object", "<embed", "expression", 'href="javascript',
             'href="data', "svg+xml", "formaction", "<style", "<template"]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_m1_nothing_runs(attack):
    cleaned = safe_html(attack, cid_url=lambda key: f"/files/{key}")
    assert not [word for word in FORBIDDEN if word.startswith("<") and word in cleaned.lower()]
    assert not [w for w in ("javascript:", "svg+xml", "expression(") if w in cleaned.lower()]
    assert safe_html(cleaned).count("<") == cleaned.count("<")


@pytest.mark.parametrize(
    "html",
    [
        "<img src='http://evil.example/a.png' alt=a>",
        "<img src='//evil.example/a.png'>",
        "<img src='HTTPS://evil.example/a.png' srcset='//evil.example/b.png 2x'>",
    ],
)
def test_m2_remote_pictures_wait_for_consent(html):
    cleaned = safe_html(html)
    assert ' src="' not in cleaned
    assert "srcset" not in cleaned
    assert "data-remote-src=" in cleaned
    assert has_remote_images(cleaned)
    shown = safe_html(html, remote_images=True)
    assert ' src="http' in shown.lower()
    assert not has_remote_images(shown)


@pytest.mark.parametrize(
    "html",
    [
        "<p style='background:url(//evil.example)'>x</p>",
        "<p style='color:red;list-style-image:url(x)'>x</p>",
        "<table background='http://evil.example'><tr><td>x</table>",
        "<style>@import 'http://evil.example';</style>x",
        "<video poster=http://evil.example></video>x",
    ],
)
def test_m2_no_other_way_to_fetch(html):
    assert "evil" not in safe_html(html, remote_images=True)
    assert "url(" not in safe_html(html, remote_images=True)


def test_inline_pictures_come_from_us_or_not_at_all():
    html = "<img src='cid:logo@x'><img src='cid:gone'><img src='file:///etc/passwd'>"
    cleaned = safe_html(html, cid_url=lambda key: "/files/1?a&b" if key == "logo@x" else None)
    assert cleaned == '<img src="/files/1?a&amp;b"><img data-missing="1"><img>'


def test_links_open_outside_and_tell_nothing():
    cleaned = safe_html("<a href='https://example.com/' target=_top rel=opener>x</a>")
    assert 'rel="noopener noreferrer nofollow"' in cleaned
    assert 'target="_blank"' in cleaned
    assert "_top" not in cleaned


def test_m5_too_many_links_lose_the_links_only():
    cleaned = safe_html("<a href='http://x/'>word</a>" * 5_001)
    assert "<a" not in cleaned
    assert cleaned.count("word") == 5_001


def test_tangled_html_becomes_its_text():
    assert safe_html("<div>" * 5_000 + "word & <b>more") == "word &amp; more"


def test_text_of_keeps_what_was_said():
    html = "<h1>Hi</h1><p>a<br>b &amp; c</p><ul><li>x<li>y</ul><a href='http://e.org'>here</a>"
    text = text_of(html + "<script>no</script><table><tr><td>1</td><td>2</td></tr></table>")
    assert text == "Hi\n\na\nb & c\n\n- x\n- y\n\nhere <http://e.org>\n\n1\t2"


def test_html_of_escapes_and_links():
    html = html_of('<b>"x"</b>\nsee https://example.com/?a=1&b=2.')
    assert html.startswith("&lt;b&gt;&quot;x&quot;&lt;/b&gt;<br>\n")
    assert 'href="https://example.com/?a=1&amp;b=2"' in html
    assert html.endswith("</a>.")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_text_survives_html(text):
    html = html_of(text)
    assert "<script" not in html
    assert text_of(html).split() == text_of(html_of(text_of(html))).split()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*ATTACKS, "<", ">", '"', "'", "<p>", "&lt;"]), max_size=8))
def test_mixed_attacks_stay_harmless(pieces):
    cleaned = safe_html("".join(pieces)).lower()
    assert not [word for word in FORBIDDEN if word.startswith("<") and word in cleaned]


def test_the_frame_has_its_own_policy():
    page = frame_document("<p>x</p>")
    assert "default-src &#x27;none&#x27;" in page
    assert "http:" not in frame_policy()
    assert "https:" in frame_policy(remote_images=True)
    assert "script" not in frame_policy()
