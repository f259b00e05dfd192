"""Sentences of the training: refusals."""

TR = {
    "training.not_yet": "Eğitiminiz {available_at} itibarıyla açılacak. O zamana kadar yapmanız gereken bir şey yok.",
    "training.closed": "Eğitim ve sınavların tamamlanacağı süre {closed_at} itibarıyla sona erdi.",
    "training.busy": "Eğitim aynı anda birçok yerde oynatılıyor. Birini bırakıp diğerlerini kapatın; birkaç saniye içinde yeniden denenecek.",
    "progress.malformed": "İzleme bildirimi anlaşılamadı ({field}). Sayfayı yenileyip kaldığınız yerden devam edin.",
}
EN = {
    "training.not_yet": "Your training opens on {available_at}. There is nothing you need to do until then.",
    "training.closed": "The period for completing training and exams ended on {closed_at}.",
    "training.busy": "The training is being played in many places at once. Keep one and close the others; it will be tried again in a few seconds.",
    "progress.malformed": "The progress report was not understood ({field}). Reload the page and go on where you were.",
}
