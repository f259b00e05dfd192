"""The representative's page, the invited person's page, and the office's page of institutions."""

import io

import pytest

from lms.core.db import db
from lms.corporate import services
from lms.corporate.models import Invitation, Representative
from lms.notifications.models import OutboxMessage
from lms.notifications.services import compose
from lms.terms import services as terms
from tests import factories
from tests.conftest import civil
from tests.corporate.test_services import guest, joined, settled, table, tckn
from tests.membership.helpers import log_in


def token():
    row = db.session.query(OutboxMessage).filter_by(template="invited").order_by(OutboxMessage.id).first()
    return compose(row).text.partition("/davet/")[2].split()[0]


def upload(browser, term, data):
    return browser.post(
        "/kurum",
        data={"donem": term.code, "file": (io.BytesIO(data), "liste.csv")},
        content_type="multipart/form-data",
    )


def test_R063_the_page_is_for_who_acts_for_an_institution(become, agent, term, now):
    assert become(factories.member()).get("/kurum").status_code == 404
    page = become(agent).get("/kurum")
    assert page.status_code == 200
    assert "Örnek Acentesi" in page.text
    assert "Henüz kimse davet edilmedi" in page.text


def test_R063_the_result_of_a_list_is_told_line_by_line_and_shows_no_number(become, agent, term, now):
    page = upload(become(agent), term, table(guest(1), (tckn(2), "", "Örnek", "x@example.org"), ("1", "A"), guest(1)))
    assert page.status_code == 200
    assert "1 kişiye davet gönderiliyor" in page.text
    assert "Düzeltilecek satırlar (3)" in page.text
    assert "Satırda dört sütun olmalı" in page.text
    assert "bekleyen ya da kabul edilmiş bir daveti zaten var" in page.text
    assert "Bu işlem yapılamadı" not in page.text  # each line says its own reason
    assert tckn(1) not in page.text
    assert tckn(2) not in page.text
    listed = become(agent).get("/kurum").text
    assert "yanıt bekleniyor" in listed
    assert guest(1)[3] not in listed  # contact details stay with us


def test_a_file_that_is_no_list_is_refused_with_a_sentence(become, agent, term, now):
    page = upload(become(agent), term, b"PK\x03\x04broken")
    assert page.status_code == 422
    assert "Dosya okunamadı" in page.text
    heading = upload(become(agent), term, b"tckn;ad;soyad;e-posta\n")
    assert (heading.status_code, "Listede kişi yok" in heading.text) == (422, True)
    assert not db.session.query(Invitation).count()


def test_R063_a_stranger_reads_the_invitation_and_joins_with_an_own_account(become, agent, term, now):
    upload(become(agent), term, table(guest(1)))
    address = f"/davet/{token()}"
    stranger = become(None)
    page = stranger.get(address)
    assert "corporate_notice" in page.text
    assert f"/kaydol?next={address}" in page.text.replace("%2F", "/")
    assert become(factories.member()).post(address, data={"read_notice": "y", "declares": "y"}).status_code == 403
    meant = become(factories.member(tckn=tckn(1)))
    refused = meant.post(address, data={"declares": "y"})
    assert refused.status_code == 422
    assert "okuduğunuzu işaretleyin" in refused.text
    assert meant.post(address, data={"read_notice": "y", "declares": "y"}).status_code == 303
    assert "daha önce yanıtlandı" in meant.get(address).text
    code = db.session.query(Invitation).one().code
    representative = become(agent)
    assert f'value="{code}"' in representative.get("/kurum").text
    assert representative.get(f"/kurum/odeme/{term.code}").status_code == 409  # nobody chosen is not everybody
    order = representative.get(f"/kurum/odeme/{term.code}?kisi={code}")
    assert order.status_code == 200
    assert "1 kişi" in order.text
    assert meant.post(f"/hesabim/davetler/{code}/vazgec").status_code == 303
    assert representative.post(f"/kurum/davetler/{code}/geri-al").status_code == 409


