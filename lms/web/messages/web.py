"""Sentences of the shared edge: access, throttling, forms, faults."""

TR = {
    "error.unknown": "Bu işlem yapılamadı. Lütfen bilgilerinizi gözden geçirip yeniden deneyin.",
    "not_found": "Aradığınız sayfa ya da kayıt bulunamadı.",
    "method_not_allowed": "Bu adres bu biçimde kullanılamaz. Lütfen önceki sayfaya dönüp yeniden deneyin.",
    "too_many": "Kısa sürede çok fazla deneme yapıldı. Lütfen {retry_after} saniye sonra yeniden deneyin.",
    "too_large": "Gönderdiğiniz içerik çok büyük. Lütfen daha küçük bir dosya seçin.",
    "server_error": "Beklenmeyen bir sorun oluştu; kaydettik ve inceleyeceğiz. Lütfen biraz sonra yeniden deneyin.",
    "bad_request": "Gönderilen bilgi okunamadı. Lütfen sayfayı yenileyip yeniden deneyin.",
    "csrf": "Sayfanın süresi dolmuş. Yazdıklarınız duruyorsa lütfen yeniden gönderin; durmuyorsa sayfayı yenileyin.",
    "form.invalid": "Bazı alanlar düzeltilmeli. Lütfen işaretli alanlara bakın.",
    "money.invalid": "Tutar okunamadı. Lütfen 533,00 biçiminde yazın.",
    "auth.login_needed": "Bu sayfa için giriş yapmalısınız.",
    "auth.token_missing": "Bu çağrı için geçerli bir erişim anahtarı gerekir.",
    "auth.members_only": "Bu sayfa adaylar içindir; personel hesabıyla açılamaz.",
    "auth.staff_only": "Bu sayfa yalnızca SEGEM personeline açıktır.",
    "auth.role_missing": "Görev tanımınız bu işlemi kapsamıyor.",
    "auth.undeclared": "Bu adres kullanıma açık değil.",
}

EN = {
    "error.unknown": "This could not be done. Please check your entries and try again.",
    "not_found": "The page or record you are looking for was not found.",
    "method_not_allowed": "This address cannot be used in this way. Please go back and try again.",
    "too_many": "Too many attempts in a short time. Please try again in {retry_after} seconds.",
    "too_large": "What you sent is too large. Please choose a smaller file.",
    "server_error": "Something unexpected went wrong; we have recorded it and will look into it. Please try again shortly.",
    "bad_request": "What was sent could not be read. Please reload the page and try again.",
    "csrf": "The page has expired. If what you typed is still there, please send it again; otherwise reload the page.",
    "form.invalid": "Some fields need correction. Please see the marked fields.",
    "money.invalid": "The amount could not be read. Please write it like 533.00.",
    "auth.login_needed": "Please log in to see this page.",
    "auth.token_missing": "This call needs a valid access token.",
    "auth.members_only": "This page is for candidates; a staff account cannot open it.",
    "auth.staff_only": "This page is open to SEGEM staff only.",
    "auth.role_missing": "Your role does not cover this act.",
    "auth.undeclared": "This address is not open for use.",
}
