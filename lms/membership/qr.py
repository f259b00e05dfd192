"""The second factor's secret as a QR code, drawn as inline SVG: no picture file, no script, no foreign service."""

import qrcode
import qrcode.constants


def modules(text: str) -> tuple[int, str]:
    """The side in modules (with the quiet zone of four) and the dark modules as one SVG path."""
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=4)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return len(rows), path
