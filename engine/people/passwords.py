"""Passwords by argon2id, and tokens of which only the digest is kept."""

from __future__ import annotations

import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import Invalid

SHORTEST, LONGEST = 10, 1024
_hasher = PasswordHasher()
# Checked when there is no such person, so that the answer takes as long as for a wrong password.
_NOBODY = _hasher.hash(secrets.token_urlsafe(16))


def hash_password(password: str) -> str:
    """The argon2id hash to store; raises `Invalid` for a password too short or absurdly long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid("A password has at least %(count)s characters.", values={"count": SHORTEST})
    return _hasher.hash(password)


def password_fits(stored: str | None, password: str) -> bool:
    """Whether the password belongs to the stored hash; takes its time also when there is none."""
    if len(password) > LONGEST:
        return False
    try:
        fits = _hasher.verify(stored or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(fits) and stored is not None


def fresh_token() -> str:
    """256 random bits, to be shown once."""
    return secrets.token_urlsafe(32)


def token_digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
