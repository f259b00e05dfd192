"""What was kept out, for whoever watches over the house."""

from flask import Blueprint, render_template, request

from lms.attachments import queries
from lms.web.access import staff
from lms.web.asked import page_number

bp = Blueprint("attachments_staff", __name__)
REASONS = {
    "document.infected": "zararlı yazılım", "document.unscanned": "denetlenemedi", "document.type": "türü uygun değil",
    "document.broken": "bozuk", "document.encrypted": "şifreli", "document.empty": "boş", "document.too_big": "çok büyük",
    "document.too_many_pages": "çok sayfalı", "document.too_large_picture": "çok büyük resim",
}  # fmt: skip
PLACES = {
    "exemptions": "muafiyet isteği", "mail": "e-posta", "slips": "dekont", "accommodation": "ek süre isteği", "disputes": "kimlik itirazı",
}  # fmt: skip


@bp.get("/yonetim/reddedilen-dosyalar")
@staff("manager", "auditor")
def refused() -> str:
    """Files that were not taken: when, from whom, why; their content was not kept."""
    counts = queries.reasons()
    chosen = request.args.get("neden")
    chosen = chosen if chosen in counts else None
    page = page_number()
    rows, pages = queries.refused(page, chosen)
    return render_template(
        "attachments/refused.html",
        rows=rows,
        counts=counts,
        chosen=chosen,
        page=page,
        pages=pages,
        reasons=REASONS,
        places=PLACES,
    )
