"""Devices of one member through real log-ins, threads and commits: the fast path and the plain one keep the same bound (R074)."""

import threading
import time

from lms.core import clock
from lms.core.config import vault
from lms.core.db import db, is_postgresql, transaction
from lms.learning import services
from lms.learning.models import Beat, LessonProgress
from lms.learning.rules import length
from lms.membership.passwords import hash_password
from tests import factories
from tests.conftest import civil

PASSWORD = "kendi şifrem 2025"


def test_R069_R074_devices_in_parallel_through_the_api_never_beat_the_clock(live_database, monkeypatch):
    app = live_database()
    offset = civil("2025-01-09 09:00") - clock.wall()
    clock.set_source(lambda: clock.wall() + offset)
    taken_fast = []
    plain = services.beat_at_once
    monkeypatch.setattr(
        services, "beat_at_once", lambda *given, **named: taken_fast.append(plain(*given, **named)) or taken_fast[-1]
    )
    try:
        with app.app_context(), transaction():
            factories.release((600, 900))
            application = factories.application()
            application.member.password_hash = hash_password(PASSWORD)
            code, tckn = application.code, vault().open(application.member.tckn_sealed)
        log_in = {"tckn": tckn, "password": PASSWORD}
        tokens = [app.test_client().post("/api/v1/sessions", json=log_in).get_json()["access_token"] for _ in range(3)]
        begun, answers = time.monotonic(), []

        def device(number: int) -> None:
            client, token = app.test_client(), tokens[number]
            url = f"/api/v1/trainings/{code}/lessons/0{number % 2 + 1}-ders/progress"
            for seq in range(12):
                report = {"session": f"device-{number}", "seq": seq, "played": [[0, 900]], "position": 0, "rate": 16}
                response = client.post(url, json=report, headers={"Authorization": f"Bearer {token}"})
                answers.append(response.status_code)
            assert (
                client.delete("/api/v1/sessions/current", headers={"Authorization": f"Bearer {token}"}).status_code
                < 300
            )
            assert (
                client.post(url, json={**report, "seq": 99}, headers={"Authorization": f"Bearer {token}"}).status_code
                == 401
            )

        threads = [threading.Thread(target=device, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        passed = time.monotonic() - begun
        with app.app_context():
            credited = sum(length(beat.credited) for beat in db.session.query(Beat))
            assert credited == sum(row.watched for row in db.session.query(LessonProgress))
            assert credited <= passed * 2 + 2
            assert set(answers) <= {200, 409}
            assert answers.count(200) >= 30
            assert any(taken_fast) == is_postgresql()
            db.session.remove()
    finally:
        clock.set_source(clock.wall)
