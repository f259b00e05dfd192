"""Sentences of payments."""

TR = {
    "payment.window_not_open": "Bu dönem için ödeme {opens_at} itibarıyla açılır.",
    "payment.window_closed": "Bu dönemin ödeme ve başvuru süresi {closes_at} itibarıyla sona erdi.",
    "payment.window_closing": "Başvuru süresi {closes_at} itibarıyla bitiyor. Son dakikalarda kartla ödeme başlatılmaz; ödeme tamamlansa bile form süresinde gönderilemeyebilir ve ücret iade edilmez.",
    "payment.already_paid": "Bu hizmetin ücreti ödenmiş. İkinci bir ödeme yapmayın; sıradaki adım başvuru formudur.",
    "payment.exempt": "Ücret muafiyetiniz onaylandı. Ödeme yapmanız gerekmez; başvuru formunu doğrudan doldurabilirsiniz.",
    "payment.exemption_pending": "Ücret muafiyeti isteğiniz inceleniyor. Şimdi ödeme yaparsanız, isteğiniz sonradan onaylansa bile bu ücret iade edilmez.",
    "payment.last_hour": "Başvuru süresinin son saatindesiniz. Ödemeden sonra başvuru formunu da bu süre içinde göndermeniz gerekir.",
    "payment.still_viewable": "Sertifikanız şu anda zaten görüntülenebiliyor. Süre dolmadan yapılan ikinci ödeme süreyi uzatmaz ve iade edilmez.",
    "payment.contract_needed": "Devam etmek için hizmet sözleşmesini okuyup kutuyu işaretleyin.",
    "payment.immediate_needed": "Hizmetin hemen başlamasını istediğinizi bu kutuyla belirtin.",
    "payment.declaration_needed": "Bu dönem, ilk defa sertifika alacaklar içindir. Sertifikanız yoksa kutuyu işaretleyin.",
    "payment.service_needed": "Ödeme yapacağınız hizmeti listeden seçin.",
    "payment.service_other": "Seçtiğiniz hizmetin koşulları aşağıda. Gözden geçirip yeniden onaylayın.",
    "payment.bank_silent": "Banka, önceki denemenizin sonucunu şu anda bildiremiyor. İki kez ödememeniz için birkaç dakika sonra yeniden deneyin.",
    "payment.not_possible": "Bu ödeme sonuçlandı; üzerinde başka işlem yapılamaz.",
    "payment.entitlement_used": "Bu ödeme daha önce bir başvuruda kullanıldı.",
}

EN = {
    "payment.window_not_open": "Payment for this term opens on {opens_at}.",
    "payment.window_closed": "Payment and application for this term ended on {closes_at}.",
    "payment.window_closing": "Applications end on {closes_at}. No card payment starts in the last minutes: even a completed payment might leave no time for the form, and fees are not refunded.",
    "payment.already_paid": "This service has been paid for. Do not pay twice; the next step is the application form.",
    "payment.exempt": "Your fee exemption is approved. You need not pay; go on to the application form.",
    "payment.exemption_pending": "Your exemption request is under review. A fee paid now is not refunded, even if the request is approved later.",
    "payment.last_hour": "This is the last hour for applications. After paying, the form must be sent within it as well.",
    "payment.still_viewable": "Your certificate can be viewed right now. Paying before the period ends does not extend it and is not refunded.",
    "payment.contract_needed": "Read the service contract and tick the box to continue.",
    "payment.immediate_needed": "Tick this box to say that the service may begin at once.",
    "payment.declaration_needed": "This term is for a first certificate. Tick the box if you hold none.",
    "payment.service_needed": "Choose the service you are paying for.",
    "payment.service_other": "The terms of the service you chose are below. Please review and confirm again.",
    "payment.bank_silent": "The bank cannot tell what became of your earlier try just now. Please try again in a few minutes, so that you do not pay twice.",
    "payment.not_possible": "This payment has ended; nothing more can be done with it.",
    "payment.entitlement_used": "This payment was already used for an application.",
}
