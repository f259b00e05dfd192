"""Sentences of the fee exemption."""

TR = {
    "exemption.relation": "Bu haktan yalnızca şehit eşi, şehit çocuğu, gazi, gazi eşi ve gazi çocuğu yararlanabilir. Lütfen birini seçin.",
    "exemption.no_document": "Durumu ve yakınlığı gösteren en az bir belge ekleyin.",
    "exemption.exists": "Bu dönem için bir muafiyet isteğiniz zaten var. Durumunu muafiyet sayfasından izleyebilirsiniz.",
    "exemption.term_closed": "Bu dönemin başvuruları {closed_on} günü sona erdi; muafiyet artık kullanılamaz.",
    "exemption.decided": "Bu istek sonuçlanmış; üzerinde artık değişiklik yapılamaz.",
    "exemption.decided_by": "Bu istek siz incelerken sonuçlandı: {by}, {at}. Sizin kararınız kaydedilmedi; güncel durumu görmek için sayfayı yeniden açın.",
    "exemption.changed": "Siz incelerken aday yeni belge ekledi. Kararınız kaydedilmedi; belgeleri görmek için sayfayı yeniden açın.",
    "exemption.facts": "Onaylamak için iki hususun da belgeyle kanıtlandığını işaretleyin. Eksikse ek belge isteyin.",
    "exemption.reason": "Adaya yazılacak açıklama {least} ile {most} harf arasında olmalı.",
}

EN = {
    "exemption.relation": "Only the spouse or child of a martyr, a veteran, and the spouse or child of a veteran are exempt. Please choose one.",
    "exemption.no_document": "Add at least one document that shows the status and the relation.",
    "exemption.exists": "You already have an exemption request for this term. You can follow it on the exemption page.",
    "exemption.term_closed": "Applications of this term ended on {closed_on}; an exemption can no longer be used.",
    "exemption.decided": "This request has been decided and can no longer be changed.",
    "exemption.decided_by": "This request was decided while you were reading it: {by}, {at}. Your decision was not stored; open the page again.",
    "exemption.changed": "The candidate added documents while you were reading. Your decision was not stored; open the page again.",
    "exemption.facts": "To approve, tick that both facts are proven by a document. If one is missing, ask for more documents.",
    "exemption.reason": "The explanation for the candidate must have {least} to {most} letters.",
}
