"""What stands in the header and the footer: fixed addresses (CONTRACT.md), shown where a view exists and the role may open it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from flask import Flask, current_app, request
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from lms.core.access import Actor
from lms.web.access import current_actor, rule_of
from lms.web.i18n import TURKISH_ONLY, language


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a menu. ``current`` is "page" on the page itself, "true" on a page below it."""

    url: str
    label: str | LazyString
    children: tuple["Item", ...] = ()
    current: str | None = field(default=None, compare=False)


_PUBLIC = (
    Item("/tarife", _l("Tarife")),
    Item("/dogrula", _l("Sertifika doğrula")),
    Item("/giris", _l("Giriş yap")),
    Item("/kaydol", _l("Üye ol")),
)
_MEMBER = (
    Item("/", _l("Yolculuğum")),
    Item("/egitimlerim", _l("E-Eğitimlerim")),
    Item("/uygulama", _l("Uygulama")),
    Item("/sinavlar", _l("Sınavlar")),
    Item(
        "/basvurularim",
        _l("Başvuru Bilgilerim"),
        (
            Item("/basvurularim", _l("Başvurularım")),
            Item("/odemelerim", _l("Ödemelerim")),
            Item("/sertifikalarim", _l("Sertifikalarım")),
            Item("/muafiyet", _l("Ücret muafiyeti")),
        ),
    ),
    Item("/destek", _l("Destek")),
    Item("/hesabim", _l("Hesabım")),
)
_STAFF = (
    Item("/yonetim", "Masa"),
    Item(
        "",
        "Kişiler",
        (
            Item("/yonetim/adaylar", "Adaylar"),
            Item("/yonetim/devam", "Devam listesi"),
            Item("/yonetim/kurumlar", "Kurumlar"),
        ),
    ),
    Item(
        "",
        "Talepler",
        (
            Item("/yonetim/muafiyet", "Muafiyet istekleri"),
            Item("/yonetim/yeniden-basvuru", "Yeniden başvuru"),
            Item("/yonetim/ek-sure", "Ek süre"),
            Item("/yonetim/duzeltmeler", "Kimlik no düzeltmeleri"),
            Item("/yonetim/kimlik-itirazlari", "Kimlik itirazları"),
            Item("/yonetim/posta", "Gelen posta"),
            Item("/yonetim/destek", "Destek"),
            Item("/yonetim/iletiler", "İletiler"),
        ),
    ),
    Item("", "Eğitim ve sınav", (Item("/yonetim/icerik", "İçerik"), Item("/yonetim/sorular", "Sorular"))),
    Item(
        "",
        "Para",
        (
            Item("/yonetim/odemeler", "Ödemeler"),
            Item("/yonetim/sube-odemeleri", "Şube ödemeleri"),
            Item("/yonetim/dekontlar", "Dekontlar"),
        ),
    ),
    Item(
        "",
        "Kayıt ve denetim",
        (
            Item("/yonetim/sertifikalar", "Sertifikalar"),
            Item("/yonetim/kutuk", "Sertifika kütüğü"),
            Item("/yonetim/reddedilen-dosyalar", "Reddedilen dosyalar"),
            Item("/yonetim/kvkk", "Kişisel veri talepleri"),
            Item("/yonetim/denetim", "Denetim izi"),
            Item("/yonetim/aktarimlar", "Aktarımlar"),
            Item("/yonetim/veri-envanteri", "Veri envanteri"),
            Item("/yonetim/raporlar", "Raporlar"),
            Item("/yonetim/raporlar/isaretler", "Sınav işaretleri"),
        ),
    ),
    Item(
        "",
        "Ayarlar",
        (
            Item("/yonetim/donemler", "Dönemler"),
            Item("/yonetim/takvim", "Takvim"),
            Item("/yonetim/personel", "Personel"),
        ),
    ),
    Item("/hesabim", "Hesabım"),
)
"""Groups without an address of their own lead to their first page that the role may open; a group of one is that page."""
_FOOT = (
    Item("/aydinlatma", _l("Aydınlatma metni")),
    Item("/kosullar", _l("Başvuru koşulları")),
    Item("/cerezler", _l("Çerezler")),
    Item("/metinler", _l("Metinler")),
    Item("/erisilebilirlik", _l("Erişilebilirlik")),
    Item("/tarife", _l("Tarife")),
    Item("/dogrula", _l("Sertifika doğrula")),
    Item("/api/docs", "API"),
)
_EXACT = ("/", "/yonetim")
_GOING_ON = "lms_going_on"


def open_to(url: str, actor: Actor) -> bool:
    """Whether a view answers at ``url`` and would not turn this person away."""
    adapter = current_app.url_map.bind("", script_name="/")
    try:
        endpoint, _values = adapter.match(url.partition("?")[0], method="GET")
    except HTTPException:
        return False
    rule = rule_of(endpoint)
    return rule is None or rule.kind != "staff" or actor.role in rule.roles


def _state(url: str) -> str | None:
    if request.path.rstrip("/") == url.rstrip("/"):
        return "page"
    return "true" if url not in _EXACT and request.path.startswith(f"{url}/") else None


def _shown(items: Sequence[Item], actor: Actor) -> list[Item]:
    shown = []
    for item in items:
        children = tuple(_shown(item.children, actor))
        if not item.url and len(children) == 1:
            shown.append(children[0])
            continue
        if not (children or (item.url and open_to(item.url, actor))):
            continue
        current = (_state(item.url) if item.url else None) or (
            "true" if any(child.current for child in children) else None
        )
        shown.append(replace(item, url=item.url or children[0].url, children=children, current=current))
    return shown


def nav_items(actor: Actor | None = None) -> list[Item]:
    """The main menu of this person."""
    actor = actor or current_actor()
    return _shown({"member": _MEMBER, "staff": _STAFF}.get(actor.kind, _PUBLIC), actor)


def may_open(url: str) -> bool:
    """Whether a link to `url` may stand on the page of whoever asks."""
    return open_to(url, current_actor())


def foot_items() -> list[Item]:
    """The links of the footer."""
    return _shown(_FOOT, current_actor())


def set_going_on(app: Flask, tell: Callable[[], str]) -> None:
    """Tell what runs on when a person logs out, as a piece of a page; ``lms.exams`` knows."""
    app.extensions[_GOING_ON] = tell


def going_on() -> Markup:
    """What whoever asks leaves running by logging out; empty where there is nothing."""
    tell: Callable[[], str] = current_app.extensions[_GOING_ON]
    return Markup(tell())  # noqa: S704 - a rendered template


def other_language() -> dict[str, str] | None:
    """The link to this page in the other language; staff pages have one language."""
    if request.path.startswith(TURKISH_ONLY):
        return None
    code, label = ("en", "English") if language() == "tr" else ("tr", "Türkçe")
    query = urlencode({**request.args.to_dict(), "lang": code})
    return {"code": code, "label": label, "url": f"{request.path}?{query}"}


def _context() -> dict[str, Any]:
    return {"actor": current_actor()}


def init_app(app: Flask) -> None:
    """Give the helpers to every template."""
    app.context_processor(_context)
    app.jinja_env.globals.update(
        nav_items=nav_items, may_open=may_open, foot_items=foot_items, other_language=other_language
    )
