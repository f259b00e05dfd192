"""The words for kinds of data and columns that a person reads in their copy and staff in the inventory."""

from collections.abc import Mapping
from typing import Final

CATEGORIES: Final[Mapping[str, str]] = {
    "identity": "Kimlik", "tckn": "T.C. kimlik numarası", "contact": "İletişim", "security": "İşlem güvenliği",
    "consent": "Onay ve rıza", "case": "Talep ve karar", "disclosure": "Aktarım", "message": "Yazışma",
    "special": "Özel nitelikli (şehit ve gazi yakınlığı)", "payment": "Finans", "work": "Mesleki deneyim ve öğrenim",
    "result": "Sınav ve sertifika", "learning": "Eğitim izleme", "plain": "Kişisel olmayan",
}  # fmt: skip

COLUMNS: Final[Mapping[str, str]] = {
    "act": "İşlem", "actor_kind": "İşlemi yapan", "actor_label": "Görevli", "actor_role": "Görevi", "amount_kurus": "Tutar (kuruş)",
    "announced_at": "Duyuruldu", "answer": "Yanıt", "answers": "Yanıtlar", "answered_at": "Yanıtlandı", "applicant_type": "Başvuran türü",
    "asked_at": "İstendi", "assigned_at": "Eğitim tarihi", "assigned_why": "Eğitim tarihinin açıklaması", "at": "Zaman",
    "available_at": "Açıldı", "available_from": "Görüntüleme başlangıcı", "basis": "Dayanak", "body": "Metin",
    "captured_kurus": "Çekilen (kuruş)", "channel": "Kanal", "closed_at": "Kapandı", "code": "Kod", "completed_at": "Tamamlandı",
    "consumed_at": "Kullanıldı", "content": "İçerik", "context": "Bağlam", "correct": "Doğru sayısı", "created_at": "Oluşturuldu",
    "credited": "Sayılan", "data": "Ayrıntı", "decided_at": "Karar zamanı", "disabled_at": "Kapatıldı", "district": "İlçe",
    "education": "Öğrenim", "email": "E-posta", "ended_at": "Bitti", "ends_at": "Bitiş", "expires_at": "Son geçerlilik",
    "explanation": "Açıklama", "finalised_at": "Sonuçlandı", "finished_by": "Bitiren", "first_name": "Ad", "given": "Verildi",
    "holder": "Sahibi", "institution": "Kurum", "ip": "IP adresi", "issued_at": "Düzenlendi", "issued_on": "Düzenleme tarihi",
    "kind": "Tür", "kinship_proven": "Yakınlık kanıtlandı", "label": "Dosya adı", "language": "Dil", "last_name": "Soyad",
    "note": "Not", "number": "Numara", "option": "Seçenek", "order_id": "Sipariş", "ordinal": "Sıra", "outcome": "Sonuç",
    "outcome_at": "Sonuç zamanı", "paid_at": "Ödendi", "params": "İçerik", "pass_mark": "Geçme notu", "passed": "Geçti",
    "phone": "Telefon", "position": "Konum (saniye)", "printed_name": "Yazılan ad", "province": "İl", "purpose": "Amaç",
    "ranges": "İzlenen aralıklar", "reason": "Gerekçe", "recipient": "Alıcı", "recipient_name": "Alıcı kurum",
    "reference": "Dayanak belge", "relation": "Yakınlık", "requested_at": "İstendi", "result": "Sonuç", "revoked_at": "İptal edildi",
    "score": "Puan", "seen_at": "Son kullanım", "sent_at": "Gönderildi", "size": "Boyut", "started_at": "Başladı", "status": "Durum",
    "state": "Durum", "status_proven": "Durum kanıtlandı", "subject": "Konu", "subject_code": "Konu kodu", "subject_kind": "Konu türü",
    "submitted_at": "Gönderildi", "task": "Alıştırma", "tckn_masked": "T.C. kimlik numarası", "template": "İleti türü",
    "term_code": "Dönem", "text_kind": "Metin", "text_version": "Metin sürümü", "updated_at": "Güncellendi", "uploaded_at": "Yüklendi",
    "user_agent": "Tarayıcı", "watched": "İzlenen saniye", "what": "Ne",
}  # fmt: skip

# what the trail's rows carry beside the columns' names
DETAILS: Final[Mapping[str, str]] = {
    "after": "Sonrası", "amount": "Tutar (kuruş)", "before": "Öncesi", "case": "Dosya", "cause": "Neden", "correction": "Düzeltme",
    "certificates": "Sertifika sayısı", "changes": "Değişenler", "day": "Gün", "days": "Gün", "dispute": "İtiraz", "documents": "Belgeler", "evidence": "Kanıt", "exams": "Sınavlar",
    "extra_minutes": "Ek süre (dakika)", "from": "Başlangıç", "frozen": "Hesap kapatıldı", "ground": "Sebep", "kept": "Saklanan",
    "mailbox": "Kutu", "member": "Üye", "minutes": "Dakika", "name": "Ad", "people": "Kişi sayısı", "persons": "Kişi sayısı",
    "request": "Talep", "revocation": "İptal isteği", "role": "Görev", "scope": "Kapsam", "session": "Oturum", "source": "Geliş yolu",
    "term": "Dönem", "title": "Başlık", "to": "Bitiş", "until": "Yeni bitiş", "form_until": "Formun yeni bitişi", "version": "Sürüm", "versions": "Sürümler", "via": "Giriş yolu", "wanted": "İstenen", "was": "Önceki",
}  # fmt: skip
SUBJECTS: Final[Mapping[str, str]] = {
    "application": "başvuru", "bank_order": "banka siparişi", "branch_file": "şube tahsilat dosyası",
    "branch_line": "şube tahsilat satırı", "calendar": "takvim", "canned_answer": "hazır yanıt",
    "certificate": "sertifika", "completion_list": "tamamlama listesi", "disclosure": "aktarım", "dispute": "kimlik itirazı",
    "document": "içerik", "exam": "sınav", "exemption": "muafiyet isteği", "invitation": "davet", "lesson": "ders",
    "mail": "gelen ileti", "member": "kişi", "message": "ileti", "payment": "ödeme", "practice": "alıştırma",
    "programme": "program", "publication": "yayım", "question": "soru", "questions": "soru bankası",
    "register": "sertifika kütüğü", "sign": "sınav işareti", "slip": "dekont", "term": "dönem", "ticket": "destek talebi",
}  # fmt: skip


def detail_name(key: str) -> str:
    """A key of a trail row's data in words; the key itself where none are written."""
    return DETAILS.get(key) or column_name(key)


def column_name(column: str) -> str:
    """A column in words; its own name where none are written."""
    return COLUMNS.get(column, column)
