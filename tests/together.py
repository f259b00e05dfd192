"""Several at the same moment: each in a thread, an application context and a transaction of its own."""

import threading
from collections.abc import Callable
from typing import Any

from apiflask import APIFlask

from lms.core.db import transaction
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
