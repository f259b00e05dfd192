"""Sentences of the staff desk."""

TR = {
    "search.tckn": "Bu T.C. kimlik numarasında bir yazım hatası var: denetim basamakları tutmuyor.",
    "search.short": "En az {least} harf yazın.",
    "search.unreadable": "Bu metin bir TCKN, telefon, numara, kod ya da ad olarak okunamadı. Rakamları ve harfleri gözden geçirin.",
}
EN = {
    "search.tckn": "This ID number holds a slip: its check digits do not match.",
    "search.short": "Type at least {least} letters.",
    "search.unreadable": "This could not be read as an ID number, phone, number, code or name. Check its digits and letters.",
}
