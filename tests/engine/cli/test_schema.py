"""The format of rules can be had for an editor, with a desk and without one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.catalogue.models import CustomField
from engine.cli.run import run
from tests.town import Town


def printed(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, object]:
    capsys.readouterr()
    assert run(["rules", "schema", *more]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    Draft202012Validator.check_schema(found)
    return found


def test_without_a_desk_it_is_that_of_the_starter_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VORGANG_HOME", str(tmp_path / "nowhere"))
    assert "ticket.queue" in str(printed(capsys))


def test_a_desk_s_own_fields_are_in_it(
    town: Town, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = {"name": "site", "kind": "text", "title": {"de": "Standort", "en": "Site"}}
    town.desk.run(lambda work: work.session.add(CustomField(**site)))
    settings = town.desk.settings
    (settings.home / "files").mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("VORGANG_HOME", str(settings.home))
    monkeypatch.setenv("VORGANG_DATABASE_URL", settings.database_url)
    assert "custom.site" in str(printed(capsys))
    assert "custom.site" not in str(printed(capsys, "--shipped"))


def test_the_schema_of_examples_and_what_is_said_in_german(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found: Any = printed(capsys, "--shipped", "--examples", "--language", "de")
    events = {one["const"]: one["description"] for one in found["$defs"]["event"]["oneOf"]}
    assert events["ticket.created"] == "Ticket angelegt"
    assert found["items"] == {"$ref": "#/$defs/example"}
