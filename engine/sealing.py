"""What others trust the desk with, kept so that a copy of the database alone does not tell it.

The key is made of the desk's own secret, which lies outside the database. Each text is sealed under
a key of its own, made anew with every sealing, and bound to its place: put anywhere else it does
not open. Built from what Python brings (docs/adr/0026).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from engine.errors import Invalid

MARK = "sealed:1:"
NONCE = TAG = 32  # bytes


def seal(secret: str, place: str, text: str) -> str:
    """The text as it may be stored; `place` says what it is and whose."""
    nonce = secrets.token_bytes(NONCE)
    hiding, proving = _keys(secret, place, nonce)
    hidden = _mixed(hiding, text.encode())
    tag = hmac.new(proving, hidden, hashlib.sha256).digest()
    return MARK + base64.b64encode(nonce + hidden + tag).decode()


def unseal(secret: str, place: str, sealed: str) -> str:
    """The text again; raises `Invalid` where secret or place are others, or a bit was changed."""
    try:
        whole = base64.b64decode(sealed.removeprefix(MARK), validate=True)
        nonce, hidden, tag = whole[:NONCE], whole[NONCE:-TAG], whole[-TAG:]
        hiding, proving = _keys(secret, place, nonce)
        good = hmac.compare_digest(tag, hmac.new(proving, hidden, hashlib.sha256).digest())
        if sealed.startswith(MARK) and len(whole) >= NONCE + TAG and good:
            return _mixed(hiding, hidden).decode()
    except (ValueError, binascii.Error):
        pass
    raise Invalid("What was kept sealed cannot be opened: the desk's secret was another one then.")


def _keys(secret: str, place: str, nonce: bytes) -> tuple[bytes, bytes]:
    made = hmac.new(secret.encode(), b"vorgang sealing\0" + nonce + place.encode(), hashlib.sha512)
    return made.digest()[:32], made.digest()[32:]


def _mixed(key: bytes, data: bytes) -> bytes:
    """Each byte with one of a stream that the key alone determines; twice is as it was."""
    stream = hashlib.shake_256(key).digest(len(data))
    return bytes(one ^ other for one, other in zip(data, stream, strict=True))
