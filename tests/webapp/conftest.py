"""A browser without a screen on a town's desk: `web.login("agnes")`, then get and post pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import webtest

from tests.pages import router_on

if TYPE_CHECKING:
    from tests.town import Town

TOKEN = re.compile(r'<meta name="csrf-token" content="([^"]+)"')


@dataclass
class Web:
    """The pages of a town. Every method hands back webtest's response and never follows it."""

    town: Town
    app: webtest.TestApp
    token: str = ""

    def login(self, name: str) -> Web:
        """Be somebody from now on; `name` is what stands before the @ of the login."""
        from engine.commands.people import open_session
        from webapp.security import LOGIN_COOKIE

        key = self.town.desk.run(lambda w: open_session(w, self.town.person(w, name)))
        self.app.reset()
        self.app.set_cookie(LOGIN_COOKIE, key)
        self.token = ""
        return self

    def logout(self) -> Web:
        """Be a stranger from now on."""
        self.app.reset()
        self.token = ""
        return self

    def get(self, path: str, status: int | str = 200, **more: Any) -> webtest.TestResponse:
        """GET a page and expect the status."""
        return self.app.get(path, status=status, **more)

    def post(
        self,
        path: str,
        fields: Any = None,
        status: int | str = 303,
        files: Iterable[tuple[str, str, bytes]] = (),
        headers: dict[str, str] | None = None,
    ) -> webtest.TestResponse:
        """POST a form as a page would, with its CSRF token. `files`: (field, name, bytes)."""
        pairs = list(fields.items()) if isinstance(fields, dict) else list(fields or [])
        pairs = [("csrf_token", self.csrf()), *((name, str(value)) for name, value in pairs)]
        more: dict[str, Any] = {"upload_files": list(files)} if files else {}
        response = self.app.post(path, pairs, status=status, headers=headers, **more)
        _let_go(response.request.environ)
        return response

    def csrf(self) -> str:
        """The token of this browser's session, taken from a page that anybody may see."""
        if not self.token:
            found = TOKEN.search(self.app.get("/no-such-page", status=404).text)
            assert found, "no page carries the token"
            self.token = found.group(1)
        return self.token


def _let_go(environ: dict[str, Any]) -> None:
    """Close the temporary files of a large body before the collector finds them."""
    parsed = environ.pop("webob._parsed_post_vars", ({}, None))[0]
    sent = [getattr(value, "file", None) for value in getattr(parsed, "values", dict)()]
    for file in [environ.get("wsgi.input"), *sent]:
        if hasattr(file, "close"):
            file.close()


@pytest.fixture
def web(town: Town) -> Web:
    """The pages of a fresh town; nobody is logged in."""
    return Web(town, webtest.TestApp(router_on(town.desk)))
