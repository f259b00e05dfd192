"""What must not lie readable in the database: T.C. identity numbers and second-factor secrets.

Values are sealed with AES-256-GCM (random nonce, key id in front so that keys can be rotated) and found again by a
keyed hash (HMAC-SHA-256), never by the value itself.
"""

import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


def derive(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose from a configured secret (HKDF-SHA-256)."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret.encode())


class Vault:
    """Seals and finds. ``data_secrets[0]`` seals; all of them open (rotation). ``index_secret`` never rotates silently."""

    def __init__(self, data_secrets: tuple[str, ...], index_secret: str) -> None:
        self._keys = {self._key_id(s): AESGCM(derive(s, "lms/seal")) for s in data_secrets}
        self._current = self._key_id(data_secrets[0])
        self._index_key = derive(index_secret, "lms/index")

    def seal(self, text: str) -> bytes:
        """Encrypt; two seals of one text differ."""
        nonce = secrets.token_bytes(_NONCE)
        return self._current + nonce + self._keys[self._current].encrypt(nonce, text.encode(), self._current)

    def open(self, sealed: bytes) -> str:
        """Decrypt; raises on a tampered value or an unknown key."""
        key_id, nonce, body = sealed[:4], sealed[4 : 4 + _NONCE], sealed[4 + _NONCE :]
        return self._keys[key_id].decrypt(nonce, body, key_id).decode()

    def index(self, text: str) -> str:
        """The keyed hash under which a value is found: 64 hex digits, stable."""
        return hmac.new(self._index_key, text.encode(), hashlib.sha256).hexdigest()

    @staticmethod
    def _key_id(secret: str) -> bytes:
        return hashlib.sha256(b"lms/key-id:" + secret.encode()).digest()[:4]
