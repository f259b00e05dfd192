"""Sentences of the question bank."""

TR = {
    "questions.short": "Hiçbir şey değişmedi: “{topic}” konusunda {day} gününden başlayarak {difficulty}. güçlükte {have} soru kalıyor, sınavlar için {needed} gerekli. Aynı yayında yeni soru ekleyin ya da eskilerini düzeltin.",
}

EN = {
    "questions.short": "Nothing was changed: from {day} on the topic “{topic}” would have {have} questions of difficulty {difficulty}, the papers need {needed}. Add or mend questions in the same publication.",
}
