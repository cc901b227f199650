"""Signed tokens and fresh ids: the only place where chance and secrets meet."""

import hashlib
import hmac
import secrets

from itsdangerous import BadSignature, Signer

from router.core.vocabulary.ids import VisitorId
from router.core.vocabulary.values import SECOND, Instant


def fresh_id() -> str:
    """An unguessable id of 15 characters: one more would take 16 bytes more of each visitor's memory, twice."""
    return secrets.token_urlsafe(11)


class VisitorTokens:
    """Visitor ids that only this server can have given, for one site."""

    def __init__(self, signing_key: bytes, site: str) -> None:
        self._signer = Signer(signing_key, salt=f"visitor:{site}", digest_method=hashlib.sha256)

    def sign(self, visitor: VisitorId) -> str:
        """The token that the widget keeps."""
        return self._signer.sign(visitor).decode()

    def read(self, token: str) -> VisitorId | None:
        """The visitor of a token; None when it was not signed here."""
        try:
            return VisitorId(self._signer.unsign(token).decode())
        except BadSignature:
            return None


def identity_is_valid(secret: str, customer: str, expires: int, signature: str, now: Instant) -> bool:
    """Check the shop's signature of its own customer id: HMAC-SHA-256 over id, newline and expiry in Unix seconds."""
    expected = hmac.new(secret.encode(), f"{customer}\n{expires}".encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode()) and now < expires * SECOND
