"""Long texts of our own as HTML."""

from lms.web.prose import prose


def test_headings_lists_paragraphs_and_addresses():
    html = prose("# Başlık\n\nBir **önemli**\nsatır.\n\n- bir\n- iki\n\nhttps://segem.org.tr.")
    assert html == (
        "<h2>Başlık</h2>\n<p>Bir <strong>önemli</strong> satır.</p>\n<ul><li>bir</li><li>iki</li></ul>\n"
        '<p><a href="https://segem.org.tr" rel="noopener">https://segem.org.tr</a>.</p>'
    )


def test_markup_in_a_text_is_shown_not_obeyed():
    assert prose("<script>alert(1)</script> **<b>**") == (
        "<p>&lt;script&gt;alert(1)&lt;/script&gt; <strong>&lt;b&gt;</strong></p>"
    )
