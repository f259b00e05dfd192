"""A recorded video in place of a built one: what files are taken, what becomes of them, and who sees which."""

import io
import re
import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from lms.audit.models import AuditEntry
from lms.core.access import Actor
from lms.core.db import db
from lms.core.errors import Conflict, Invalid, NotFound
from lms.core.files import files
from lms.courses import queries, services
from lms.courses.models import CourseRelease, RecordingProposal
from lms.courses.rules.captions import webvtt
from lms.courses.rules.recording import CODECS, Film, check_film, read_captions, transcript
from tests import factories

EDITOR = Actor(kind="staff", id=1, code="e1", label="Editör", role="editor")
SECOND = Actor(kind="staff", id=2, code="e2", label="Müdür", role="manager")
CAPTIONS = "WEBVTT\n\nNOTE kimse görmez\n\ntablo\n00:01.000 --> 00:09.000\nBirinci\ncümle\n\n00:09.000 --> 00:15.000\ndevam eder.\n\n3\n00:00:15.000 --> 00:00:22.500 align:start\nA &amp; B bitti.\n"


def film_bytes(path: Path, seconds: int = 24, *, video: str = "libx264", audio: str = "aac", size: int = 320, sounds: int = 1) -> Path:  # fmt: skip
    """A grey film with silence."""
    with av.open(str(path), "w") as film:
        film.metadata["title"] = "Evde çekildi"
        picture = film.add_stream(video, rate=2)
        picture.width, picture.height, picture.pix_fmt, picture.time_base = size, 240, "yuv420p", Fraction(1, 2)
        voices = [film.add_stream(audio, rate=48_000) for _ in range(sounds)]
        for voice in voices:
            voice.layout = "mono"
        for number in range(seconds * 2):
            frame = av.VideoFrame.from_ndarray(np.full((240, size, 3), number % 255, dtype=np.uint8), format="rgb24").reformat(format="yuv420p")  # fmt: skip
            frame.pts, frame.time_base = number, Fraction(1, 2)
            film.mux(picture.encode(frame))
            for voice in voices:
                sound = av.AudioFrame.from_ndarray(
                    np.zeros((1, 24_000), dtype=np.float32), format="fltp", layout="mono"
                )
                sound.sample_rate, sound.pts = 48_000, number * 24_000
                film.mux(voice.encode(sound))
        for stream in (picture, *voices):
            film.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def mp4(tmp_path_factory):
    return film_bytes(tmp_path_factory.mktemp("film") / "film.mp4")


@pytest.fixture
def lesson(app, now):
    found = factories.release().lessons[0]
    found.slides = [{"id": "tablo", "title": "Tablo"}, {"id": "son", "title": "Son"}]
    found.source_hash = "a" * 64
    found.citations = [
        {"slide": "tablo", "place": "narration/0", "start": 0, "end": 1, "address": "x", "shown": "x"},
        {"slide": "tablo", "place": "title", "start": 0, "end": 1, "address": "x", "shown": "x"},
    ]
    db.session.flush()
    return found


def publish(lesson, video, tmp_path, now, captions=CAPTIONS):
    copy = shutil.copy(video, tmp_path / "sent")
    made = services.prepare_recording(Path(copy), captions.encode(), tmp_path)
    proposal = services.propose_recording("ddta", lesson.code, made, actor=EDITOR, now=now())
    return services.publish_proposal(proposal.code, actor=SECOND, now=now())


def withdraw(lesson, now):
    proposal = services.propose_withdrawal("ddta", lesson.code, actor=SECOND, now=now())
    return services.publish_proposal(proposal.code, actor=EDITOR, now=now())


