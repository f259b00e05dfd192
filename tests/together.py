"""Several at the same moment: each in a thread, an application context and a transaction of its own."""

import threading
from collections.abc import Callable
from typing import Any

from apiflask import APIFlask
from sqlalchemy import ColumnElement, select

from lms.core.db import db, mark_read_only, transaction
from lms.core.errors import Conflict


def at_once(app: APIFlask, count: int, act: Callable[[int], Any]) -> list[str]:
    """``act(0)``, ``act(1)`` ... begun together; what came of each, sorted: "won", or the code of its refusal."""
    gate, outcomes = threading.Barrier(count), []

    def run(number: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    act(number)
                outcomes.append("won")
            except Conflict as refused:
                outcomes.append(refused.code)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def named_at_once(key: Any, which: ColumnElement[bool]) -> Any:
    """The key of a row, read beside the open transaction as a foreign key's check reads it; a fault if it had to wait."""
    mark_read_only(True)
    try:
        with db.engine.connect() as other:
            return other.scalar(select(key).where(which).with_for_update(read=True, key_share=True, nowait=True))
    finally:
        mark_read_only(False)
