from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from joanie.common.money import Money
from joanie.payment.documents.rendering import render_pdf
from joanie.payment.models import ProformaInvoice

Text = Callable[..., str]

CORRECTION: dict[str, Any] = {
    "reference": "CN-IDL-2026-000001",
    "corrects": "PF-IDL-2026-000001",
    "corrects_on": "2026-11-20",
    "reason": "Withdrawal within fourteen days",
}


@pytest.mark.parametrize(
    "printed",
    [
        "Pro forma invoice PF-IDL-2026-000001",
        "Issued on Ordered on Order reference 21 November 2026 20 November 2026 8d3c1f0e-7b5a-",
        "Institute of Distance Learning 12 rue des Écoles 75005 Paris France",
        "Registration number 000 000 000 VAT number FR00000000000",
        "Some Learner 1 Main Street MK7 6AA Milton Keynes United Kingdom",
        "Description Quantity Net amount VAT Amount, VAT included",
        "Certificate Data (data-1) 1 €100.00 20% €120.00",
        "VAT rate Net amount VAT 20% €100.00 €20.00",
        "Total, VAT excluded €100.00 VAT €20.00 Total, VAT included €120.00",
        "Payment Paid by Visa ending 4242 on 21 November 2026 Reference pay_3f9c2a7e at Dummy",
        "Page 1 of 1",
    ],
)
def test_invoice_in_euros_says_everything(text_of: Text, printed: str) -> None:
    assert printed in text_of()


@pytest.mark.parametrize(
    "printed",
    [
        "Facture pro forma PF-IDL-2026-000001",
        "21 novembre 2026 20 novembre 2026",
        "000 000 000 N° de TVA FR00000000000",
        "Milton Keynes Royaume-Uni",
        "Désignation Quantité Montant HT TVA Montant TTC",
        "Taux TVA Montant HT TVA 20 % 1 028,75 € 205,75 €",
        "Total HT 1 028,75 € TVA 205,75 € Total TTC 1 234,50 €",
        "Payé par carte Visa se terminant par 4242 le 21 novembre 2026",
        "Référence pay_3f9c2a7e chez Dummy",
        "Page 1 sur 1",
    ],
)
def test_invoice_in_french_says_everything(text_of: Text, printed: str) -> None:
    assert printed in text_of(Money("1234.50", "EUR"), vat="205.75", language="fr")


def test_yen_have_no_decimals_and_japanese_is_printed(text_of: Text) -> None:
    text = text_of(Money(12000, "JPY"), vat_rate="10", vat="1091", buyer={"city": "東京"})
    assert "JP¥10,909 VAT JP¥1,091 Total, VAT included JP¥12,000" in text
    assert "東京" in text


def test_dinars_have_three_decimals(text_of: Text) -> None:
    text = text_of(Money("40.125", "KWD"), vat_rate="5.5", vat="2.092")
    assert "5.5% KWD 38.033 KWD 2.092" in text
    assert "KWD 38.033 VAT KWD 2.092 Total, VAT included KWD 40.125" in text


def test_nothing_is_hidden_where_no_vat_is_due(text_of: Text) -> None:
    text = text_of(vat_rate="0", vat="0")
    assert "Certificate Data (data-1) 1 €120.00 0% €120.00" in text
    assert "€120.00 VAT €0.00 Total, VAT included €120.00" in text


@pytest.mark.parametrize("name", ["محمد المتعلم", "מכללה", "学習者", "Ελένη", "Žižka"])
def test_names_of_many_scripts_are_printed(text_of: Text, name: str) -> None:
    printed = text_of(buyer={"last_name": name})
    assert all(letter in printed for letter in name)


def test_net_of_a_line_is_what_was_issued(text_of: Text) -> None:
    line = {"title": "Course", "detail": "", "quantity": 2, "net": "99.99", "total": "120.00"}
    assert "Course 2 €99.99 20% €120.00" in text_of(lines=[line])


def test_payment_that_was_not_by_card_names_the_provider(text_of: Text) -> None:
    text = text_of(payment={"brand": "", "last_numbers": "", "provider": "razorpay"})
    assert "Paid through razorpay on 21 November 2026 Reference pay_3f9c2a7e at razorpay" in text


def test_an_account_is_called_what_learners_call_it(text_of: Text) -> None:
    assert "pay_3f9c2a7e at Dummy" in text_of(payment={"provider": "dummy"})


def test_invoice_without_payment_has_no_payment_part(text_of: Text) -> None:
    assert "Paid" not in text_of(payment=None)


@pytest.mark.parametrize(
    "printed",
    [
        "Credit note CN-IDL-2026-000001",
        "Corrects pro forma invoice PF-IDL-2026-000001 of 20 November 2026",
        "Certificate Data (data-1) 1 -€100.00 20% -€120.00",
        "Total, VAT excluded -€100.00 VAT -€20.00 Total, VAT included -€120.00",
        "Reason Withdrawal within fourteen days",
        "Refunded to Visa ending 4242 on 21 November 2026 Reference pay_3f9c2a7e at Dummy",
    ],
)
def test_credit_note_says_what_it_corrects_and_why(text_of: Text, printed: str) -> None:
    assert printed in text_of(Money("-120.00", "EUR"), vat="-20.00", **CORRECTION)


