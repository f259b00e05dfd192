"""Sentences of the demonstration."""

TR = {
    "clock.backwards": "Gösterim saati geriye alınamaz; şimdi {now}.",
    "clock.too_far": "Gösterim saati en çok {days} gün ileri alınabilir.",
    "clock.unreadable": "Saat okunamadı. Lütfen 2025-03-10T00:00:00+03:00 biçiminde gönderin.",
}

EN = {
    "clock.backwards": "The demonstration's clock cannot go back; it is {now}.",
    "clock.too_far": "The demonstration's clock can be moved {days} days ahead at most.",
    "clock.unreadable": "The time could not be read. Please send it like 2025-03-10T00:00:00+03:00.",
}
