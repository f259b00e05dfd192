"""Sentences of who somebody is: corrections by staff, help with the log-in."""

TR = {
    "correction.ground": "Düzeltmenin nedenini seçin. Gerçeğe aykırı beyan düzeltilmez; başvurunun geçersiz sayılması istenir.",
    "correction.evidence": "Doğrusunu neyin gösterdiğini {least} ile {most} harf arasında yazın.",
    "correction.same": "Yazdığınız, kayıtlı olanla aynı; düzeltilecek bir şey yok.",
    "correction.overtaken": "Bu adayın adı siz bakarken değişti; şimdi kayıtlı olan: {name}.",
    "correction.tckn_taken": "Bu T.C. kimlik numarasıyla açılmış başka bir üyelik var. Önce kimlik itirazı olarak ele alınmalıdır.",
    "correction.pending": "Bu aday için onay bekleyen bir düzeltme zaten var.",
    "correction.decided": "Bu düzeltmeye {by} daha önce karar verdi ({at}).",
    "correction.same_person": "Düzeltmeyi isteyen onaylayamaz; kararı başka bir görevli verir.",
    "dispute.decided": "Bu itiraza {by} daha önce karar verdi ({at}).",
    "dispute.same_person": "Devri öneren onaylayamaz; başka bir görevli karar verir.",
    "dispute.no_account": "Bu numarayla devredilecek bir üyelik yok ya da itiraz sonuçlanmış.",
    "dispute.exam_runs": "Bu hesapta şu anda bir sınav sürüyor; bitince dondurabilirsiniz.",
    "help.too_soon": "Son iki dakika içinde bir bağlantı gönderildi. Adaydan e-postasına bakmasını isteyin.",
    "help.closed": "Bu hesap kapalı; bağlantı gönderilmez.",
}
EN = {
    "correction.ground": "Choose why it is corrected. A false statement is not corrected; ask that the application be invalid.",
    "correction.evidence": "Say what proves the right spelling, in {least} to {most} letters.",
    "correction.same": "That is what is on file already; there is nothing to correct.",
    "correction.overtaken": "The name of this person changed meanwhile; on file is now: {name}.",
    "correction.tckn_taken": "Another membership has this identity number. That is a dispute about an account first.",
    "correction.pending": "A correction for this person is waiting for a decision already.",
    "correction.decided": "{by} has decided this correction already ({at}).",
    "correction.same_person": "Who asked cannot confirm; somebody else decides.",
    "dispute.decided": "{by} has decided this claim already ({at}).",
    "dispute.same_person": "Who proposed it cannot confirm; somebody else decides.",
    "dispute.no_account": "There is no account of this number to hand over, or the claim is decided.",
    "dispute.exam_runs": "An exam is running in this account; it can be frozen afterwards.",
    "help.too_soon": "A link left within the last two minutes. Ask the person to look at their mail.",
    "help.closed": "This account is closed; no link is sent.",
}
