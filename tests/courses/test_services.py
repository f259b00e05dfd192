"""Lessons become videos, and videos a release: rebuilt only when changed, imported all or nothing."""

import json
import shutil
import wave
from datetime import timedelta
from pathlib import Path

import av
import numpy as np
import pytest

from lms.core.db import db
from lms.core.files import files
from lms.core.sources import BrokenSource, Folder
from lms.courses import queries, services
from lms.courses.build import pipeline, voice
from lms.courses.models import CourseRelease, Lesson
from tests.courses.test_formats import CHECK, LESSON, ROOT, SLIDES


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """A checkout's content folder with one tiny lesson."""
    root = tmp_path_factory.mktemp("course") / "content"
    folder = root / "programmes" / "deneme" / "lessons" / "01-bir"
    folder.mkdir(parents=True)
    (folder.parent / "course.yaml").write_text("title: Deneme\n", "utf-8")
    (folder / "lesson.yaml").write_text(LESSON, "utf-8")
    (folder / "slides.md").write_text(SLIDES, "utf-8")
    (folder / "check.yaml").write_text(CHECK, "utf-8")
    shutil.copytree(ROOT / "content/tariffs", root / "tariffs")
    return root


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("built")


@pytest.fixture(scope="module")
def built(content, out):
    return services.build(Folder(content.parent), out)


