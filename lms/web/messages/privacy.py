"""Sentences of the requests about personal data."""

TR = {
    "privacy.kind": "Talebinizin türünü seçin.",
    "privacy.body": "Açıklamanız {minimum} ile {maximum} harf arasında olmalı.",
    "privacy.attempt": "İtiraz ettiğiniz sınavı seçin.",
    "privacy.exists": "Aynı türden açık bir talebiniz zaten var; yanıtını bekleyin.",
    "privacy.arrived": "Geliş günü ileride olamaz.",
    "privacy.choose": "Listeden birini seçin.",
    "privacy.reason": "Bu gerekçe seçilen sonuca uymuyor.",
    "privacy.answer": "Kişiye yazılacak yanıt {minimum} ile {maximum} harf arasında olmalı.",
    "privacy.keeps": 'Kanunun saklamayı gerektirdiği kayıtlar var: sonuç "kısmen yerine getirildi" olmalı.',
    "privacy.keeps_nothing": 'Saklanması gereken kayıt yok: sonuç "yerine getirildi" olmalı.',
    "privacy.running": "Kişinin süren bir başvurusu var. Başvuru sonuçlanmadan silme yapılamaz; talebi bu gerekçeyle yanıtlayın.",
    "privacy.claimed": 'Bu hesap için karar bekleyen bir kimlik itirazı var. Önce o sonuçlandırılır; süre yetmezse talebi "Başkalarının hakları engel" gerekçesiyle yanıtlayın.',
    "privacy.others": "Kişinin yanıt bekleyen başka bir talebi var; hesap kapanınca yanıt ona ulaşmaz. Önce onu yanıtlayın.",
    "privacy.decided_by": "Bu talep siz incelerken yanıtlandı: {by}, {at}. Sizin yanıtınız kaydedilmedi ve gönderilmedi.",
}

EN = {
    "privacy.kind": "Choose the kind of your request.",
    "privacy.body": "Your explanation must have {minimum} to {maximum} letters.",
    "privacy.attempt": "Choose the exam that you object to.",
    "privacy.exists": "You already have an open request of this kind; please wait for its answer.",
    "privacy.arrived": "The day of arrival must not lie ahead.",
    "privacy.choose": "Choose one from the list.",
    "privacy.reason": "This reason does not fit the outcome.",
    "privacy.answer": "The answer to the person must have {minimum} to {maximum} letters.",
    "privacy.keeps": 'There are records that the law obliges to keep: the outcome must be "partly granted".',
    "privacy.keeps_nothing": 'Nothing has to be kept: the outcome must be "granted".',
    "privacy.running": "The person has a running application. It must end before anything is erased; answer with this reason.",
    "privacy.claimed": 'A claim to this account waits for its decision, which comes first; if there is no time left, answer with "the rights of others".',
    "privacy.others": "Another request of this person waits, whose answer would reach nobody once the account is closed. Answer it first.",
    "privacy.decided_by": "This request was answered while you were reading it: {by}, {at}. Your answer was not stored or sent.",
}