def test_R079_a_recorded_video_is_a_new_release_and_the_built_one_comes_back(lesson, mp4, tmp_path, now):
    before = lesson.release
    release = publish(lesson, mp4, tmp_path, now)
    assert queries.current_release("ddta").id == release.id != before.id
    shown = release.lessons[0]
    assert [one.code for one in release.lessons] == [one.code for one in before.lessons]
    assert (shown.duration, shown.recorded["by"]) == (24, "Editör")
    assert shown.transcript == [
        {
            "id": "tablo",
            "title": "Tablo",
            "start": 0,
            "end": 24_000,
            "sentences": [
                {"start": 1000, "end": 15_000, "text": "Birinci cümle devam eder."},
                {"start": 15_000, "end": 22_500, "text": "A & B bitti."},
            ],
        }
    ]
    assert [one["place"] for one in shown.citations] == ["title"]
    assert "A &amp; B" in files().read(shown.captions_key).decode()
    assert "kimse" not in files().read(shown.captions_key).decode()
    with av.open(str(files().path(shown.video_key))) as film:
        assert [stream.type for stream in film.streams] == ["video", "audio"]
        assert "title" not in film.metadata
    assert files().read(shown.poster_key)[:2] == b"\xff\xd8"
    assert before.lessons[0].video_key == "v.mp4"
    back = withdraw(lesson, now)
    assert (back.lessons[0].video_key, back.lessons[0].duration, back.lessons[0].recorded) == ("v.mp4", 60, None)
    assert len(back.lessons[0].citations) == 2
    with pytest.raises(Conflict, match=r"recording.none"):
        withdraw(lesson, now)
    acts = [row.act for row in db.session.query(AuditEntry).filter_by(subject_kind="lesson")]
    assert acts == [
        "courses.recording_proposed", "courses.lesson_recorded", "courses.recording_proposed", "courses.recording_withdrawn",
    ]  # fmt: skip
    again = publish(lesson, mp4, tmp_path, now)
    assert again.id == release.id  # the same content is found again
    assert db.session.query(CourseRelease).count() == 3
    with pytest.raises(NotFound):
        services.lesson_now("ddta", "yok")


def test_nobody_publishes_alone_and_a_proposal_is_decided_once(lesson, mp4, tmp_path, now):
    before = queries.current_release("ddta").id
    made = services.prepare_recording(Path(shutil.copy(mp4, tmp_path / "sent")), CAPTIONS.encode(), tmp_path)
    one = services.propose_recording("ddta", lesson.code, made, actor=EDITOR, now=now())
    assert queries.current_release("ddta").id == before
    with pytest.raises(Conflict, match=r"recording\.own"):
        services.publish_proposal(one.code, actor=EDITOR, now=now())
    again = services.prepare_recording(Path(shutil.copy(mp4, tmp_path / "sent")), CAPTIONS.encode(), tmp_path)
    with pytest.raises(Conflict) as waiting:
        services.propose_recording("ddta", lesson.code, again, actor=SECOND, now=now())
    assert (waiting.value.code, waiting.value.params["by"]) == ("recording.proposed", "Editör")
    with pytest.raises(IntegrityError, match="four_eyes"), db.session.begin_nested():
        db.session.execute(
            update(RecordingProposal).values(state="published", decided_code=EDITOR.code, decided_at=now())
        )
    services.return_proposal(one.code, reason="Ses çok kısık.", actor=SECOND, now=now())
    with pytest.raises(Conflict) as late:
        services.publish_proposal(one.code, actor=SECOND, now=now())
    assert (late.value.code, late.value.params) == ("recording.decided", {"by": "Müdür", "at": now()})
    assert queries.current_release("ddta").id == before
    assert queries.last_returned("ddta", lesson.code).reason == "Ses çok kısık."
    services.forget_film(one)
    assert not files().path(one.film["video_key"]).exists()


def test_webm_is_taken_too(lesson, tmp_path, now):
    made = film_bytes(tmp_path / "film.webm", video="libvpx", audio="libopus")
    shown = publish(lesson, made, tmp_path, now).lessons[0]
    assert shown.video_key.endswith(".webm")
    assert shown.duration == 24