def test_R063_the_account_page_tells_whom_one_joined_and_how_to_leave(client, agent, term, now):
    services.invite(table(guest(1)), term.code, actor=agent.actor(), now=now())
    person = joined(1, now)
    log_in(client, person)
    page = client.get("/hesabim").text
    assert "Kurumsal başvuru: Örnek Acentesi" in page
    assert "Ayrıl" in page
    settled(agent, term, now)
    db.session.commit()
    page = client.get("/hesabim").text
    assert "Kurumunuz ücretinizi ödedi" in page
    assert "Ayrıl" not in page


def test_R021_who_waits_for_the_institution_is_warned_before_paying(become, agent, term, now):
    services.invite(table(guest(1), guest(2)), term.code, actor=agent.actor(), now=now())
    waiting, other = joined(1, now), factories.member()
    words = "Ücretinizi Örnek Acentesi ödeyecek"
    for address in ("/", "/odeme"):
        assert words in become(waiting).get(address).text, address
        assert words not in become(other).get(address).text, address
    home = become(waiting).get("/").text
    assert "Kurumunuzun ödemesi bekleniyor" in home
    assert "Ödemenizi yapın" not in home
    settled(agent, term, now)
    assert words not in become(waiting).get("/").text


def test_R008_a_list_is_asked_for_only_while_it_can_be_taken(become, agent, term, now):
    services.invite(table(guest(1)), term.code, actor=agent.actor(), now=now())
    assert 'name="file"' in become(agent).get("/kurum").text
    now.set("2025-11-22 00:00")
    page = become(agent).get("/kurum").text
    assert 'name="file"' not in page
    assert "yeni davet gönderilmez" in page


def test_R127_what_hit_the_institution_prolongs_the_windows_on_its_page(become, agent, term, now):
    services.invite(table(guest(1)), term.code, actor=agent.actor(), now=now())
    joined(1, now)
    now.set("2025-11-22 09:00")
    code = db.session.query(Invitation.code).scalar()
    assert 'name="kisi"' not in become(agent).get("/kurum").text
    terms.give([agent.id], terms.longer(term, application_to=civil("2025-11-26 00:00"), now=now()))
    db.session.commit()
    page = become(agent).get("/kurum").text
    assert 'name="file"' in page
    assert f'name="kisi" value="{code}"' in page
    order = become(agent).get(f"/kurum/odeme/{term.code}?kisi={code}")
    assert order.status_code == 200
    assert "25 Kasım 2025" in order.text
    assert "1 kişiye davet gönderiliyor" in upload(become(agent), term, table(guest(2))).text


def test_R063_a_stranger_with_the_link_may_say_no(become, agent, term, now):
    upload(become(agent), term, table(guest(1)))
    kept = token()
    assert become(None).post(f"/davet/{kept}/geri-cevir").status_code == 200
    assert become(None).post(f"/davet/{kept}/geri-cevir").status_code == 409
    assert become(None).get("/davet/nobody").status_code == 404


@pytest.mark.parametrize(("number", "code"), [("12345678912", 422), (factories.valid_tckn(950_001), 303)])
def test_R063_a_manager_appoints_a_member_with_a_reason(become, app, now, number, code):
    factories.member(tckn=factories.valid_tckn(950_001))
    boss = become(factories.member(staff_role="manager"))
    answer = boss.post(
        "/yonetim/kurumlar", data={"institution": "Örnek Broker", "tckn": number, "reason": "2025/3 sayılı yazı"}
    )
    assert answer.status_code == code
    assert db.session.query(Representative).count() == (code == 303)
    if code == 303:
        assert "Örnek Broker" in boss.get("/yonetim/kurumlar").text
        row = db.session.query(Representative).one()
        assert boss.post(f"/yonetim/kurumlar/{row.code}/bitir", data={"reason": "kısa"}).status_code == 422
        assert (
            boss.post(f"/yonetim/kurumlar/{row.code}/bitir", data={"reason": "yazılı bildirim geldi"}).status_code
            == 303
        )
