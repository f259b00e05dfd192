"""The business acts that leave a row in the audit trail.

One line per act: the stored code, what a Turkish reader sees, what an English reader sees. A feature adds its acts in
its own section; the code starts with the feature's name and is never changed once rows carry it. Texts speak of what
happened, without an actor ("Başvuru formu gönderildi"): the row says who.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Self

KEPT = timedelta(days=3653)
"""The trail is kept for ten years; the database's trigger refuses to delete a younger row."""

REMEMBERED = 3_000
"""A row that stands in a gap of so many latest blocks (two days at least) came late; in an older gap it was put there."""


class Named(StrEnum):
    """A stored code with its words in both languages: ``value`` is the code."""

    tr: str
    en: str

    def __new__(cls, code: str, tr: str, en: str) -> Self:
        one = str.__new__(cls, code)
        one._value_ = code
        one.tr = tr
        one.en = en
        return one

    def text(self, language: str) -> str:
        return self.en if language == "en" else self.tr


class Act(Named):
    """A business act; `act.value` is the stored code, `act.tr` and `act.en` its sentence."""

    # audit
    DISCLOSED = "audit.disclosed", "Kişisel veri kurum dışına aktarıldı", "Personal data disclosed"

    # documents
    DOCUMENTS_TAKEN_IN = "documents.taken_in", "İçerik dosyaları içeri alındı", "Content files taken in"
    DOCUMENT_DRAFTED = "documents.drafted", "İçerik taslağı kaydedildi", "Content draft saved"
    DOCUMENT_PROPOSED = "documents.proposed", "İçerik değişikliği önerildi", "Content change proposed"
    DOCUMENT_TAKEN_BACK = "documents.taken_back", "İçerik önerisi geri alındı", "Content proposal taken back"
    DOCUMENT_GIVEN_BACK = "documents.given_back", "İçerik önerisi geri çevrildi", "Content proposal returned"
    DOCUMENT_DROPPED = "documents.dropped", "İçerik taslağı bırakıldı", "Content draft dropped"
    DOCUMENTS_PUBLISHED = "documents.published", "İçerik yayımlandı", "Content published"
    COURSE_BUILD_RETRIED = "documents.build_retried", "Ders yapımı yeniden istendi", "Course build asked for again"
    DOCUMENTS_EXPORTED = "documents.exported", "İçerik dosyalara yazıldı", "Content written to files"

    # membership
    REGISTERED = "membership.registered", "Üyelik açıldı", "Membership opened"
    REGISTRATION_REPEATED = (
        "membership.registration_repeated",
        "Var olan bir üyeliğin T.C. kimlik numarasıyla yeniden kayıt denendi",
        "Registration tried again with the ID number of an existing membership",
    )
    LOGGED_IN = "membership.logged_in", "Giriş yapıldı", "Logged in"
    LOGIN_FAILED = "membership.login_failed", "Giriş denemesi başarısız oldu", "Log-in failed"
    LOGGED_OUT = "membership.logged_out", "Çıkış yapıldı", "Logged out"
    SESSION_ENDED = "membership.session_ended", "Oturum sonlandırıldı", "Session ended"
    PASSWORD_RESET_ASKED = "membership.password_reset_asked", "Şifre yenileme istendi", "Password reset requested"
    PASSWORD_SET = "membership.password_set", "Şifre bağlantıyla belirlendi", "Password set through a link"
    PASSWORD_CHANGED = "membership.password_changed", "Şifre değiştirildi", "Password changed"
    EMAIL_CHANGED = "membership.email_changed", "E-posta adresi değiştirildi", "E-mail address changed"
    PHONE_CHANGED = "membership.phone_changed", "Cep telefonu değiştirildi", "Mobile number changed"
    LANGUAGE_CHANGED = "membership.language_changed", "Dil seçimi değiştirildi", "Language changed"
    TEXT_ACCEPTED = "membership.text_accepted", "Metin onaylandı ya da yanıtlandı", "Text accepted or answered"
    STAFF_CREATED = "membership.staff_created", "Personel hesabı açıldı", "Staff account opened"
    STAFF_DISABLED = "membership.staff_disabled", "Personel hesabı kapatıldı", "Account disabled"
    STAFF_ENABLED = "membership.staff_enabled", "Personel hesabı yeniden açıldı", "Staff account enabled again"
    STAFF_ROLE_CHANGED = "membership.staff_role_changed", "Personelin görevi değiştirildi", "Staff role changed"
    STAFF_INVITED_AGAIN = (
        "membership.staff_invited_again",
        "Personele yeni şifre bağlantısı verildi",
        "New password link given to staff",
    )
    STAFF_SESSIONS_ENDED = (
        "membership.staff_sessions_ended",
        "Personelin oturumları kapatıldı",
        "Sessions of staff ended",
    )
    SECOND_FACTOR_RESET = "membership.second_factor_reset", "İki adımlı giriş sıfırlandı", "Second factor reset"
    SECOND_FACTOR_SET = "membership.second_factor_set", "İki adımlı giriş kuruldu", "Second factor set up"
    SECOND_FACTOR_FAILED = (
        "membership.second_factor_failed",
        "Doğrulama kodu yanlış girildi",
        "Wrong verification code entered",
    )
    CONFIRMED_AGAIN = (
        "membership.confirmed_again",
        "Önemli işlemden önce kimlik yeniden doğrulandı",
        "Identity proved again before a dangerous act",
    )
    CONFIRMATION_FAILED = (
        "membership.confirmation_failed",
        "Önemli işlemden önce kimlik doğrulanamadı",
        "Identity not proved before a dangerous act",
    )

    # terms
    TERM_LOADED = "terms.term_loaded", "Dönem bilgisi yüklendi", "Term loaded"
    TERM_OPENED = "terms.opened", "Dönem açıldı", "Term opened"
    TERM_CHANGED = "terms.changed", "Dönemin yeni sürümü yazıldı", "New version of a term written"
    TERM_EXPORTED = "terms.exported", "Dönem dosyaya yazıldı", "Term written to its file"
    CALENDAR_OVERRIDDEN = "terms.calendar_overridden", "Takvime istisna girildi", "Calendar override entered"
    CALENDAR_WITHDRAWN = "terms.calendar_withdrawn", "Takvimdeki istisna geri alındı", "Calendar override taken back"

    # register
    REGISTER_IMPORTED = "register.imported", "Sertifika kütüğüne kayıt aktarıldı", "Certificate register imported"
    REGISTER_CORRECTED = (
        "register.corrected",
        "Sertifika kütüğündeki kayıt düzeltildi",
        "Certificate register corrected",
    )
    LEAVE_GIVEN = (
        "register.leave_given",
        "İptal edilen sertifikadan sonra başvuru izni verildi",
        "Leave to apply after a revocation given",
    )

    # exemptions
    EXEMPTION_REQUESTED = "exemptions.requested", "Ücret muafiyeti istendi", "Fee exemption requested"
    EXEMPTION_MORE_ASKED = "exemptions.more_asked", "Muafiyet için ek belge istendi", "More documents asked for"
    EXEMPTION_APPROVED = "exemptions.approved", "Ücret muafiyeti onaylandı", "Fee exemption approved"
    EXEMPTION_REJECTED = "exemptions.rejected", "Ücret muafiyeti uygun bulunmadı", "Fee exemption rejected"
    EXEMPTION_PROPOSED = (
        "exemptions.proposed",
        "Ücret muafiyetine ilk onay verildi",
        "Fee exemption approved by the first of two",
    )
    EXEMPTION_SENT_BACK = (
        "exemptions.sent_back",
        "Muafiyetin ilk onayı geri gönderildi",
        "First approval of an exemption sent back",
    )
    EXEMPTION_BARCODE_VERIFIED = (
        "exemptions.barcode_verified",
        "e-Devlet barkodu doğrulandı",
        "e-Devlet barcode verified",
    )
    EXEMPTION_ANSWER_RESENT = (
        "exemptions.answer_resent",
        "Muafiyet yanıtı yeniden gönderildi",
        "Exemption answer sent again",
    )
    EXEMPTION_EVIDENCE_ERASED = "exemptions.evidence_erased", "Muafiyet belgeleri silindi", "Exemption documents erased"
    EXEMPTION_DOCUMENT_SEEN = "exemptions.document_seen", "Muafiyet belgesi açıldı", "Exemption document opened"

    # payments
    ORDER_OPENED = "payments.order_opened", "Ödeme başlatıldı", "Payment started"
    PAYMENT_SETTLED = "payments.settled", "Ödeme tamamlandı", "Payment settled"
    PAYMENT_FAILED = "payments.failed", "Ödeme gerçekleşmedi", "Payment failed"
    PAYMENT_EXPIRED = "payments.expired", "Ödemenin süresi doldu", "Payment expired"
    PAYMENT_DUPLICATE = "payments.duplicate", "Mükerrer ödeme kaydedildi", "Duplicate payment recorded"
    PAYMENT_REVIEWED = "payments.reviewed", "Hak vermeyen ödemeye bakıldı", "Payment without a right reviewed"
    PAYMENT_ATTACHED = (
        "payments.attached",
        "Mükerrer ödeme yeniden başvuruya sayıldı",
        "Duplicate payment counted for a re-application",
    )
    PAYMENT_COMPLETED = "payments.completed", "Eksik ödeme tamamlandı", "Underpayment completed"
    PAYMENT_REVERSED = "payments.reversed", "Ödeme banka tarafından geri alındı", "Payment taken back by the bank"
    BRANCH_IMPORTED = "payments.branch_imported", "Bankanın şube dosyası aktarıldı", "Bank's branch file imported"
    BRANCH_REFUSED = "payments.branch_refused", "Bankanın şube dosyası alınmadı", "Bank's branch file refused"
    BRANCH_GAP = "payments.branch_gap", "Banka dosyalarında eksik numara", "Numbers missing among the bank's files"
    BRANCH_MATCHED = "payments.branch_matched", "Şube ödemesi üyeyle eşleşti", "Branch payment matched with its member"
    BRANCH_DECIDED = "payments.branch_decided", "Şube ödemesi için karar verildi", "Branch payment decided"
    CALLBACK_REFUSED = "payments.callback_refused", "Banka bildirimi reddedildi", "Bank call-back refused"

    # enrolment
    APPLICATION_SUBMITTED = "enrolment.submitted", "Başvuru formu gönderildi", "Application form submitted"
    WINDOW_EXTENDED = "enrolment.extended", "Eğitim ve sınav süresi uzatıldı", "Training and exam period extended"
    APPLICATION_REOPENED = "enrolment.reopened", "Başvuru yeniden açıldı", "Application opened again"
    APPLICATION_CLOSED = "enrolment.closed", "Başvuru sonuçlandı", "Application closed"

    # notifications and announcements
    MESSAGE_SENT_AGAIN = (
        "notifications.sent_again",
        "İleti yeniden gönderime alındı",
        "Message put up for sending again",
    )
    MESSAGE_SETTLED = "notifications.settled", "Ulaşmayan ileti sonuçlandırıldı", "Lost message settled"
    ANNOUNCEMENTS_CHOSEN = "announcements.chosen", "Duyuru tercihi değiştirildi", "Choice about announcements changed"
    TERM_ANNOUNCED = "announcements.term_announced", "Yeni dönem duyuruldu", "New term announced"

    # journey
    FEED_OPENED = "journey.feed_opened", "Takvim bağlantısı oluşturuldu", "Calendar link made"
    FEED_ENDED = "journey.feed_ended", "Takvim bağlantısı kapatıldı", "Calendar link ended"

    # corporate
    REPRESENTATIVE_APPOINTED = (
        "corporate.representative_appointed",
        "Kurum temsilcisi atandı",
        "Representative of an institution appointed",
    )
    REPRESENTATIVE_DISMISSED = (
        "corporate.representative_dismissed",
        "Kurum temsilciliği sona erdirildi",
        "Representative of an institution dismissed",
    )
    GROUP_INVITED = (
        "corporate.group_invited",
        "Kurum kişi listesini davet etti",
        "An institution invited a list of people",
    )
    INVITATION_ACCEPTED = (
        "corporate.invitation_accepted",
        "Kurumsal başvuru daveti kabul edildi",
        "Invitation to a corporate application accepted",
    )
    INVITATION_REFUSED = (
        "corporate.invitation_refused",
        "Kurumsal başvuru daveti geri çevrildi",
        "Invitation to a corporate application refused",
    )
    INVITATION_WITHDRAWN = (
        "corporate.invitation_withdrawn",
        "Kurumsal başvuru daveti geri alındı",
        "Invitation to a corporate application taken back",
    )

    # courses
    LESSON_RECORDING_PROPOSED = (
        "courses.recording_proposed",
        "Ders için kaydedilmiş video ya da geri alma önerildi",
        "A recorded video, or its withdrawal, was proposed for a lesson",
    )
    LESSON_RECORDING_RETURNED = (
        "courses.recording_returned",
        "Ders videosu önerisi yayımlanmadı",
        "A proposed video was not published",
    )
    LESSON_RECORDED = (
        "courses.lesson_recorded",
        "Dersin kaydedilmiş videosu yayımlandı",
        "A recorded video was published for a lesson",
    )
    LESSON_RECORDING_WITHDRAWN = (
        "courses.recording_withdrawn",
        "Dersin kaydedilmiş videosu geri alındı",
        "A lesson's recorded video was withdrawn",
    )

    # learning
    TRAINING_STARTED = "learning.started", "Eğitime başlandı", "Training started"
    TRAINING_COMPLETED = "learning.completed", "Eğitim tamamlandı", "Training completed"

    # practice
    PRACTICE_COMPLETED = "practice.completed", "Alıştırma tamamlandı", "Exercise completed"

    # questions
    QUESTIONS_IMPORTED = "questions.imported", "Soru bankası güncellendi", "Question bank updated"

    # exams
    EXAM_STARTED = "exams.started", "Sınav başlatıldı", "Exam started"
    EXAM_COMPLETED = "exams.completed", "Sınav tamamlandı", "Exam completed"
    EXAM_EXPIRED = "exams.expired", "Sınavın süresi doldu", "Exam time ran out"
    EXAM_ANNULLED = "exams.annulled", "Sınav geçersiz sayıldı", "Exam annulled"
    EXAM_STOPPED = (
        "exams.stopped",
        "Başvuru geçersiz sayıldığı için süren sınav durduruldu",
        "Running exam stopped, its application being invalid",
    )
    ACCOMMODATION_ASKED = "exams.accommodation_asked", "Sınav için ek süre istendi", "Extra exam time requested"
    ACCOMMODATION_REJECTED = (
        "exams.accommodation_rejected",
        "Sınav için ek süre uygun bulunmadı",
        "Extra exam time not granted",
    )
    ACCOMMODATION_DOCUMENT_SEEN = "exams.accommodation_seen", "Ek süre belgesi açıldı", "Extra time document opened"
    EXAM_ACCOMMODATED = "exams.accommodated", "Sınav için ek süre tanındı", "Extra exam time granted"
    EXAM_REGRADED = "exams.regraded", "Sınav yeniden değerlendirildi", "Exam regraded"
    ITEM_ANNULLED = "exams.item_annulled", "Sınav sorusu iptal edildi", "Exam question annulled"
    REAPPLICATION_ASKED = "exams.reapplication_asked", "Yeniden başvuru istendi", "Re-application requested"
    REAPPLICATION_DECLARED = (
        "exams.reapplication_declared",
        "Yeniden başvuruda muafiyetin sürdüğü beyan edildi",
        "Exemption declared to hold for a re-application",
    )
    REAPPLICATION_SUSPENDED = (
        "exams.reapplication_suspended",
        "Başvuru yeniden açıldığı için yeniden başvuru onayı askıya alındı",
        "Re-application approval suspended, for the application is open again",
    )
    REAPPLICATION_APPROVED = "exams.reapplication_approved", "Yeniden başvuru onaylandı", "Re-application approved"
    REAPPLICATION_REJECTED = (
        "exams.reapplication_rejected",
        "Yeniden başvuru uygun bulunmadı",
        "Re-application rejected",
    )

    # certificates
    CERTIFICATE_ISSUED = "certificates.issued", "Sertifika düzenlendi", "Certificate issued"
    CERTIFICATE_REISSUED = (
        "certificates.reissued",
        "Sertifika düzeltilerek yeniden düzenlendi",
        "Certificate issued anew",
    )
    CERTIFICATE_VIEWED = "certificates.viewed", "Sertifika görüntülendi", "Certificate viewed"
    CERTIFICATE_RENEWED = "certificates.view_renewed", "Sertifika görüntüleme süresi uzatıldı", "View window renewed"
    REVOCATION_ASKED = "certificates.revocation_asked", "Başvuru ve sertifika iptali istendi", "Invalidity requested"
    REVOCATION_CONFIRMED = (
        "certificates.revoked",
        "Başvuru ve sertifikası iptal edildi",
        "Application and certificate made invalid",
    )
    REVOCATION_REFUSED = (
        "certificates.revocation_refused",
        "Başvuru ve sertifika iptali onaylanmadı",
        "Invalidity not confirmed",
    )

    # identity
    NAME_CORRECTED = "identity.name_corrected", "Ad soyad düzeltildi", "Name corrected"
    TCKN_CORRECTION_ASKED = (
        "identity.tckn_asked",
        "T.C. kimlik no düzeltmesi istendi",
        "Correction of the ID number requested",
    )
    TCKN_CORRECTED = "identity.tckn_corrected", "T.C. kimlik no düzeltildi", "ID number corrected"
    TCKN_CORRECTION_REFUSED = (
        "identity.tckn_refused",
        "T.C. kimlik no düzeltmesi onaylanmadı",
        "Correction of the ID number not confirmed",
    )
    DISPUTE_OPENED = "identity.dispute_opened", "Kimlik itirazı bildirildi", "Claim to an account made"
    DISPUTE_DECIDED = "identity.dispute_decided", "Kimlik itirazında karar verildi", "Claim to an account decided"
    DISPUTE_FROZEN = "identity.dispute_frozen", "Hesap donduruldu ya da açıldı", "Account frozen or opened"
    DISPUTE_EVIDENCE_SEEN = "identity.dispute_seen", "Kimlik itirazının belgesi açıldı", "Evidence of a claim opened"
    PASSWORD_LINK_SENT = (
        "identity.password_link_sent",
        "Görevli şifre bağlantısı gönderdi",
        "Staff sent a link for a new password",
    )

    # support
    TICKET_OPENED = "support.opened", "Destek talebi açıldı", "Support ticket opened"
    TICKET_ANSWERED = "support.answered", "Destek talebi yanıtlandı", "Support ticket answered"
    TICKET_WRITTEN = "support.written", "Destek talebine ileti eklendi", "Message added to a support ticket"
    TICKET_NOTED = "support.noted", "Destek talebine iç not yazıldı", "Internal note written on a support ticket"
    TICKET_TAKEN = "support.taken", "Destek talebi üstlenildi", "Support ticket taken on"
    TICKET_RELEASED = "support.released", "Destek talebi bırakıldı", "Support ticket released"
    TICKET_SORTED = "support.sorted", "Destek talebinin konusu değiştirildi", "Category of a support ticket changed"
    TICKET_CLOSED = "support.closed", "Destek talebi kapatıldı", "Support ticket closed"

    CANNED_ANSWER_KEPT = "support.canned_kept", "Hazır yanıt kaydedildi", "Ready answer saved"
    CANNED_ANSWER_DROPPED = "support.canned_dropped", "Hazır yanıt silindi", "Ready answer deleted"

    # privacy
    PRIVACY_REQUESTED = "privacy.requested", "Kişisel veri talebi alındı", "Request about personal data received"
    PRIVACY_ANSWERED = "privacy.answered", "Kişisel veri talebi yanıtlandı", "Request about personal data answered"
    PRIVACY_ERASED = "privacy.erased", "Kişisel veriler silindi", "Personal data erased"
    EXPORT_ASKED = "privacy.export_asked", "Kişisel veri dökümü istendi", "Copy of personal data requested"
    EXPORT_FETCHED = "privacy.export_fetched", "Kişisel veri dökümü indirildi", "Copy of personal data downloaded"
    CONSENT_WITHDRAWN = "privacy.consent_withdrawn", "Açık rıza geri alındı", "Consent withdrawn"

    # slips
    SLIP_TAKEN = "slips.taken", "Dekont alındı", "Bank slip received"
    SLIP_ASSIGNED = "slips.assigned", "Dekontun sahibi belirtildi", "Owner of a bank slip named"
    SLIP_ACCEPTED = "slips.accepted", "Dekont kabul edildi", "Bank slip accepted"
    SLIP_REFUSED = "slips.refused", "Dekont uygun bulunmadı", "Bank slip not accepted"

    # mailroom
    MAIL_TAKEN = "mailroom.taken", "Gelen posta alındı", "Incoming mail taken in"
    MAIL_REFUSED = "mailroom.refused", "Okunamayan posta dışarıda bırakıldı", "Unreadable mail kept out"
    MAIL_SORTED = "mailroom.sorted", "Gelen posta bir işe ayrıldı", "Incoming mail became a case"
    MAIL_OPENED = "mailroom.opened", "Gelen posta açıldı", "Incoming mail opened"
    MAIL_ASSIGNED = "mailroom.assigned", "Gelen postanın sahibi belirtildi", "Owner of an incoming mail named"
    MAIL_SET_ASIDE = "mailroom.set_aside", "Gelen posta kenara ayrıldı", "Incoming mail set aside"
    MAIL_ERASED = "mailroom.erased", "Gelen postanın aslı ve ekleri silindi", "Incoming mail and its attachments erased"
    MESSAGE_RETURNED = "mailroom.returned", "Gönderilen ileti geri döndü", "A message that was sent came back"

    # reports
    LIST_ASKED = "reports.list_asked", "Tamamlama listesi istendi", "Completion list asked for"
    LIST_TAKEN = "reports.list_taken", "Tamamlama listesi indirildi", "Completion list downloaded"
    SIGN_JUDGED = "reports.sign_judged", "Sınav işareti değerlendirildi", "Exam sign judged by a person"

    # staff
    CANDIDATE_SEEN = "staff.candidate_seen", "Aday sayfası açıldı", "Candidate page opened"
    ATTENDANCE_EXPORTED = "staff.attendance_exported", "Devam listesi indirildi", "Attendance list downloaded"
    EVIDENCE_EXPORTED = "staff.evidence_exported", "Sertifika kanıt dosyası indirildi", "Evidence file downloaded"
    TCKN_SEEN = "staff.tckn_seen", "T.C. kimlik numarası açık görüntülendi", "ID number shown in full"

    # demo
    CLOCK_MOVED = "demo.clock_moved", "Gösterim saati ilerletildi", "Demo clock moved forward"

    @property
    def feature(self) -> str:
        return self.value.split(".", 1)[0]


