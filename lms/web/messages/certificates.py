"""Sentences of certificates and verification."""

TR = {
    "certificate.not_yet": "Sertifikanız {available_at} tarihinde açılır. O güne kadar yapmanız gereken bir şey yok.",
    "certificate.view_expired": "Sertifikanızın görüntüleme süresi {expired_at} tarihinde doldu. Sertifikanız geçerliliğini yitirmedi; "
    "yeniden görüntülemek için Sertifikalarım sayfasındaki “Sertifika Ödemesi” düğmesini kullanın.",
    "certificate.still_viewable": "Sertifikanız {until} tarihine kadar zaten görüntülenebiliyor. Şimdi ödeme yapmanız gerekmez.",
    "certificate.revoked": "Bu sertifika iptal edilmiştir. Görüntülenemez ve yeniden açılamaz. Sorunuz varsa bilgi@segem.org.tr adresine yazın.",
    "certificate.revocation_pending": "Bu başvuru için karar bekleyen bir istek zaten var.",
    "certificate.application_invalid": "Bu başvuru daha önce geçersiz sayıldı.",
    "certificate.not_confirmed": "Bildirim, onaylanmış bir karar için kaydedilir.",
    "certificate.reference": "Yazının sayısını ve tarihini {least} ile {most} harf arasında yazın.",
    "certificate.informed_already": "SEDDK ve ÖRYM’ye bildirildiği daha önce kaydedildi ({at}).",
    "certificate.revocation_decided": "Bu isteği {by} daha önce sonuçlandırdı ({at}). Sayfayı yenileyip son durumu görün.",
    "certificate.revocation_same_person": "İptali isteyen kişi onaylayamaz. Kararı başka bir görevlinin vermesi gerekir.",
    "certificate.ground_missing": "İptalin türünü seçin. Yazım hatası iptal nedeni değildir; düzeltilmiş sertifika verilmesini gerektirir.",
    "certificate.reason_short": "Gerekçeyi en az {least} karakterle, kararı verecek kişinin anlayacağı biçimde yazın.",
    "certificate.reason_long": "Gerekçe en çok {most} karakter olabilir. Lütfen kısaltın.",
    "step.passed": "Sınavın başarılması: {at}",
    "step.regraded": "Yeniden değerlendirmeyle başarı: {at}",
}

EN = {
    "certificate.not_yet": "Your certificate opens on {available_at}. There is nothing you need to do until then.",
    "certificate.view_expired": "The viewing period of your certificate ended on {expired_at}. The certificate itself is still valid; "
    "to view it again, use the “Certificate payment” button on the My certificates page.",
    "certificate.still_viewable": "Your certificate can already be viewed until {until}. There is no need to pay now.",
    "certificate.revoked": "This certificate has been revoked. It cannot be viewed or reopened. If you have a question, write to bilgi@segem.org.tr.",
    "certificate.revocation_pending": "A request about this application is already waiting for a decision.",
    "certificate.application_invalid": "This application has been made invalid already.",
    "certificate.not_confirmed": "Only a confirmed decision is told to the authorities.",
    "certificate.reference": "Write the letter's number and date in {least} to {most} letters.",
    "certificate.informed_already": "That SEDDK and ÖRYM were told stands already ({at}).",
    "certificate.revocation_decided": "{by} has decided this request already ({at}). Reload the page to see how.",
    "certificate.revocation_same_person": "Who asked for the revocation cannot decide on it. Somebody else has to.",
    "certificate.ground_missing": "Choose the kind of the revocation. A slip of typing is no reason to revoke; it calls for a corrected certificate.",
    "certificate.reason_short": "Write the reason in at least {least} characters, so that whoever decides can understand it.",
    "certificate.reason_long": "The reason can have {most} characters at most. Please shorten it.",
    "step.passed": "Exam passed: {at}",
    "step.regraded": "Passed by a regrade: {at}",
}
