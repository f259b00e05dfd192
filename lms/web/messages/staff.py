"""Sentences of the staff desk."""

TR = {
    "message.not_lost": "Bu ileti artık gönderilemeyenler arasında değil; belki bir başkası yeniden gönderime aldı.",
    "message.consent": "İzni olmayan kişiye duyuru gönderilmez.",
    "attendance.reason": "Açık kimlik numaralarını neden indirdiğinizi yazın (en az {least} karakter); kayda geçer.",
    "search.tckn": "Bu T.C. kimlik numarasında bir yazım hatası var: denetim basamakları tutmuyor.",
    "search.short": "En az {least} harf yazın.",
    "search.unreadable": "Bu metin bir TCKN, telefon, numara, kod ya da ad olarak okunamadı. Rakamları ve harfleri gözden geçirin.",
}
EN = {
    "message.not_lost": "This message is no longer among the lost ones; perhaps somebody else has put it up for sending again.",
    "message.consent": "An announcement is not sent to a person who has not allowed it.",
    "attendance.reason": "Say why you download whole identity numbers (at least {least} characters); it is recorded.",
    "search.tckn": "This ID number holds a slip: its check digits do not match.",
    "search.short": "Type at least {least} letters.",
    "search.unreadable": "This could not be read as an ID number, phone, number, code or name. Check its digits and letters.",
}