@pytest.mark.parametrize(
    ("language", "brand", "printed"),
    [
        ("en", "Visa", "Dispute Taken back by the bank of Visa ending 4242 on 21 November 2026"),
        ("en", "", "Dispute Taken back by the bank through Dummy on 21 November 2026"),
        ("fr", "Visa", "Contestation Repris par la banque de la carte Visa se terminant par 4242"),
        ("fr", "", "Contestation Repris par la banque via Dummy le 21 novembre 2026"),
    ],
)
def test_what_the_bank_took_back_is_not_said_to_be_refunded(
    text_of: Text, language: str, brand: str, printed: str
) -> None:
    text = text_of(
        Money("-120.00", "EUR"),
        vat="-20.00",
        language=language,
        payment={"brand": brand},
        is_disputed=True,
        **CORRECTION,
    )
    assert printed in text
    assert "Refunded" not in text


def test_first_credit_notes_did_not_say_the_day_of_the_invoice(text_of: Text) -> None:
    old = {**CORRECTION, "corrects_on": None}
    text = text_of(Money("-120.00", "EUR"), vat="-20.00", **old)
    assert "Corrects pro forma invoice PF-IDL-2026-000001 Seller" in text


def test_credit_note_taken_back_is_no_credit_note(text_of: Text, invoice: ProformaInvoice) -> None:
    taken_back = {"takes_back": "CN-IDL-2026-000009", "takes_back_on": "2026-11-21"}
    text = text_of(parent=invoice, **CORRECTION, **taken_back)
    assert "Reversal of a credit note CN-IDL-2026-000001" in text
    assert "Takes back credit note CN-IDL-2026-000009 of 21 November 2026" in text
    assert "Corrects pro forma invoice PF-IDL-2026-000001 of 20 November 2026" in text
    assert "Total, VAT included €120.00" in text
    assert "Paid" not in text


def test_unknown_language_is_printed_in_english(text_of: Text) -> None:
    assert "Total, VAT included €120.00" in text_of(language="xx")


def test_names_cannot_bring_markup(text_of: Text) -> None:
    name = "<b>Some</b> & <script>learner</script>"
    assert name in text_of(buyer={"first_name": name})


def test_many_lines_make_numbered_pages_that_repeat_the_header(
    pages_of: Callable[..., list[str]],
) -> None:
    lines = [
        {"title": f"Course {number}.", "detail": "", "quantity": 1, "total": "2.00"}
        for number in range(60)
    ]
    pages = pages_of(lines=lines)
    assert len(pages) > 1
    for number, page in enumerate(pages, start=1):
        assert "Description Quantity Net amount VAT Amount, VAT included" in page
        assert f"PF-IDL-2026-000001 Page {number} of {len(pages)}" in page
        running = "Institute of Distance Learning PF-IDL-2026-000001 PF-IDL-2026-000001 Page"
        assert (running in page) == (number > 1)
    assert all("".join(pages).count(f"Course {number}.") == 1 for number in range(60))


def test_row_stands_on_one_page(pages_of: Callable[..., list[str]]) -> None:
    line = {"title": "Begin " + "and so on " * 40 + "end", "detail": "", "quantity": 1}
    pages = pages_of(lines=[{**line, "total": "2.00"}] * 20)
    assert len(pages) > 2
    assert sum(page.count("Begin") for page in pages) == 20
    assert all(page.count("Begin") == page.count("end €") + page.count(" end 1") for page in pages)


def test_legal_mentions_of_ten_thousand_characters_follow_on_more_pages(
    pages_of: Callable[..., list[str]],
) -> None:
    mentions = "\n\n".join([f"Article {number}. " + "Terms apply. " * 25 for number in range(30)])
    pages = pages_of(seller={"legal_mentions": f"<b>Terms</b>\n{mentions}"})
    assert len(mentions) > 10_000
    assert "Total, VAT included" in pages[0]
    assert "<b>Terms</b> Article 0." in pages[0]
    assert "Article 29." in pages[-1]
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]


def test_totals_never_stand_alone_on_a_page(pages_of: Callable[..., list[str]]) -> None:
    line = {"title": "Course", "detail": "A session", "quantity": 1, "total": "12.00"}
    for count in range(5, 12):
        last_page = pages_of(lines=[line] * count)[-1]
        assert "A session" in last_page
        assert "Total, VAT included" in last_page
        assert "Paid by Visa" in last_page


def test_long_names_wrap_inside_the_margins(text_of: Text) -> None:
    name = "Long" * 50
    city = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
    seller, title = "Seller" * 42, "Title" * 51
    line = {"title": title, "detail": "", "quantity": 1, "total": "120.00"}
    text = text_of(buyer={"last_name": name, "city": city}, seller={"name": seller}, lines=[line])
    for each in (name, city, seller, title):
        assert each in text.replace(" ", "")
        assert each not in text


def test_pdf_is_made_to_be_archived(invoice: ProformaInvoice) -> None:
    reader = PdfReader(BytesIO(render_pdf(invoice)))
    root: dict[str, Any] = reader.root_object
    assert reader.metadata is not None
    assert reader.metadata.title == "PF-IDL-2026-000001"
    assert reader.metadata.author == "Institute of Distance Learning"
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert b'pdfaid:part="3" pdfaid:conformance="B"' in root["/Metadata"].get_data()
    assert reader.pages[0].mediabox.upper_right == pytest.approx((595.28, 841.89), abs=0.01)


def test_fonts_are_embedded_as_subsets(invoice: ProformaInvoice) -> None:
    page: Any = PdfReader(BytesIO(render_pdf(invoice))).pages[0]
    for font in page["/Resources"]["/Font"].values():
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)
        assert descriptor["/FontName"][7] == "+"
