"""Both languages say the same things, and nothing that comes from outside is ever a template."""

import pytest

from engine.errors import Invalid
from engine.notify.render import FOLDER, LANGUAGES, VARIABLES, placeholders, render, templates


def test_every_template_exists_in_every_language() -> None:
    for language in LANGUAGES:
        assert sorted(path.stem for path in (FOLDER / language).glob("*.txt")) == templates()


@pytest.mark.parametrize("template", templates())
def test_a_template_names_only_what_there_is_and_the_same_in_both_languages(template: str) -> None:
    assert placeholders(template, "de") <= set(VARIABLES)
    assert placeholders(template, "de") == placeholders(template, "en")


@pytest.mark.parametrize("template", templates())
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_template_has_a_subject_and_a_body(template: str, language: str) -> None:
    subject, body = render(template, language, {"title": "VPN", "desk": "Desk", "queue": "Net"})
    assert subject
    assert "\n" not in subject
    assert len(body.strip()) > 10


@pytest.mark.parametrize("hostile", ["{link}", "{{7*7}}", "${7*7}", "<%= 7 %>", "{title}", "{0}"])
def test_what_a_customer_wrote_stays_what_it_is(hostile: str) -> None:
    subject, _ = render("acknowledgement", "en", {"title": hostile, "link": "SECRET"})
    assert hostile in subject
    assert "SECRET" not in subject


def test_a_title_of_several_lines_gives_a_subject_of_one() -> None:
    subject, _ = render("closed", "en", {"title": "a\r\nBcc: b@example.org\n\nc"})
    assert subject == "Closed: a Bcc: b@example.org c"


def test_an_unknown_language_gets_english() -> None:
    assert render("closed", "fr", {}) == render("closed", "en", {})


@pytest.mark.parametrize("name", ["absent", "../en/closed", "", "closed.txt", "a" * 500])
def test_an_unknown_template_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="no notice"):
        render(name, "en", {})
