"""The form of a recorded video."""

from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from lms.courses.rules.recording import MAX_VIDEO
from lms.web.forms import Form


class RecordingForm(Form):
    """A film and its captions."""

    video = FileField(
        "Video",
        [FileRequired("Video dosyasını seçin.")],
        description=f"MP4 (H.264, AAC) ya da WebM; en çok {MAX_VIDEO // 1_000_000} MB.",
        render_kw={"accept": "video/mp4,video/webm,.mp4,.webm"},
    )
    captions = FileField(
        "Altyazı",
        [FileRequired("Altyazı dosyasını seçin; altyazısız video yayımlanmaz.")],
        description="WebVTT (.vtt), UTF-8. Bir altyazının adı bir slaydın kimliğiyse o slayt orada başlar.",
        render_kw={"accept": "text/vtt,.vtt"},
    )


class ReturnForm(Form):
    """Why a proposed video is not published."""

    reason = StringField("Gerekçe", [InputRequired("Gerekçeyi yazın; öneren bunu okur."), Length(5, 500, "5 ile 500 harf arasında yazın.")])  # fmt: skip