class Recipient(Named):
    """R063: to whom personal data may go."""

    SEDDK = "seddk", "SEDDK", "SEDDK (the regulator)"
    ORYM = "orym", "Özel Riskler Yönetim Merkezi", "Special Risks Management Centre (ÖRYM)"
    INSTITUTION = "institution", "Başvuruyu yapan kurum", "The institution that made the application"
    AUTHORITY = "authority", "Yetkili makam", "A competent authority"


class Basis(Named):
    """R063: why they may."""

    DUTY = "duty", "Tarife ve Talimat Tebliği gereği bildirim", "Notification that the Tariff Communiqué asks for"
    CORPORATE = "corporate", "Kurumsal başvuru", "Corporate application"
    REQUEST = "request", "Yetkili makamın yazılı talebi", "Written request of a competent authority"


class Fact(Named):
    """What of a person was told."""

    NAME = "name", "ad soyad", "name"
    TCKN = "tckn", "T.C. kimlik numarası", "T.C. identity number"
    CONTACT = "contact", "iletişim bilgileri", "contact details"
    INSTITUTION = "institution", "kurum", "institution"
    APPLICATION = "application", "başvuru bilgileri", "application details"
    COMPLETION = "completion", "eğitim ve sınavın tamamlandığı", "completion of training and exam"
    RESULT = "result", "sınav sonucu", "exam result"
    CERTIFICATE = "certificate", "sertifika numarası ve tarihi", "certificate number and date"
    REVOCATION = "revocation", "sertifikanın iptali", "revocation of the certificate"
    PAYMENT = "payment", "ödeme bilgileri", "payment details"
