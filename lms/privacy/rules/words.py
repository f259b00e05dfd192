"""The words for kinds of data and columns that a person reads in their copy and staff in the inventory."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from lms.audit.rules import Act, Basis, Fact, Named, Recipient

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d:\d\d|Z)")
_CODES: Final[Mapping[str, type[Named]]] = {"act": Act, "recipient": Recipient, "basis": Basis, "what": Fact}

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
    "actor_code": "İşlemi yapanın kodu", "added_at": "Eklendi", "after": "Sonrası", "annul_cause": "Geçersizliğin nedeni",
    "annul_kind": "Geçersizliğin türü", "annul_reason": "Geçersizliğin gerekçesi", "annulled_at": "Geçersiz sayıldı",
    "application": "Başvuru bilgileri", "appointed_at": "Yetkilendirildi", "arrived_at": "Geldi", "author": "Yazan", "bank": "Banka",
    "bank_ref": "Banka referansı", "batch": "Aktarım no", "before": "Öncesi", "began_on": "Başlama günü",
    "bounce_reason": "Ulaşmama nedeni", "bounced_at": "Ulaşmadı", "branch": "Şube", "buyers": "Alıcılar", "case_code": "Açılan iş",
    "category": "Konu", "claimed": "Bildirilen saniye", "claimed_at": "Gönderime alındı", "confirmed_at": "Kimlik yeniden doğrulandı",
    "consent_id": "Dayandığı onay", "consumed_by": "Kullanan başvuru", "decision": "Karar", "decision_note": "Karar notu",
    "device": "Tarayıcının izi", "end_reason": "Bitiş gerekçesi", "ends_on": "Bitiş günü", "erased_at": "Silindi", "error": "Hata",
    "evidence": "Dayanak", "exempt_declared": "Muafiyetin sürdüğü beyan edildi", "extra_minutes": "Ek süre (dakika)",
    "failed_at": "Gönderilemedi", "fetched_at": "İndirildi", "file_label": "Dosya adı", "firm": "Firma", "first_at": "İlk karar zamanı",
    "frozen_at": "Donduruldu", "given_at": "Verildi", "given_by": "Veren", "granted_at": "Tanındı", "ground": "Neden",
    "informed_at": "Kurumlara bildirildi", "invited_at": "Davet edildi", "invoice": "Fatura", "last_beat_at": "Son izleme kaydı",
    "last_seq": "Son sıra no", "line_no": "Satır no", "made_at": "Hazırlandı", "mail_code": "İleti kodu", "mailbox": "Kutu",
    "match": "Gönderenin eşleşmesi", "matched_at": "Eşleşti", "media_type": "Dosya türü", "member_code": "Üyelik",
    "message_id": "İleti kimliği", "messages": "İleti sayısı", "minutes": "Tanınan dakika", "name": "Ad", "need": "Gereksinim",
    "next_inquiry_at": "Sonraki sorgu", "next_try_at": "Sonraki deneme", "on_behalf_of": "Kimin adına", "opened_at": "Açıldı",
    "opened_on": "Açılış günü", "opens_at": "Kullanılabileceği an", "payment": "Ödeme planı", "pdf_sha256": "PDF özeti",
    "place": "Yüklenen yer", "printed_on": "Basım günü", "programme_code": "Program", "proposed_at": "Önerildi",
    "question_count": "Soru sayısı", "reason_code": "Gerekçe kodu", "received_at": "Ulaştı", "refused": "Alınmama nedeni",
    "regraded_at": "Yeniden puanlandı", "reissued": "Yeniden düzenlenen sertifika", "repeats": "Yinelediği satır",
    "replaced_at": "Yenisiyle değişti", "replies_to": "Yanıtladığı ileti", "returned_from": "Hakkın geri verildiği an",
    "reviewed_at": "Bakıldı", "saved_at": "Kaydedildi", "second_factor_at": "İkinci doğrulama", "sender": "Gönderen",
    "sender_name": "Gönderenin adı", "sent_on": "Gönderim günü", "seq": "Sıra no", "service": "Hizmet", "session": "İzleme oturumu",
    "settled_at": "Kapatıldı", "settled_by": "Kapatan", "sha256": "Dosyanın özeti", "signature": "Bulunan imza", "since": "Bu durumda",
    "slack_ms": "Süre payı (ms)", "source": "Geliş yolu", "staff_role": "Görev", "taken_at": "Alındı", "text": "Metin",
    "text_id": "Metin", "today": "Alıştırmanın günü", "told_at": "Kuruma bildirildi", "totp_confirmed_at": "İkinci doğrulama kuruldu",
    "tries": "Deneme sayısı", "until": "Son gün", "used_at": "Kullanıldı", "value": "Değer", "verification_code": "Doğrulama kodu",
    "verified_at": "Doğrulandı", "version": "Sürüm", "view_days": "Görüntüleme süresi (gün)", "waits": "Bekliyor", "wanted": "İstenen",
    "user_agent": "Tarayıcı", "watched": "İzlenen saniye", "what": "Ne",
}  # fmt: skip

# what the trail's rows carry beside the columns' names
DETAILS: Final[Mapping[str, str]] = {
    "added": "Eklenen (kuruş)", "all": "Bütün oturumlar", "amount": "Tutar (kuruş)", "application": "Başvuru", "case": "Dosya", "cause": "Neden", "correction": "Düzeltme",
    "by": "Yapan", "certificates": "Sertifika sayısı", "changes": "Değişenler", "day": "Gün", "days": "Gün", "dispute": "İtiraz", "document": "Belge", "documents": "Belgeler", "exams": "Sınavlar", "file": "Dosya",
    "from": "Başlangıç", "frozen": "Hesap kapatıldı", "kept": "Saklanan", "line": "Satır",
    "member": "Üye", "minutes": "Dakika", "payment": "Ödeme", "people": "Kişi sayısı", "persons": "Kişi sayısı",
    "reopened": "Yeniden açıldı", "request": "Talep", "revocation": "İptal isteği", "role": "Görev", "scope": "Kapsam", "session": "Oturum",
    "term": "Dönem", "title": "Başlık", "to": "Bitiş", "turned": "Sonucu değişti", "until": "Yeni bitiş", "form_until": "Formun yeni bitişi", "versions": "Sürümler", "via": "Giriş yolu", "was": "Önceki", "why": "Neden",
}  # fmt: skip
# stored codes that say the same wherever they stand
VALUES: Final[Mapping[str, str]] = {
    "accepted": "kabul edildi", "agency": "acente", "approved": "onaylandı", "assigned": "atandı", "associate": "ön lisans", "attached": "yeniden başvuruya sayıldı", "bachelor": "lisans",
    "bank": "banka", "branch": "banka şubesi", "broker": "broker", "candidate": "aday", "card": "kart", "completed": "tamamlandı", "doctorate": "doktora",
    "duplicate": "mükerrer", "expired": "süresi doldu", "failed": "başarısız", "finished": "tamamlandı", "given": "kişiye sayıldı", "granted": "kabul edildi",
    "group": "kurum ödemesi", "in_progress": "sürüyor", "insurer": "sigorta, reasürans ve emeklilik şirketi", "invalid": "geçersiz",
    "invited": "davet edildi", "kept": "bankada kaldı", "lapsed": "süresi doldu", "master": "yüksek lisans", "member": "üye",
    "misconduct": "kural ihlali", "more_documents": "ek belge istendi", "other": "diğer", "out_of_window": "süre dışı", "overpaid": "fazla ödeme",
    "paid": "ödendi", "passed": "geçti", "pending": "bekliyor", "primary": "ilköğretim", "refused": "kabul edilmedi", "rejected": "uygun bulunmadı",
    "requested": "istendi", "returned": "banka geri gönderdi", "reversed": "banka geri aldı", "secondary": "lise", "sent": "gönderildi",
    "staff": "personel", "system": "sistem", "underpaid": "eksik ödeme", "web": "portal", "withdrawn": "geri çekildi",
    "wrong_channel": "kabul edilmeyen kanal", "wrong_service": "başka hizmet", "waiting": "bekliyor", "form": "sayfa", "mail": "e-posta",
    "typing": "yazım hatası", "registry": "nüfus kaydı değişti", "office": "kurumun kayıt hatası",
    "propose": "devir önerildi", "move": "devredildi", "refuse": "uygun bulunmadı", "send_back": "geri gönderildi",
    "account": "giriş ve hesap", "training": "eğitim", "exam": "sınav", "certificate": "sertifika", "payment": "ödeme",
    "exemption": "ücret muafiyeti", "reapplication": "yeniden başvuru", "ticket": "destek talebi", "slip": "dekont",
    "thread": "yazışmaya eklendi", "set_aside": "kenara ayrıldı",
    "OK": "geçerli", "UNKNOWN_TCKN": "üye bulunamadı", "BAD_CHECKSUM": "T.C. kimlik no hatalı", "NOT_REVERSED": "geri alma bekliyor",
    "UNDERPAID": "eksik ödeme", "OVERPAID": "fazla ödeme", "DUPLICATE": "mükerrer", "OUT_OF_WINDOW": "süre dışı",
    "WRONG_SERVICE": "başka hizmet", "WRONG_CHANNEL": "başka kanal",
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
    return DETAILS.get(key) or COLUMNS.get(key) or VALUES.get(key, key)


def column_name(column: str) -> str:
    """A column in words; its own name where none are written."""
    return COLUMNS.get(column, column)


def named(column: str, value: object) -> object:
    """A stored code in words, where its column has any."""
    codes = _CODES.get(column)
    if codes is None:
        return VALUES.get(value, value) if isinstance(value, str) else value
    if isinstance(value, list):
        return [named(column, one) for one in value]
    return next((code.tr for code in codes if code == value), value)


def spoken(value: object, moment: Callable[[datetime], str]) -> str:
    """What a row of the trail carries: instants as ``moment`` writes them, lists and pairs without brackets."""
    if isinstance(value, bool):
        return "evet" if value else "hayır"
    if isinstance(value, Mapping):
        return "; ".join(f"{detail_name(key)} {spoken(one, moment)}" for key, one in value.items())
    if isinstance(value, list):
        return (" → " if len(value) == 2 else ", ").join(spoken(one, moment) for one in value)
    text = VALUES.get(str(value), str(value))
    return moment(datetime.fromisoformat(text)) if _INSTANT.fullmatch(text) else text
