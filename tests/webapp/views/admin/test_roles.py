"""Pages of owners and admins are theirs alone; for others they do not exist."""

from typing import Any

import pytest

OWNERS = (
    "/processes",
    "/processes/incident",
    "/processes/incident/diagram.bpmn",
    "/processes/incident/heat",
    "/processes/incident/incidents",
    "/rules",
    "/rules/routing",
)
ADMINS = (
    "/people",
    "/people/new",
    "/people/{person}",
    "/organisations",
    "/organisations/new",
    "/organisations/{organisation}",
    "/structure",
    "/structure/in-force",
    "/structure/queues/{queue}",
    "/structure/queues/new",
    "/structure/groups/new",
    "/structure/groups/{group}",
    "/structure/new-field",
    "/structure/fields/asset",
    "/health",
    "/health/outbox",
    "/health/inbound",
    "/health/incidents",
    "/metrics",
)
POSTS = (
    "/people/new",
    "/people/{person}",
    "/people/{person}/password-link",
    "/organisations/new",
    "/organisations/{organisation}",
    "/organisations/{organisation}/people",
    "/structure/queues/{queue}",
    "/structure/queues/new",
    "/structure/groups/new",
    "/structure/groups/{group}",
    "/structure/new-field",
    "/structure/fields/asset",
    "/health/outbox/1/retry",
    "/health/inbound/1/take-in",
    "/health/inbound/1/ignore",
)


@pytest.fixture
def ids(web: Any) -> dict[str, int]:
    """A person, a queue and a group that exist."""
    from engine.catalogue.models import Queue
    from engine.commands.own_fields import create_field

    title = {"de": "Inventarnummer", "en": "Asset number"}
    web.town.desk.run(lambda w: create_field(w, {"name": "asset", "title": title}) and None)

    def find(work: Any) -> dict[str, int]:
        queue = work.session.query(Queue).filter_by(name="Network").one()
        person = web.town.person(work, "clara")
        known = {"person": person.id, "organisation": person.organisation_id}
        return known | {"queue": queue.id, "group": queue.group_id}

    found: dict[str, int] = web.town.desk.read(find)
    return found


def test_admins_open_every_page_in_both_languages(web: Any, ids: dict[str, int]) -> None:
    web.town.report()
    web.login("ada")
    for path in (*OWNERS, *ADMINS):
        for language in ("en", "de"):
            answer = web.get(f"{path.format(**ids)}?language={language}")
            assert answer.status_int == 200
            for secret in ("argon2", "password_hash", "digest="):
                assert secret not in answer.text


def test_owners_see_processes_and_nothing_of_the_administration(
    web: Any, ids: dict[str, int]
) -> None:
    web.login("olga")
    for path in OWNERS:
        assert web.get(path).status_int == 200
    absent = web.get("/no-such-page", status=404)
    for path in ADMINS:
        assert web.get(path.format(**ids), status=404).text == absent.text


@pytest.mark.parametrize("name", ["clara", "agnes"])
def test_for_customers_and_agents_the_pages_do_not_exist(
    web: Any, ids: dict[str, int], name: str
) -> None:
    web.login(name)
    absent = web.get("/no-such-page", status=404)
    for path in (*OWNERS, *ADMINS):
        assert web.get(path.format(**ids), status=404).text == absent.text


@pytest.mark.parametrize("name", ["clara", "agnes", "olga"])
def test_nobody_else_can_post_what_admins_post(web: Any, ids: dict[str, int], name: str) -> None:
    web.login(name)
    for path in POSTS:
        assert web.post(path.format(**ids), {"name": "x"}, status=404).status_int == 404


def test_strangers_are_asked_to_log_in(web: Any, ids: dict[str, int]) -> None:
    for path in (*OWNERS, *ADMINS):
        answer = web.get(path.format(**ids), status=303)
        assert "/login" in answer.headers["Location"]
        assert "vorgang_audit" not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/processes/none", "/rules/none", "/people/999999", "/people/99999999999999999999",
     "/structure/fields/none", "/structure/queues/999999", "/structure/groups/99999999999"],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(web: Any, path: str) -> None:
    web.login("ada")
    assert web.get(path, status=404).status_int == 404
