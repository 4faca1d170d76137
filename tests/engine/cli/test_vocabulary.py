"""`vorgang rules vocabulary` lists what rules can say."""

from __future__ import annotations

import pytest

from engine.cli.run import run


def test_what_rules_can_say_is_listed_and_looked_through(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["rules", "vocabulary", "--shipped"]) == 0
    whole = capsys.readouterr().out
    for said in ("Facts", "ticket.queue", "contains_word", "notify", "hour.passed"):
        assert said in whole
    assert "- {fact: ticket.title, op: contains_word, value: VPN}" in whole
    assert run(["rules", "vocabulary", "--shipped", "--language", "de", "warteschlange"]) == 0
    found = capsys.readouterr().out
    assert "die Warteschlange" in found
    assert "hour.passed" not in found
    assert run(["rules", "vocabulary", "--shipped", "no-such-word"]) == 1
    assert capsys.readouterr().out == ""
