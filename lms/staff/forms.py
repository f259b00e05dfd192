"""The desk's forms."""

from wtforms import SearchField
from wtforms.validators import InputRequired, Length

from lms.web.forms import Form


class SearchForm(Form):
    """Sent by POST: a T.C. identity number must not stand in an address."""

    q = SearchField(
        "Aday ara",
        [InputRequired("Ne arayacağınızı yazın."), Length(max=200)],
        description="TCKN, ad soyad, telefon, e-posta, başvuru ya da sertifika numarası, doğrulama kodu",
    )
