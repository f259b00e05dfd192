"""What the simulated bank remembers, in a SQLite file of its own: it survives restarts as a bank would."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

LOCAL = timezone(timedelta(hours=3))


@dataclass(frozen=True, slots=True)
class Order:
    """`state`: open -> otp -> approved, declined or failed (no provision was tried)."""

    order_id: str
    token: str
    created_at: str
    fields: dict[str, str]
    amount: int
    total: int
    state: str = "open"
    behaviour: str = ""
    masked_pan: str = ""
    tries: int = 0
    mdstatus: str = "0"
    authcode: str = ""
    reference: str = ""
    procreturncode: str = ""
    response: str = ""
    message: str = ""
    auth_at: str = ""

    @property
    def done(self) -> bool:
        return self.state in ("approved", "declined", "failed")

    @property
    def auth_local(self) -> str:
        """The authorisation time as the bank prints it: civil time without a zone."""
        if not self.auth_at:
            return ""
        return datetime.fromisoformat(self.auth_at).astimezone(LOCAL).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]

    def with_(self, **changes: Any) -> "Order":
        return replace(self, **changes)


COLUMNS = tuple(f.name for f in fields(Order))
# Column names come from the class above, values only ever as parameters.
SELECT = f"SELECT {', '.join(COLUMNS)} FROM orders"  # noqa: S608
INSERT = f"INSERT OR IGNORE INTO orders ({', '.join(COLUMNS)}) VALUES ({', '.join('?' for _ in COLUMNS)})"  # noqa: S608
UPDATE = f"UPDATE orders SET {', '.join(f'{n} = ?' for n in COLUMNS)} WHERE order_id = ? AND state = ? AND tries = ?"  # noqa: S608


class Store:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with self._open() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            rest = ", ".join(name for name in COLUMNS if name not in ("order_id", "token"))
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS orders (order_id TEXT PRIMARY KEY, token TEXT UNIQUE NOT NULL, {rest})"
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=10)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def add(self, order: Order) -> bool:
        """False when the order number is already known: a number is good for one payment."""
        with self._open() as connection:
            return connection.execute(INSERT, _row(order)).rowcount == 1

    def change(self, before: Order, after: Order) -> bool:
        """Store `after` if the order still stands as in `before`; False when somebody else was quicker."""
        with self._open() as connection:
            key = (before.order_id, before.state, before.tries)
            return connection.execute(UPDATE, (*_row(after), *key)).rowcount == 1

    def by_order_id(self, order_id: str) -> Order | None:
        return self._one("order_id", order_id)

    def by_token(self, token: str) -> Order | None:
        return self._one("token", token)

    def _one(self, column: str, value: str) -> Order | None:
        with self._open() as connection:
            row = connection.execute(f"{SELECT} WHERE {column} = ?", (value,)).fetchone()
        if row is None:
            return None
        values = dict(zip(COLUMNS, row, strict=True))
        return Order(**(values | {"fields": json.loads(values["fields"])}))


def _row(order: Order) -> tuple[Any, ...]:
    return tuple(
        json.dumps(order.fields, ensure_ascii=False) if name == "fields" else getattr(order, name) for name in COLUMNS
    )
