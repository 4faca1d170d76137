"""The small markup: what it knows becomes our tags, everything else stays text."""

from __future__ import annotations

import pytest

from webapp.presenters.markup import plain, render


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One\ntwo", "<p>One<br>two</p>"),
        ("1. a\n\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("- a\n- **b**", "<ul><li>a</li><li><strong>b</strong></li></ul>"),
        ("# Head\ntext", "<h3>Head</h3>\n<p>text</p>"),
        ("```\n<b> **x**\n```", "<pre><code>&lt;b&gt; **x**</code></pre>"),
        ("`a<b`", "<p><code>a&lt;b</code></p>"),
        ("", ""),
    ],
)
def test_what_it_knows(text: str, html: str) -> None:
    assert render(text) == html


def test_an_address_is_a_link_without_the_end_of_the_sentence() -> None:
    assert 'href="https://a.example/x?y=1&amp;z=2"' in render("See https://a.example/x?y=1&z=2.")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "**<img src=x onerror=alert(1)>**",
        'https://a.example/"onmouseover=alert(1)',
        "[x](javascript:alert(1))",
        "`</code><script>`",
        "```\n</code></pre><script>\n",
        "1. <svg onload=alert(1)>",
    ],
)
def test_nothing_else_becomes_html(text: str) -> None:
    html = render(text)
    assert not any(bad in html for bad in ("<script", "<img", "<svg", 'on="', 'href="javascript'))
    assert '"onmouseover' not in html


def test_long_and_strange_text_ends() -> None:
    assert len(render("**" * 50_000)) > 0
    assert len(render("1. " * 30_000 + "`" * 10_000)) > 0


def test_plain_text_for_a_reply() -> None:
    assert plain("1. **Restart** `it`") == "1. Restart it"
