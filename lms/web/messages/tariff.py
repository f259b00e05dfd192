"""Sentences of the tariff: why there is no answer."""

TR = {
    "tariff.turnover_invalid": "Ciroyu Türk Lirası olarak, rakamla yazın (örneğin 4.000.000 ya da 4.000.000,50).",
    "tariff.turnover_absurd": "Bu tutar hesaplanamayacak kadar büyük.",
    "tariff.days_invalid": "Vade seçeneğini gün olarak seçin: 120, 180, 240 ya da 360.",
    "tariff.date_invalid": "Tarihi gün, ay ve yıl olarak girin.",
    "tariff.not_in_force": "{on} günü için yürürlükte bir tarife yok. İlk tarife {first} günü yürürlüğe girdi.",
    "tariff.unknown": "{effective} tarihli tarifenin ({version}) tabloları kaynaklarımızda tam değil; bu tarih için hesap yapılmıyor.",
    "tariff.term_not_offered": "Bu tarifede {days} günlük vade seçeneği yok. Seçenekler: {terms} gün.",
    "tariff.turnover_out_of_range": "Bu ciro, tarifenin son satırını aşıyor. Tarifedeki en yüksek ciro {most} TL’dir.",
    "tariff.instalments_over": "Bu tarifede prim en çok {most} taksite bölünür.",
    "tariff.no_cell": "Bu tarifede böyle bir değer yok.",
    "tariff.no_version": "Böyle bir tarife yok.",
}
EN = {
    "tariff.turnover_invalid": "Write the turnover in Turkish lira, in digits (for example 4.000.000 or 4.000.000,50).",
    "tariff.turnover_absurd": "This amount is too large to be computed.",
    "tariff.days_invalid": "Choose the term in days: 120, 180, 240 or 360.",
    "tariff.date_invalid": "Enter the date as day, month and year.",
    "tariff.not_in_force": "No tariff was in force on {on}. The first one took effect on {first}.",
    "tariff.unknown": "The tables of the tariff of {effective} ({version}) are not complete in our sources; no quote is made for this date.",
    "tariff.term_not_offered": "This tariff has no term of {days} days. It offers {terms} days.",
    "tariff.turnover_out_of_range": "This turnover is past the tariff’s last row. The highest turnover in it is {most} TL.",
    "tariff.instalments_over": "This tariff allows {most} instalments at most.",
    "tariff.no_cell": "This tariff has no such value.",
    "tariff.no_version": "There is no such tariff.",
}
