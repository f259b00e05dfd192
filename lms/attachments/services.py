"""One way in for every file a stranger sends: scanned, judged by its content, cleaned; what is refused is recorded."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from lms.attachments import formats, gateways, rules
from lms.attachments.formats import Clean
from lms.attachments.models import RefusedUpload
from lms.core.access import Actor
from lms.core.config import config
from lms.core.db import db, record_apart
from lms.core.errors import Invalid


class _Infected(Invalid):
    """The scanner knows this file."""

    def __init__(self, signature: str) -> None:
        super().__init__("document.infected")
        self.signature = signature


def clean(data: bytes, name: str | None, *, ordinal: int = 1, actor: Actor, place: str, now: datetime) -> Clean:
    """The harmless form of a file, or Invalid (document.*), which is recorded in a transaction of its own.

    Slow, and undoes what the present transaction began when it refuses: call it before one is opened. ``place`` names
    where the file came in; ``actor`` is who sent it as far as known.
    """
    try:
        rules.check_size(len(data))
        _scan(data)
        return formats.clean(data, name, ordinal)
    except Invalid as error:
        record_apart(partial(_refused, data, name, error, ordinal=ordinal, actor=actor, place=place, now=now))
        raise


def clean_all(uploads: Sequence[tuple[str | None, bytes]], *, actor: Actor, place: str, now: datetime) -> list[Clean]:
    """Files that come together (name, bytes): all of them, or what is wrong with each, by its name. See ``clean``."""
    rules.check_batch([len(data) for _name, data in uploads])
    kept, refused = [], []
    for ordinal, (name, data) in enumerate(uploads, 1):
        try:
            kept.append(clean(data, name, ordinal=ordinal, actor=actor, place=place, now=now))
        except Invalid as error:
            if len(uploads) > 1:
                error.params["file"] = formats.given_name(name, ordinal)
            refused.append(error)
            if error.code == "document.unscanned":  # nor would the others be
                break
    if refused:
        refused[0].also = tuple(refused[1:])
        raise refused[0]
    return kept


def _scan(data: bytes) -> None:
    """Ask the scanner where one is configured; what it could not look at is not let through."""
    url = config().clamd_url
    if url is None:
        return
    try:
        signature = gateways.scan(data, url)
    except gateways.ScannerError:
        raise Invalid("document.unscanned") from None
    if signature is not None:
        raise _Infected(signature)


def _refused(
    data: bytes, name: str | None, error: Invalid, *, ordinal: int, actor: Actor, place: str, now: datetime
) -> None:
    db.session.add(
        RefusedUpload(
            at=now,
            actor_kind=actor.kind,
            actor_code=actor.code,
            actor_label=actor.label[:120],
            ip=actor.ip,
            place=place,
            label=formats.plain_name(name) or f"Belge {ordinal}",
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            reason=error.code,
            signature=error.signature[:200] if isinstance(error, _Infected) else None,
        )
    )
