"""Where bytes are kept that are no rows: documents, certificates, course media. Keys are ours and random; never a user's name."""

import os
import secrets
from collections.abc import Set
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from lms.core.config import ConfigError, config


class LocalFiles:
    """A folder outside any web root. A key is ``<namespace>/<aa>/<random><suffix>``."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def put(self, namespace: str, data: bytes, suffix: str = "") -> str:
        """Store ``data`` durably and answer its new key."""
        name = secrets.token_hex(16)
        key = f"{namespace}/{name[:2]}/{name}{suffix}"
        path = self.path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".part")
        with draft.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(path)
        return key

    def take(self, namespace: str, path: Path, suffix: str = "") -> str:
        """As ``put``, for a file that is too big to hold in memory: it is moved here. See ``desk``."""
        name = secrets.token_hex(16)
        key = f"{namespace}/{name[:2]}/{name}{suffix}"
        target = self.path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        with path.open("rb") as kept:
            os.fsync(kept.fileno())
        path.replace(target)
        return key

    def desk(self) -> TemporaryDirectory[str]:
        """A folder to work in, beside the store; what is not taken from it is gone afterwards."""
        self._root.mkdir(parents=True, exist_ok=True)
        return TemporaryDirectory(prefix=".desk-", dir=self._root)

    def read(self, key: str) -> bytes:
        """The bytes of ``key``; FileNotFoundError when there are none."""
        return self.path(key).read_bytes()

    def path(self, key: str) -> Path:
        """The file behind ``key``; refuses to leave the store."""
        path = (self._root / key).resolve()
        if not path.is_relative_to(self._root):
            raise FileNotFoundError(key)
        return path

    def keys(self, namespace: str, before: datetime) -> list[str]:
        """Everything of ``namespace`` that was stored before this instant (real time), drafts that were never finished too."""
        found = (path for path in (self._root / namespace).rglob("*") if path.is_file())
        return [path.relative_to(self._root).as_posix() for path in found if path.stat().st_mtime < before.timestamp()]

    def sweep(self, namespace: str, named: Set[str], before: datetime) -> int:
        """Remove what was stored before this instant (real time) and no row names: a file is written before its row, so it
        belongs to an act that failed. How many."""
        stray = set(self.keys(namespace, before)) - named
        for key in stray:
            self.delete(key)
        return len(stray)

    def delete(self, key: str) -> None:
        """Remove ``key``; already gone is fine."""
        self.path(key).unlink(missing_ok=True)


def files() -> LocalFiles:
    """The running process's store (``LMS_FILES_URL``)."""
    url = config().files_url
    if "://" in url and not url.startswith("file://"):
        raise ConfigError("LMS_FILES_URL: only a folder is supported by this version.")
    return LocalFiles(Path(url.removeprefix("file://")))
