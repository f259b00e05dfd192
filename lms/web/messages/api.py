"""Sentences of the JSON API's own errors."""

TR = {
    "field.required": "Bu alan zorunludur.",
    "field.invalid": "Bu alanın değeri okunamadı; türünü ve uzunluğunu gözden geçirin.",
    "field.unknown": "Bu adda bir alan yoktur.",
    "idempotency.mismatch": "Bu Idempotency-Key başka bir istekle kullanılmış. Lütfen yeni bir anahtar gönderin.",
    "idempotency.running": "Aynı Idempotency-Key ile bir istek sürüyor. Lütfen biraz sonra yeniden deneyin.",
    "media_type.multipart_needed": "Lütfen belgeleri multipart/form-data olarak gönderin.",
    "tariff.query_unreadable": "Lütfen turnover (tam lira), days ve on (2021-06-01) değerlerini gönderin.",
}

EN = {
    "field.required": "This field is required.",
    "field.invalid": "The value of this field could not be read; check its type and length.",
    "field.unknown": "There is no field of this name.",
    "idempotency.mismatch": "This Idempotency-Key was used with another request. Please send a new key.",
    "idempotency.running": "A request with the same Idempotency-Key is still running. Please try again shortly.",
    "media_type.multipart_needed": "Please send the documents as multipart/form-data.",
    "tariff.query_unreadable": "Please send turnover (whole lira), days and on (2021-06-01).",
}