@pytest.mark.parametrize(
    ("name", "values", "code"),
    [
        ("film.mkv", {}, "recording.codec"),  # Matroska with H.264 is no WebM
        ("film.mp4", {"sounds": 2}, "recording.streams"),
        ("film.mp4", {"sounds": 0}, "recording.streams"),
        ("film.mp4", {"seconds": 5}, "recording.duration"),
        ("film.mp4", {"size": 2400}, "recording.size"),
        ("film.mp4", {"video": "mpeg4"}, "recording.codec"),
        ("film.avi", {"video": "mpeg4", "audio": "mp3"}, "recording.format"),
    ],
)
def test_other_films_are_refused_by_what_is_in_them(name, values, code, tmp_path, app):
    sent = film_bytes(tmp_path / name, **values)
    with pytest.raises(Invalid) as refused:
        services.prepare_recording(sent, CAPTIONS.encode(), tmp_path)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "data",
    [b"", b"not a film", b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 64, b"\x1a\x45\xdf\xa3" + b"\xff" * 200, b"GIF89a", b"<svg onload=alert(1)>"],
)  # fmt: skip
def test_what_is_no_film_is_refused(data, tmp_path, app):
    path = tmp_path / "x.mp4"
    path.write_bytes(data)
    with pytest.raises(Invalid, match=r"recording\.(empty|broken|format|streams)"):
        services.prepare_recording(path, CAPTIONS.encode(), tmp_path)


def test_a_torn_film_is_refused_or_measured_by_what_is_left(mp4, tmp_path, app):
    path = tmp_path / "x.mp4"
    path.write_bytes(mp4.read_bytes()[:4000])
    with pytest.raises(Invalid, match=r"recording\."):
        services.prepare_recording(path, CAPTIONS.encode(), tmp_path)


def test_a_film_is_measured_by_limits():
    film = Film(".mp4", ("h264",), ("aac",), 0, 1280, 720, "yuv420p", 60_000)
    check_film(film)
    assert CODECS.keys() == {".mp4", ".webm"}


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("WEBVTT\n", "WEBVT\n", "header", None),
        ("WEBVTT\n", "WEBVTTX\n", "header", None),
        ("00:01.000 --> 00:09.000", "00:01,000 --> 00:09,000", "timing", 5),
        ("00:01.000 --> 00:09.000", "00:09.000 --> 00:01.000", "order", 5),
        ("00:09.000 --> 00:15.000", "00:08.000 --> 00:15.000", "order", 10),
        ("00:00:22.500", "00:01:22.500", "outside", 13),
        ("bitti.", "<b>bitti.</b>", "markup", 13),
        ("bitti.", "\u202ebitti.", "text", 13),
        ("devam eder.", "&nbsp;", "text", 10),
        ("NOTE kimse görmez", "STYLE\n::cue { color: red }", "block", 3),
    ],
)
def test_captions_are_plain_in_order_and_inside_the_film(old, new, code, line):
    assert old in CAPTIONS
    with pytest.raises(Invalid) as refused:
        read_captions(CAPTIONS.replace(old, new, 1).encode(), 24_000)
    assert refused.value.code == f"captions.{code}"
    assert refused.value.params.get("line") == line


def test_captions_that_say_nothing_are_refused():
    for data, code in ((b"", "empty"), (b"WEBVTT\n", "thin"), (b"WEBVTT\n\n\xff", "encoding"), (b"x" * 1_000_001, "too_big")):  # fmt: skip
        with pytest.raises(Invalid, match=rf"captions\.{code}"):
            read_captions(data, 24_000)
    with pytest.raises(Invalid, match=r"captions\.thin"):
        read_captions(CAPTIONS.encode(), 240_000)


@given(st.binary(max_size=300))
def test_no_file_of_captions_breaks_the_reader(data):
    try:
        cues = read_captions(b"WEBVTT\n\n" + data, 60_000)
    except Invalid:
        return
    assert read_captions(webvtt(one.cue for one in cues).encode(), 60_000)


def test_a_named_cue_begins_its_slide():
    cues = read_captions(CAPTIONS.replace("\n3\n", "\nson\n").encode(), 24_000)
    made = transcript(cues, [{"id": "tablo", "title": "T"}, {"id": "son", "title": "S"}], "Ders", 24_000)
    assert [(one["id"], one["start"], one["end"]) for one in made] == [("tablo", 0, 15_000), ("son", 15_000, 24_000)]


