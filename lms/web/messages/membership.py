"""Sentences of membership and support."""

TR = {
    "tckn.length": "T.C. kimlik numarası 11 rakamdan oluşur. Lütfen eksiksiz yazın.",
    "tckn.checksum": "Bu numara geçerli bir T.C. kimlik numarası değil. Lütfen rakamları denetleyin.",
    "name.empty": "Lütfen kimliğinizde yazdığı gibi doldurun.",
    "name.long": "En çok 60 karakter yazabilirsiniz.",
    "name.digits": "Ad ve soyad rakam içeremez.",
    "name.characters": "Lütfen yalnızca harf kullanın; gerekirse boşluk, kesme işareti, nokta ya da kısa çizgi ekleyebilirsiniz.",
    "email.form": "Lütfen e-posta adresinizi ad@kurum.com.tr biçiminde yazın.",
    "email.letters": "E-posta adresinde Türkçe harf kullanılamaz. {meant} mi demek istediniz?",
    "phone.form": "Lütfen cep telefonunuzu 0532 123 45 67 biçiminde yazın ya da boş bırakın.",
    "password.too_short": "Şifre en az {min} karakter olmalı.",
    "password.too_long": "Şifre en çok {max} karakter olabilir.",
    "password.characters": "Şifrede kullanılamayan bir karakter var. Lütfen klavyenizdeki harf, rakam ve işaretleri kullanın.",
    "password.common": "Bu şifre çok bilinen şifrelerden biri. Lütfen başkasının aklına gelmeyecek bir şifre seçin.",
    "password.personal": "Şifreniz kimlik numaranızdan, adınızdan ya da e-posta adresinizden oluşmasın.",
    "password.wrong": "Şimdiki şifreniz bu değil. Lütfen yeniden yazın.",
    "notice.required": "Devam etmek için bilgilendirme metnini okuduğunuzu belirtin.",
    "member.not_opened": (
        "Bu bilgilerle yeni bir üyelik açılamadı. Daha önce üye olduysanız giriş yapın ya da şifrenizi yenileyin; "
        "olmadıysanız bilgilerinizi denetleyin veya Destek sayfasından bize yazın."
    ),
    "login.failed": "T.C. kimlik numarası ya da şifre yanlış. Şifrenizi hatırlamıyorsanız yenileyebilirsiniz.",
    "login.slow": "Art arda çok deneme yapıldı. Lütfen {retry_after} saniye sonra yeniden deneyin; hesabınız kilitlenmedi.",
    "totp.wrong": "Kod yanlış, süresi geçmiş ya da daha önce kullanılmış. Lütfen uygulamanızdaki yeni kodu yazın.",
    "link.dead": "Bu bağlantı kullanılmış ya da süresi dolmuş. Lütfen yeni bir bağlantı isteyin.",
    "language.unknown": "Lütfen Türkçe ya da İngilizce seçin.",
    "staff.role": "Böyle bir görev yok. Görevler: {roles}.",
    "staff.exists": "Bu T.C. kimlik numarasıyla bir üyelik var; personel hesabı ayrı bir numarayla açılır.",
    "support.subject": "Lütfen konuyu 3 ile 160 karakter arasında yazın.",
    "support.body": "Lütfen sorununuzu 10 ile 5.000 karakter arasında anlatın.",
    "support.answer": "Lütfen yanıtı 5 ile 5.000 karakter arasında yazın.",
    "support.closed": "Bu talep kapanmış; yeniden yanıtlanamaz.",
}

EN = {
    "tckn.length": "A T.C. identity number has 11 digits. Please type all of them.",
    "tckn.checksum": "This is not a valid T.C. identity number. Please check the digits.",
    "name.empty": "Please fill this in as it stands on your identity card.",
    "name.long": "At most 60 characters, please.",
    "name.digits": "A name holds no digits.",
    "name.characters": "Please use letters only; a space, apostrophe, dot or hyphen between them is fine.",
    "email.form": "Please type your e-mail address like name@company.com.",
    "email.letters": "An e-mail address holds no Turkish letters. Did you mean {meant}?",
    "phone.form": "Please type your Turkish mobile number like 0532 123 45 67, or leave it empty.",
    "password.too_short": "A password has at least {min} characters.",
    "password.too_long": "A password has at most {max} characters.",
    "password.characters": "The password holds a character that cannot be used. Please use letters, digits and signs of your keyboard.",
    "password.common": "This is one of the passwords that everybody knows. Please choose one that nobody else would think of.",
    "password.personal": "Your password must not be made of your identity number, name or e-mail address.",
    "password.wrong": "This is not your present password. Please type it again.",
    "notice.required": "To go on, please say that you have read the notice.",
    "member.not_opened": (
        "No new membership could be opened with these details. If you are a member already, log in or renew your password; "
        "if not, check your details or write to us on the support page."
    ),
    "login.failed": "The identity number or the password is wrong. If you have forgotten your password, you can renew it.",
    "login.slow": "Too many attempts in a row. Please try again in {retry_after} seconds; your account is not locked.",
    "totp.wrong": "The code is wrong, too old or already used. Please type the new code of your app.",
    "link.dead": "This link was used or has expired. Please ask for a new one.",
    "language.unknown": "Please choose Turkish or English.",
    "staff.role": "There is no such role. Roles: {roles}.",
    "staff.exists": "A membership with this identity number exists; a staff account needs a number of its own.",
    "support.subject": "Please write a subject of 3 to 160 characters.",
    "support.body": "Please describe your problem in 10 to 5,000 characters.",
    "support.answer": "Please write an answer of 5 to 5,000 characters.",
    "support.closed": "This request is closed and cannot be answered again.",
}
