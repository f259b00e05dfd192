"""Sentences about files that people send."""

TR = {
    "document.too_many": "Bir defada en çok {most} belge bulunabilir. Sayfaları tek PDF dosyasında birleştirebilirsiniz.",
    "document.empty": "Seçtiğiniz dosya boş. Lütfen başka bir dosya seçin.",
    "document.too_big": "Dosya çok büyük. Bir dosya en çok {megabytes} MB olabilir; daha düşük çözünürlükle tarayıp yeniden deneyin.",
    "document.type": "Bu dosya PDF, JPEG ya da PNG değil. Belgenin fotoğrafını çekebilir ya da PDF olarak kaydedebilirsiniz.",
    "document.broken": "Dosya açılamadı, bozuk görünüyor. Lütfen belgeyi yeniden kaydedip ekleyin.",
    "document.encrypted": "Bu PDF parola ya da izin kısıtı taşıyor. Lütfen kısıtsız bir kopyasını ekleyin (örneğin yazdırıp PDF olarak kaydederek).",
    "document.too_many_pages": "PDF en çok {most} sayfa olabilir. Yalnızca gerekli sayfaları ekleyin.",
    "document.too_large_picture": "Resim çok büyük ({megapixels} megapikselden fazla). Lütfen daha küçük bir fotoğraf ekleyin.",
    "document.no_preview": "Bu sayfanın önizlemesi hazırlanamadı. Dosyayı kaydederek açabilirsiniz.",
    "document.infected": "Bu dosyada zararlı yazılım bulundu ve dosya alınmadı. Belgeyi başka bir cihazda yeniden tarayıp deneyin.",
    "document.unscanned": "Dosyalar şu anda denetlenemiyor. Lütfen birkaç dakika sonra yeniden deneyin.",
}

EN = {
    "document.too_many": "You can send {most} documents at most. You can join pages in one PDF file.",
    "document.empty": "The chosen file is empty. Please choose another one.",
    "document.too_big": "The file is too large. A file may have {megabytes} MB at most; scan it at a lower resolution and try again.",
    "document.type": "This file is no PDF, JPEG or PNG. You can photograph the document or save it as PDF.",
    "document.broken": "The file could not be opened and seems damaged. Please save the document again and add it.",
    "document.encrypted": "This PDF carries a password or restrictions. Please add a copy without them (for example by printing it to PDF).",
    "document.too_many_pages": "A PDF may have {most} pages at most. Add only the pages needed.",
    "document.too_large_picture": "The picture is too large (more than {megapixels} megapixels). Please add a smaller photograph.",
    "document.no_preview": "This page cannot be previewed. You can save the file and open it.",
    "document.infected": "Malicious software was found in this file, so it was not taken. Scan the document anew on another device.",
    "document.unscanned": "Files cannot be checked at this moment. Please try again in a few minutes.",
}