# --- the page -----------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(become, lesson, client):
    browser = become(factories.member(staff_role="editor"))
    browser.url = f"/yonetim/icerik/videolar/ddta/{lesson.code}"
    return browser


def send(desk, video, captions):
    data = {
        "video": FileStorage(io.BytesIO(video), "film.mp4"),
        "captions": FileStorage(io.BytesIO(captions), "film.vtt"),
    }
    boundary, body = encode_multipart(data)
    return desk.post(desk.url, data=body, content_type=f'multipart/form-data; boundary="{boundary}"')


def test_the_editor_proposes_a_second_person_sees_and_publishes(desk, become, mp4, lesson):
    second = become(factories.member(staff_role="manager"))
    assert "üretilmiş" in desk.get("/yonetim/icerik/videolar").text
    padded = mp4.read_bytes() + b"\x00" * 13_000_000  # larger than any other request may be
    assert send(desk, padded, CAPTIONS.encode()).status_code == 303
    page = desk.get(desk.url).text
    assert "ders metninden üretilmiş" in page
    assert "Kendi önerinizi siz yayımlayamazsınız" in page
    assert "öneri bekliyor" in second.get("/yonetim/icerik/videolar").text
    decision = re.search(rf"{desk.url}/karar/\w+", page)[0]
    assert desk.post(decision, data={"is": "yayimla"}).status_code == 409
    assert second.post(decision, data={"is": "geri-cevir", "reason": ""}).status_code == 422
    assert second.get(f"{desk.url}/film").status_code == 404  # the built one of this test has no file
    with second.get(f"{desk.url}/film?oneri=1") as film:
        assert (film.status_code, film.mimetype) == (200, "video/mp4")
        assert len(film.data) < 13_000_000
    assert second.post(decision, data={"is": "yayimla"}).status_code == 303
    assert second.post(decision, data={"is": "yayimla"}).status_code == 409
    assert second.get(f"{desk.url}/film?oneri=1").status_code == 404
    assert "kaydedilmiş video" in desk.get(desk.url).text
    with desk.get(f"{desk.url}/altyazi") as captions:
        assert captions.data.startswith(b"WEBVTT")
    assert second.post(f"{desk.url}/geri-al").status_code == 303
    assert second.post(f"{desk.url}/geri-al").status_code == 409
    decision = re.search(rf"{desk.url}/karar/\w+", desk.get(desk.url).text)[0]
    assert desk.post(decision.replace("/ddta/", "/yok/"), data={"is": "yayimla"}).status_code == 404
    assert desk.post(decision, data={"is": "geri-cevir", "reason": "Film iyi, kalsın."}).status_code == 303
    assert "Film iyi, kalsın." in second.get(desk.url).text
    assert second.post(f"{desk.url}/geri-al").status_code == 303
    decision = re.search(rf"{desk.url}/karar/\w+", desk.get(desk.url).text)[0]
    assert second.post(decision, data={"is": "geri-al"}).status_code == 303
    assert second.post(decision, data={"is": "geri-al"}).status_code == 409
    assert desk.get("/yonetim/icerik/videolar/ddta/yok").status_code == 404
    assert not list(files().path("").glob(".desk-*"))


def test_what_is_wrong_is_said_beside_its_field(desk, mp4):
    answer = send(desk, b"no film", CAPTIONS.encode())
    assert answer.status_code == 422
    assert "Video açılamadı" in answer.text
    answer = send(desk, mp4.read_bytes(), b"WEBVTT\n\nx\n")
    assert "Altyazı, 3. satır" in answer.text
    answer = desk.post(desk.url, data={}, content_type="multipart/form-data")
    assert "Altyazı dosyasını seçin" in answer.text


def test_only_the_editor_may_send_so_much(desk, become):
    other = become(factories.member())
    other.url = desk.url
    assert send(other, b"\x00" * 13_000_000, CAPTIONS.encode()).status_code in (403, 413)
