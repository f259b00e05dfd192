"""Counting how often somebody asks. Buckets live in Redis where one is configured, else in this process."""

from flask import Flask, current_app
from limits import parse
from limits.storage import Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from lms.core.config import Config
from lms.core.errors import TooMany

_EXTENSION = "lms_throttle"


def hit(bucket: str, key: str, limit: str) -> None:
    """Count one attempt of ``key`` in ``bucket``; above ``limit`` ("10/minute") raise ``TooMany`` with the wait in seconds."""
    limiter: MovingWindowRateLimiter = current_app.extensions[_EXTENSION]
    item = parse(limit)
    if not limiter.hit(item, bucket, key):
        raise TooMany(retry_after=item.get_expiry())


def init_app(app: Flask, config: Config) -> None:
    """Choose the storage; several processes share limits only through Redis."""
    storage = storage_from_string(config.redis_url or "memory://")
    assert isinstance(storage, Storage)  # noqa: S101 - the string above names a synchronous storage
    app.extensions[_EXTENSION] = MovingWindowRateLimiter(storage)
