"""Language and theme can be switched by anybody, to what there is, and back to a page of ours."""

from __future__ import annotations


def test_language_and_theme_are_kept_in_the_browser(web) -> None:
    web.post("/language", {"language": "de", "next": "/faq"})
    web.post("/theme", {"theme": "dark"})
    page = web.get("/login").text
    assert 'lang="de"' in page
    assert 'data-theme="dark"' in page


def test_nothing_else_is_kept(web) -> None:
    answer = web.post("/language", {"language": "xx\r\nSet-Cookie: a=b", "next": "//evil"})
    assert answer.location == "http://localhost/"
    assert "Set-Cookie" not in answer.headers
