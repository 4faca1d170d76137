"""A machine that talks to the API; every answer is held against the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import webtest

from tests.pages import router_on

if TYPE_CHECKING:
    from tests.town import Town


@dataclass
class Api:
    """The API of a town; each verb is asked by somebody with a token of their own."""

    town: Town
    app: webtest.TestApp
    tokens: dict[str, str] = field(default_factory=dict)

    def token(self, name: str) -> str:
        """A key of this person."""
        from engine.commands.people import make_token

        if name not in self.tokens:
            desk, actor = self.town.desk, self.town.actor(name)
            self.tokens[name] = desk.run(
                lambda w: make_token(w, self.town.person(w, name), "test")[1], actor
            )
        return self.tokens[name]

    def ask(
        self,
        method: str,
        by: str | None,
        path: str,
        body: Any = None,
        status: Any = None,
        headers: dict[str, str] | None = None,
    ) -> webtest.TestResponse:
        """One request below /api/v1; `by` None brings no token."""
        more = {"Authorization": f"Bearer {self.token(by)}"} if by else {}
        given = {"headers": more | (headers or {}), "status": status or "*"}
        if method == "GET":
            return self.app.get(f"/api/v1{path}", **given)
        call = {"POST": self.app.post_json, "PATCH": self.app.patch_json}[method]
        return call(f"/api/v1{path}", {} if body is None else body, **given)

    def get(self, by: str | None, path: str, status: Any = 200, **more: Any) -> Any:
        """GET, and the JSON of the answer."""
        return self.ask("GET", by, path, None, status, **more).json

    def post(self, by: str | None, path: str, body: Any = None, status: Any = 201) -> Any:
        """POST, and the JSON of the answer."""
        return self.ask("POST", by, path, body, status).json

    def patch(self, by: str | None, path: str, body: Any, status: Any = 200) -> Any:
        """PATCH, and the JSON of the answer."""
        return self.ask("PATCH", by, path, body, status).json


@pytest.fixture
def api(town: Town) -> Iterator[Api]:
    """The API of a fresh town; an answer that the document does not allow is a defect."""
    router = router_on(town.desk)
    with pytest.MonkeyPatch.context() as patch:
        setting = "pyramid_openapi3.enable_response_validation"
        patch.setitem(router.registry.settings, setting, True)
        yield Api(town, webtest.TestApp(router))
