"""The faults of authored texts in Turkish, for the desk; the commands tell them in English."""

from __future__ import annotations

import re

_SENTENCES: tuple[tuple[str, str], ...] = (
    (r"'(.+)' is missing", "“{0}” eksik"),
    (r"unknown key '(.+)'; known: (.+)", "“{0}” diye bir alan yok; olanlar: {1}"),
    (r"'(.+)' stands twice", "“{0}” iki kez yazılmış"),
    (r"text is expected here", "buraya metin yazılır"),
    (r"a whole number is expected here", "buraya tam sayı yazılır"),
    (r"a date \(2020-03-25\) is expected here", "buraya tarih yazılır (2020-03-25)"),
    (r"a list is expected here", "buraya liste yazılır: [120, 180]"),
    (r"a mapping \(key: value\) is expected here", "buraya “ad: değer” yazılır"),
    (r"true or false is expected here", "buraya true ya da false yazılır"),
    (r"not YAML: (.+)", "yazımı çözülemedi ({0}); iki nokta ya da tırnak içeren metni tırnak içine alın"),
    (r"the file is empty", "belge boş"),
    (r"source line not understood: (.+)", "kaynak satırı anlaşılmadı: {0} (örnek: RG | 31079 | yer: m.3)"),
    (r"a known value needs a source", "bilinen değer kaynak ister"),
    (r"a known statement has a value; .+", "bilinen hükmün değeri olur; bilinmiyorsa durumunu “bilinmiyor” yapıp nedenini yazın"),
    (r"an unknown statement has no value", "bilinmeyen hükmün değeri olmaz"),
    (r"a known table stands under table: \| as it is printed", "tabloyu basıldığı gibi yapıştırın"),
    (r"the table's first line names its columns: (.+)", "tablonun ilk satırı sütun adlarıdır: {0}"),
    (r"a row is a band and (\d+) cells, not '(.*)'", "bir satır ciro bandı ve {0} hücredir; okunan: {1}"),
    (r"the band '(.+)' does not follow the row above", "“{0}” bandı üstteki satırın devamı değil"),
    (r"'(.+)' is not a rate like 0,50 \(or \? if unknown\)", "“{0}” oran değil (0,50 gibi; bilinmiyorsa ?)"),
    (r"'(.+)' is not a number like 150\.000 \(or \? if unknown\)", "“{0}” tutar değil (150.000 gibi; bilinmiyorsa ?)"),
    (r"the table has the terms (.+), the version (.+)", "tablodaki vadeler {0}, sürümün vade seçenekleri {1}"),
    (r"status is one of (.+)", "durum şunlardan biri olur: {0}"),
    (r"(document|page) '(.+)' is not in sources\.yaml", "“{1}” kaynak listesinde yok; önce oraya ekleyin"),
    (r"a document is cited with its words .+", "belge, sözüyle (söz) ya da yeriyle (yer) gösterilir"),
    (r"a gazette is cited by its number of five digits, in quotes", "Resmî Gazete beş haneli sayısıyla yazılır"),
    (r"a source names exactly one of .+", "bir kaynak satırı tek bir belge, sayfa ya da RG sayısı gösterir"),
    (r"takes effect on the same day as (.+)", "{0} ile aynı gün yürürlüğe giriyor"),
    (r"the id must be the file's name, '(.+)'", "sürümün kısa adı dosya adıyla aynı olmalı: {0}"),
    (r"the value is a whole number .+", "değer tam sayıdır (lira, yüzde ya da gün)"),
    (r"the value is a list of days", "değer gün listesidir: [120, 180, 240, 360]"),
    (r"(.+): two options are equal", "{0}: iki seçenek aynı"),
    (r"(.+): the stem claims what holds today: .+", "{0}: soru bugünü anlatıyor; sorulabileceği günleri ya da dayandığı hücreleri yazın"),
    (r"(.+): a source is missing", "{0}: kaynağı yok"),
    (r"(.+): uses (.+): the stem must name its date \((.+)\)", "{0}: {1} kullanılıyor; soruda tarihi geçmeli ({2})"),
    (r"a question has one answer and (\d+) distractors", "bir sorunun bir doğru yanıtı ve {0} çeldiricisi olur"),
    (r"there is no tariff '(.+)'", "“{0}” diye bir tarife yok"),
    (r"(\S+) has no cell '(.+)'", "{0} sürümünde “{1}” hücresi yok"),
    (r"(\S+), difficulty (\d): (\d+) questions(?: from (\S+))?, (\d+) papers need (\d+)", "{0} konusu, güçlük {1}: {2} soru kalıyor, {4} kâğıda {5} gerekli ({3})"),
    (r"there is no lesson '(.+)'", "“{0}” diye bir ders yok"),
    (r"no narration .+", "anlatım yok (??? altına yazılır)"),
    (r"the title has (\d+) characters, at most (\d+) fit", "başlık {0} harf; en çok {1} sığar"),
    (r"(\d+) bullets, at most (\d+) fit", "{0} madde var; en çok {1} sığar"),
    (r"unknown block '(.+)'; known: (.+)", "“{0}” diye bir çizim yok; olanlar: {1}"),
    (r"the block is not closed .+", "çizim kapatılmamış (```)"),
    (r"a slide without a title .+", "slaydın başlığı yok (# …)"),
    (r"\{\{(.+)\}\}: there is no such known value", "{{{{{0}}}}}: böyle bilinen bir değer yok"),
)  # fmt: skip
_PATTERNS = tuple((re.compile(pattern), text) for pattern, text in _SENTENCES)


def fault_text(reason: str) -> str:
    """What is wrong, in Turkish where the sentence is known."""
    for pattern, text in _PATTERNS:
        found = pattern.fullmatch(reason)
        if found:
            return text.format(*(group or "" for group in found.groups()))
    return reason
