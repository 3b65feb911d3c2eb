"""Arabic-Indic and Persian digits are accepted everywhere; what is stored and compared is Western."""

_WESTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
# Arabic thousands and decimal signs, the Arabic comma typed for one, and the minus of word processors.
_SIGNS = str.maketrans({"٬": "", "٫": ".", "−": "-", "\u200f": "", "\u200e": "", "\u00a0": ""})


def western(text: str) -> str:
    """Return the text with every Arabic-Indic or Persian digit written as a Western one."""
    return text.translate(_WESTERN)


def plain_number(text: str) -> str:
    """Return a typed number ready to be parsed: Western digits, a point for decimals, no thousands signs or spaces."""
    return western(text).translate(_SIGNS).replace(",", "").replace(" ", "").strip()
