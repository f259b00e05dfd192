"""Sentences of the reports."""

TR = {
    "report.recipient": "Listenin kime gideceğini seçin.",
    "report.basis": "Aktarımın dayanağını seçin.",
    "report.reference": "İsteyen yazının tarihini ve sayısını yazın (3–120 harf).",
    "report.term": "Böyle bir dönem yok.",
    "report.unbounded": "Bir dönem seçin ya da iki tarihi de yazın.",
    "report.days": "Son gün ilk günden önce olamaz.",
    "report.waiting": "Liste henüz hazırlanıyor; birazdan yeniden deneyin.",
    "report.erased": "Bu listenin dosyaları silindi. Gerekirse yeniden isteyin.",
    "sign.state": "Ne gördüğünüzü seçin.",
    "sign.reason": "Gerekçeyi yazın: en az {least}, en çok {most} harf.",
    "sign.overtaken": "Siz yazarken bu işareti {by} değerlendirdi ({at}). Yazdıklarınız duruyor; son değerlendirmeyi okuyup yeniden gönderebilirsiniz.",
}
EN = {
    "report.recipient": "Choose to whom the list goes.",
    "report.basis": "Choose the legal basis.",
    "report.reference": "Write the date and number of the letter that asks (3–120 letters).",
    "report.term": "There is no such term.",
    "report.unbounded": "Choose a term or give both days.",
    "report.days": "The last day cannot lie before the first.",
    "report.waiting": "The list is still being made; try again in a moment.",
    "report.erased": "The files of this list have been erased. Ask for it again if needed.",
    "sign.state": "Choose what you found.",
    "sign.reason": "Write the reason: {least} letters at least, {most} at most.",
    "sign.overtaken": "While you were writing, {by} judged this sign ({at}). What you typed is kept; read the last word and send yours again.",
}
