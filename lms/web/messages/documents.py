"""Sentences of the authored documents."""

TR = {
    "editorial.no_picture": "Taslaktaki kusurlar giderilmeden slaydın resmi çizilemez.",
    "documents.path": "{path} bir içerik dosyası değil; belge adları docs/authoring.md dosyasında anlatılır.",
    "documents.too_long": "Metin çok uzun: en çok {most} harf olabilir.",
    "documents.unreadable": "Metinde yazıya ait olmayan işaretler var. Lütfen düz metin olarak yeniden yapıştırın.",
    "documents.note": "Açıklama {least} ile {most} harf arasında olmalı.",
    "documents.taken": "Bu belge üzerinde {by} çalışıyor; son kaydı {at}. Yazdıklarınız kaydedilmedi.",
    "documents.changed": "Bu belge siz çalışırken değişti: {by}, {at}. Yazdıklarınız kaydedilmedi; metninizi kopyalayıp sayfayı yeniden açın.",
    "documents.moved": "Bu taslağın durumu değişmiş; bu işlem artık yapılamaz. Sayfayı yeniden açın.",
    "documents.own": "Kendi yazdığınız metni yayımlayamaz ya da geri çeviremezsiniz; bunu ikinci bir kişi yapar.",
    "documents.outrun": "{path} siz çalışırken yeniden yayımlandı: {by}, {at}. Taslak eski metne dayanıyor; farkı görüp yeniden kaydedin.",
    "documents.published_meanwhile": "Siz bakarken başka bir yayın yapıldı: {by}, {at}. Hiçbir şey değişmedi; sayfayı yeniden açın.",
    "documents.conflict": "Hem dosyada hem masada değişmiş, hiçbiri alınmadı: {paths}. Önce masadakileri dosyaya yazın (lms content export) ya da dosyalar geçerli olsun isterseniz --over verin.",
    "documents.not_taken_in": "Dosyada içeri alınmamış değişiklik var, üzerine yazılmadı: {paths}. Önce içeri alın (lms content import) ya da --over verin.",
}

EN = {
    "editorial.no_picture": "The slide cannot be drawn before the faults of the draft are mended.",
    "documents.path": "{path} is no document of the content; docs/authoring.md tells their names.",
    "documents.too_long": "The text is too long: {most} letters at most.",
    "documents.unreadable": "The text holds signs that are no writing. Please paste it again as plain text.",
    "documents.note": "The note must have {least} to {most} letters.",
    "documents.taken": "{by} is working on this document, last saved {at}. What you wrote was not stored.",
    "documents.changed": "This document changed while you were working: {by}, {at}. Nothing was stored; copy your text and open the page again.",
    "documents.moved": "This draft has moved on and no longer takes this act. Open the page again.",
    "documents.own": "Nobody publishes or returns their own text; a second person does.",
    "documents.outrun": "{path} was published again while you were working: {by}, {at}. The draft stands on the older text; look at the difference and save again.",
    "documents.published_meanwhile": "Something else was published while you were looking: {by}, {at}. Nothing changed; open the page again.",
    "documents.conflict": "Changed in the files and at the desk, nothing was taken in: {paths}. Write the desk's texts to the files first (lms content export), or give --over if the files shall win.",
    "documents.not_taken_in": "Changed in the files and not taken in, nothing was written: {paths}. Take them in first (lms content import), or give --over.",
}
