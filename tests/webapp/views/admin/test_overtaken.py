"""Of two admins who change the same thing the second sees what the first has saved."""

from __future__ import annotations

from typing import Any

import pytest


def form_on(web: Any, path: str) -> dict[str, str]:
    """What a browser would send from this page."""
    forms = [f for f in web.get(path).forms.values() if "seen" in f.fields]
    return {k: v for k, v in forms[0].submit_fields() if k != "csrf_token"}


def paths(web: Any) -> dict[str, str]:
    """The pages of a customer, a queue and a group."""
    from engine.catalogue.models import Queue

    def find(work: Any) -> dict[str, str]:
        queue = work.session.query(Queue).filter_by(name="HR").one()
        return {
            "person": f"/people/{web.town.person(work, 'sam').id}",
            "queue": f"/structure/queues/{queue.id}",
            "group": f"/structure/groups/{queue.group_id}",
        }

    found: dict[str, str] = web.town.desk.read(find)
    return found


@pytest.mark.parametrize("kind", ["person", "queue", "group"])
def test_the_second_of_two_sees_what_the_first_saved_and_loses_nothing(web: Any, kind: str) -> None:
    web.login("ada")
    path = paths(web)[kind]
    first, second = form_on(web, path), form_on(web, path)
    web.post(path, first | {"name": "Named first"})
    page = web.post(path, second | {"name": "Named second"}, status=409)
    assert "Named first" in page.text
    assert 'value="Named second"' in page.text
    assert "Named second" not in web.get(path).text
    again = next(f for f in page.forms.values() if "seen" in f.fields)
    fields = {k: v for k, v in again.submit_fields() if k != "csrf_token"}
    web.post(path, fields)
    assert 'value="Named second"' in web.get(path).text


def test_permissions_given_meanwhile_are_not_taken_away_unseen(web: Any) -> None:
    from engine.commands.people import set_groups

    web.login("ada")
    agnes = web.town.desk.read(lambda w: web.town.person(w, "agnes").id)
    mine = form_on(web, f"/people/{agnes}")
    web.town.desk.run(
        lambda w: set_groups(w, web.town.person(w, "agnes"), {"hr": ["ro"]}), web.town.actor("ada")
    )
    page = web.post(f"/people/{agnes}", mine, status=409).text
    assert "hr: ro" in page


def test_what_was_saved_without_a_change_disturbs_nobody(web: Any) -> None:
    web.login("ada")
    path = paths(web)["queue"]
    first, second = form_on(web, path), form_on(web, path)
    web.post(path, first)
    web.post(path, second | {"name": "Named second"})
    assert form_on(web, path)["name"] == "Named second"
