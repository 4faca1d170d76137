"""Both languages say the same things, and nothing that comes from outside is ever a template."""

import pytest

from engine.errors import Invalid
from engine.notify.render import filled, render
from engine.notify.texts import FOLDER, FRAMES, LANGUAGES, Text, shipped, shipped_names, templates
from engine.notify.values import STANDARD


def test_every_template_exists_in_every_language() -> None:
    for language in LANGUAGES:
        there = sorted(path.stem for path in (FOLDER / language).glob("*.txt"))
        assert there == list(shipped_names())


@pytest.mark.parametrize("template", shipped_names())
def test_a_template_names_only_what_there_is_and_the_same_in_both_languages(template: str) -> None:
    german, english = (shipped(template)[language].placeholders() for language in ("de", "en"))
    assert german <= set(FRAMES.get(template, STANDARD))
    assert german == english


@pytest.mark.parametrize("template", shipped_names())
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_template_has_a_subject_and_a_body(template: str, language: str) -> None:
    values = {"title": "VPN", "desk": "Desk", "queue": "Net"}
    subject, body = filled(shipped(template)[language], values)
    assert subject
    assert "\n" not in subject
    assert len(body.strip()) > 10


@pytest.mark.parametrize("hostile", ["{link}", "{{7*7}}", "${7*7}", "<%= 7 %>", "{title}", "{0}"])
def test_what_a_customer_wrote_stays_what_it_is(hostile: str) -> None:
    values = {"title": hostile, "link": "SECRET"}
    subject, _ = filled(shipped("acknowledgement")["en"], values)
    assert hostile in subject
    assert "SECRET" not in subject


def test_a_title_of_several_lines_gives_a_subject_of_one() -> None:
    subject, _ = filled(shipped("closed")["en"], {"title": "a\r\nBcc: b@example.org\n\nc"})
    assert subject == "Closed: a Bcc: b@example.org c"


def test_what_customers_wrote_cannot_make_a_message_endless() -> None:
    subject, body = filled(Text("{title}", "{title}" * 9), {"title": "x" * 10_000})
    assert len(subject) == 300
    assert len(body) <= 20_001


def test_an_unknown_language_gets_english(town) -> None:
    said = town.desk.read(
        lambda work: [render(work.session, "closed", one, {}) for one in ("fr", "en")]
    )
    assert said[0] == said[1]


@pytest.mark.by_turns
@pytest.mark.parametrize("name", ["absent", "../en/closed", "", "closed.txt", "a" * 500])
def test_an_unknown_template_is_refused(town, name: str) -> None:
    with pytest.raises(Invalid, match="no notice"):
        town.desk.read(lambda work: render(work.session, name, "en", {}))


def test_all_that_come_with_the_desk_can_be_sent(town) -> None:
    named = town.desk.read(lambda work: templates(work.session))
    assert named == [one for one in shipped_names() if one not in FRAMES]
