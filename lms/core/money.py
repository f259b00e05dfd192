"""Money is an integer number of kuruş (R016). These helpers are the only way in and out of text."""

from decimal import Decimal, InvalidOperation

from lms.core.errors import Invalid


def decimal_text(kurus: int) -> str:
    """53300 -> "533.00": the form of the API and of exports."""
    sign, value = ("-", -kurus) if kurus < 0 else ("", kurus)
    return f"{sign}{value // 100}.{value % 100:02d}"


def turkish_text(kurus: int) -> str:
    """123450 -> "1.234,50 ₺": the form that people read in both languages."""
    sign, value = ("-", -kurus) if kurus < 0 else ("", kurus)
    return f"{sign}{value // 100:,}".replace(",", ".") + f",{value % 100:02d} ₺"


def amount(kurus: int) -> dict[str, str]:
    """The API's money object."""
    return {"amount": decimal_text(kurus), "currency": "TRY"}


def kurus(text: str | int | Decimal) -> int:
    """ "533.00" -> 53300. Refuses fractions of a kuruş."""
    try:
        scaled = Decimal(text) * 100
    except InvalidOperation:
        raise Invalid("money.invalid") from None
    if not scaled.is_finite() or scaled != scaled.to_integral_value():
        raise Invalid("money.invalid")
    return int(scaled)


def split_vat(gross: int, rate_percent: int) -> tuple[int, int]:
    """R017: a gross price as (net, VAT) in kuruş; the net is rounded half up, the two always add up to the gross."""
    net = (gross * 200 + 100 + rate_percent) // (2 * (100 + rate_percent))
    return net, gross - net
