"""Sentences of the staff desk."""

TR = {
    "message.not_lost": "Bu ileti artık gönderilemeyenler arasında değil; belki bir başkası yeniden gönderime aldı.",
    "message.settled_by": "Bu iletiyi {by} {at} tarihinde sonuçlandırdı.",
    "message.reason": "Kişiye nasıl haber verdiğinizi ya da neden gerekmediğini {least} ile {most} karakter arasında yazın.",
    "message.once": "Duyuru iletileri yeniden gönderilmez; kişi izninden vazgeçmiş olabilir.",
    "message.spent": "Bu ileti tek kullanımlık bir bağlantı taşıyordu ve bağlantı artık saklanmıyor. Üyeye kendi sayfasından yeni bağlantı gönderin; davetse kurum geri alıp yeniden gönderir.",
    "message.consent": "İzni olmayan kişiye duyuru gönderilmez.",
    "evidence.recipient": "Dosyayı isteyen makamı seçin.",
    "evidence.reference": "İsteyenin adını, yazısının tarihini ve sayısını {least} ile {most} karakter arasında yazın.",
    "evidence.reason": "Kimlik numarasının neden açık istendiğini {least} ile {most} karakter arasında yazın; kayda geçer.",
    "attendance.reason": "Açık kimlik numaralarını neden indirdiğinizi yazın (en az {least} karakter); kayda geçer.",
    "search.tckn": "Bu T.C. kimlik numarasında bir yazım hatası var: denetim basamakları tutmuyor.",
    "search.short": "En az {least} harf yazın.",
    "search.unreadable": "Bu metin bir TCKN, telefon, numara, kod ya da ad olarak okunamadı. Rakamları ve harfleri gözden geçirin.",
}
EN = {
    "message.not_lost": "This message is no longer among the lost ones; perhaps somebody else has put it up for sending again.",
    "message.settled_by": "{by} settled this message on {at}.",
    "message.reason": "Say how the person was told, or why they need not be, in {least} to {most} characters.",
    "message.once": "Announcements are not sent again; the person may have taken the consent back.",
    "message.spent": "This message carried a link for one use, which is no longer kept. Send a member a new link from their page; an invitation is taken back and sent anew by its institution.",
    "message.consent": "An announcement is not sent to a person who has not allowed it.",
    "evidence.recipient": "Choose which authority asks.",
    "evidence.reference": "Write who asks, and the date and number of the letter, in {least} to {most} characters.",
    "evidence.reason": "Say why the whole identity number is asked for, in {least} to {most} characters; it is recorded.",
    "attendance.reason": "Say why you download whole identity numbers (at least {least} characters); it is recorded.",
    "search.tckn": "This ID number holds a slip: its check digits do not match.",
    "search.short": "Type at least {least} letters.",
    "search.unreadable": "This could not be read as an ID number, phone, number, code or name. Check its digits and letters.",
}
