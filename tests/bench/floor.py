"""The floor (the reference that everything is compared with): a bare endpoint with one session look-up and one upsert."""

import os
from typing import Any

from flask import Flask, request
from psycopg_pool import ConnectionPool

SCHEMA = """
create table if not exists floor_session (token text primary key, person bigint not null);
create table if not exists floor_value (person bigint, number int, value text, seq bigint, primary key (person, number));
truncate floor_session, floor_value;
insert into floor_session select 'token-' || n, n from generate_series(1, 64) n;
"""


def create_app() -> Flask:
    app = Flask("floor")
    pool = ConnectionPool(os.environ["FLOOR_DSN"], min_size=8, max_size=8, open=True)

    @app.put("/value/<int:number>")
    def save(number: int) -> dict[str, Any]:
        body = request.get_json()
        with pool.connection() as connection:
            row = connection.execute(
                "select person from floor_session where token = %s", (request.headers["X-Token"],)
            ).fetchone()
            assert row is not None
            connection.execute(
                "insert into floor_value values (%s, %s, %s, %s) on conflict (person, number) do update set value = excluded.value, seq = excluded.seq",
                (row[0], number, body["option"], body["seq"]),
            )
        return {"saved": True, "seq": body["seq"]}

    return app
