"""Who is asking and what they may open: nothing is open that a route does not say is.

A login is a row that can be revoked; the cookie holds its key, the database only the digest.
"""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request, RequestLocalCache
from pyramid.security import Allowed, Denied
from pyramid.session import SignedCookieSessionFactory

from engine.commands.people import session_person, token_person
from engine.people.models import Person
from engine.settings import Settings

LOGIN_COOKIE = "vorgang_login"
SESSION_COOKIE = "vorgang"
# permission → roles that have it; a permission that is not here is nobody's
PERMISSIONS: dict[str, frozenset[str]] = {
    "login": frozenset({"customer", "agent", "owner", "admin"}),
    "agent": frozenset({"agent", "owner", "admin"}),
    "owner": frozenset({"owner", "admin"}),
    "admin": frozenset({"admin"}),
}


class Policy:
    """Pyramid's security policy over login sessions and, under /api/, tokens."""

    def identity(self, request: Request) -> Person | None:
        """The person behind the cookie, or behind the token where the API is asked."""
        found: Person | None = self._known.get_or_create(request)
        return found

    def __init__(self) -> None:
        self._known = RequestLocalCache(self._identity)  # asked several times per request

    def _identity(self, request: Request) -> Person | None:
        now = request.desk.clock()
        if is_api(request):
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            known = scheme.lower() == "bearer" and bool(token.strip())
            return token_person(request.db, token.strip(), now) if known else None
        key = login_key(request)
        return session_person(request.db, key, now) if key else None

    def authenticated_userid(self, request: Request) -> str | None:
        """The login of who is asking."""
        person = request.identity
        return person.login if person else None

    def permits(self, request: Request, context: Any, permission: str) -> Allowed | Denied:
        """Whether the roles of who is asking include the permission."""
        person = request.identity
        if person is not None and person.roles & PERMISSIONS.get(permission, frozenset()):
            return Allowed(permission)
        return Denied(permission)

    def remember(self, request: Request, userid: str, **kw: Any) -> list[tuple[str, str]]:
        """The header that sets the login cookie; `userid` is the session's key."""
        return _cookie(request, userid, request.desk.settings.session_hours * 3600)

    def forget(self, request: Request, **kw: Any) -> list[tuple[str, str]]:
        """The header that removes the login cookie."""
        return _cookie(request, "", 0)


def includeme(config: Configurator) -> None:
    """Deny by default, ask for a CSRF token by default."""
    settings = config.registry.desk.settings
    config.set_session_factory(
        forgetful(
            SignedCookieSessionFactory(
                settings.secret,
                cookie_name=cookie_name(settings, SESSION_COOKIE),
                httponly=True,
                secure=settings.secure_cookies,
                samesite="Lax",
                timeout=None,
            )
        )
    )
    config.set_security_policy(Policy())
    config.set_default_permission("admin")
    config.set_default_csrf_options(require_csrf=True)


def forgetful(factory: Any) -> Any:
    """Sessions that keep only the latest thing said: a browser refuses a cookie beyond 4 kB, and
    whoever sends forms without looking at a page would fill it."""

    class Session(factory):
        """A signed cookie with room to spare."""

        def flash(self, msg: Any, queue: str = "", allow_duplicate: bool = True) -> None:
            """Keep this to be said on the next page, in place of what was there."""
            self.pop_flash(queue)
            super().flash(msg, queue, allow_duplicate)

    return Session


def cookie_name(settings: Settings, name: str) -> str:
    """Behind https a name that browsers take from this host alone, never from a neighbour's."""
    return f"__Host-{name}" if settings.secure_cookies else name


def login_key(request: Request) -> str:
    """The key of the login that the browser shows, or the empty text."""
    return str(request.cookies.get(cookie_name(request.desk.settings, LOGIN_COOKIE)) or "")


def is_api(request: Request) -> bool:
    """Whether the API is asked, where cookies count for nothing."""
    return bool(request.path_info.startswith("/api/"))


def client_address(request: Request) -> str:
    """Where the request comes from; a proxy's word is taken only from the proxy that is set."""
    remote = request.remote_addr or ""
    proxy = request.desk.settings.trusted_proxy
    if proxy and remote == proxy:
        remote = request.headers.get("X-Forwarded-For", remote).split(",")[-1].strip()[:64]
    return str(remote)


def safe_next(request: Request, target: str | None) -> str:
    """A path of this desk to go on to; anything else becomes the start page."""
    path = target or ""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and "\\" not in path
    if plain and len(path) <= 500 and not any(ord(c) < 33 for c in path):
        return path
    return str(request.route_path("home"))


def _cookie(request: Request, value: str, seconds: int) -> list[tuple[str, str]]:
    response = request.response.__class__()
    response.set_cookie(
        cookie_name(request.desk.settings, LOGIN_COOKIE),
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        secure=request.desk.settings.secure_cookies,
        samesite="Lax",
        overwrite=True,
    )
    return [(k, v) for k, v in response.headerlist if k.lower() == "set-cookie"]