def test_a_lesson_becomes_a_film_that_every_phone_plays(built):
    (lesson,) = built["deneme"]
    assert lesson.fresh
    with av.open(str(lesson.folder / "video.mp4")) as film:
        video, sound = film.streams.video[0], film.streams.audio[0]
        assert (video.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        assert (video.width, video.height, video.pix_fmt) == (1280, 720, "yuv420p")
        assert sound.channels == 1
        seconds = film.duration / 1_000_000
    assert lesson.facts["duration"] == int(seconds)
    assert 0.4 < seconds - int(seconds) < 0.7  # played to its end, every whole second has been played
    head = (lesson.folder / "video.mp4").read_bytes()[:4096]
    assert b"moov" in head  # the index comes first
    with av.open(str(lesson.folder / "video.mp4")) as film:
        loud = np.concatenate([frame.to_ndarray().ravel() for frame in film.decode(audio=0)])
    assert 0.05 < float(np.abs(loud).max()) <= 1


def test_captions_and_transcript_have_times(built):
    folder = built["deneme"][0].folder
    captions = (folder / "captions.vtt").read_text("utf-8")
    assert captions.startswith("WEBVTT")
    assert "Tabloyu okuyalım." in captions
    chapters = json.loads((folder / "transcript.json").read_text("utf-8"))
    assert [chapter["title"] for chapter in chapters] == ["Başlık", "Tablo"]
    times = [time for chapter in chapters for s in chapter["sentences"] for time in (s["start"], s["end"])]
    assert times == sorted(times)
    assert chapters[-1]["end"] // 1000 == built["deneme"][0].facts["duration"]


def test_only_what_changed_is_built_again(content, out, built):
    again = services.build(Folder(content.parent), out)
    assert not again["deneme"][0].fresh
    slides = content / "programmes/deneme/lessons/01-bir/slides.md"
    slides.write_text(SLIDES + "\n\n", "utf-8")  # nothing that a viewer would notice
    assert not services.build(Folder(content.parent), out)["deneme"][0].fresh
    slides.write_text(SLIDES.replace("Bu bir cümledir.", "Bu başka bir cümledir."), "utf-8")
    told = []
    changed = services.build(Folder(content.parent), out, lambda done, total, title: told.append((done, total, title)))[
        "deneme"
    ][0]
    assert changed.fresh
    assert told == [(0, 1, ""), (1, 1, "Birinci ders")]
    assert pipeline.complete(built["deneme"][0].folder)  # the earlier film stays for who started with it
    slides.write_text(SLIDES, "utf-8")


def test_the_same_lesson_gives_the_same_bytes(content, built, tmp_path):
    other = services.build(Folder(content.parent), tmp_path)["deneme"][0]
    assert other.facts == built["deneme"][0].facts


def test_changing_one_slide_makes_that_slide_alone_again(content, tmp_path):
    services.build(Folder(content.parent), tmp_path)
    parts = tmp_path / "parts"
    before = {path.name for path in parts.iterdir()}
    assert sorted(name.rpartition(".")[2] for name in before) == ["mp4", "mp4", "npz", "npz"]
    slides = content / "programmes/deneme/lessons/01-bir/slides.md"
    slides.write_text(SLIDES.replace("Tabloyu okuyalım.", "Tabloyu birlikte ve yavaşça okuyalım."), "utf-8")
    try:
        changed = services.build(Folder(content.parent), tmp_path)["deneme"][0]
    finally:
        slides.write_text(SLIDES, "utf-8")
    new = sorted(path.suffix for path in parts.iterdir() if path.name not in before)
    assert new == [".mp4", ".npz"]
    with av.open(str(changed.folder / "video.mp4")) as film:
        frames = list(film.decode(video=0))
        assert [float(frame.pts * frame.time_base) for frame in frames] == [n / 2 for n in range(len(frames))]
    chapters = json.loads((changed.folder / "transcript.json").read_text("utf-8"))
    starts = [frame.pts * frame.time_base for frame in frames if frame.key_frame]
    assert [chapter["start"] / 1000 for chapter in chapters] == starts  # a viewer jumps to a slide at once


def test_a_slide_sounds_the_same_whatever_was_said_before():
    first = voice.told(["Prim yüzde on.", "Bu bir cümledir."])
    voice.told(["Başka bir şey söylenir."])
    again = voice.told(["Prim yüzde on.", "Bu bir cümledir."])
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    kept = voice.unpacked(voice.packed(first))
    assert all(np.array_equal(one, two) for one, two in zip(first, kept, strict=True))


def test_a_recorded_voice_replaces_the_synthetic_one(content, tmp_path):
    folder = content / "programmes/deneme/lessons/01-bir/narration"
    folder.mkdir()
    path = folder / "baslik.wav"
    try:
        with wave.open(str(path), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(16_000)
            tone = np.sin(np.arange(16_000 * 7) * 0.1) * 8000
            sound.writeframes(tone.astype("<i2").tobytes())
        made = services.build(Folder(content.parent), tmp_path)["deneme"][0]
        chapters = json.loads((made.folder / "transcript.json").read_text("utf-8"))
        assert chapters[0]["sentences"][0] == {"start": 440, "end": 7440, "text": "Bu bir cümledir."}
        assert len(voice.recording(path.read_bytes())) == 7 * voice.RATE
    finally:
        path.unlink()
        folder.rmdir()


def test_R079_a_release_is_imported_once_and_never_changes(app, now, built):
    (first,) = services.publish(built, now=now())
    assert first.fresh
    (lesson,) = first.release.lessons
    assert (lesson.code, lesson.ordinal, lesson.duration) == ("bir", 1, built["deneme"][0].facts["duration"])
    assert files().read(lesson.video_key) == (built["deneme"][0].folder / "video.mp4").read_bytes()
    assert lesson.about["as_of"] == "2025-01-08"
    (again,) = services.publish(built, now=now() + timedelta(days=1))
    assert not again.fresh
    assert again.release.id == first.release.id
    assert db.session.query(Lesson).count() == 1


def test_R079_new_content_is_a_new_release_and_the_old_one_stays(app, now, built, content, out):
    (first,) = services.publish(built, now=now())
    slides = content / "programmes/deneme/lessons/01-bir/slides.md"
    slides.write_text(SLIDES.replace("Tabloyu okuyalım.", "Tabloya bakalım."), "utf-8")
    try:
        (second,) = services.publish(services.build(Folder(content.parent), out), now=now() + timedelta(days=1))
    finally:
        slides.write_text(SLIDES, "utf-8")
    assert second.fresh
    assert queries.current_release("deneme").id == second.release.id
    assert db.session.get(CourseRelease, first.release.id).lessons[0].transcript != second.release.lessons[0].transcript
    (back,) = services.publish(built, now=now() + timedelta(days=2))
    assert not back.fresh
    assert queries.current_release("deneme").id == first.release.id


def test_R079_a_broken_lesson_stops_the_import_and_the_old_version_stays(app, now, built, content, out):
    services.publish(built, now=now())
    slides = content / "programmes/deneme/lessons/01-bir/slides.md"
    slides.write_text(SLIDES.replace("```table", "```tablo"), "utf-8")
    before = sorted(Path(out).rglob("*"))
    try:
        with pytest.raises(BrokenSource, match=r"slides.md:10: unknown block 'tablo'"):
            services.build(Folder(content.parent), out)
    finally:
        slides.write_text(SLIDES, "utf-8")
    assert sorted(Path(out).rglob("*")) == before
    assert db.session.query(CourseRelease).filter_by(programme_code="deneme").count() == 1
