"""Papers the portal prints: one typesetting template, filled with words and figures that are already in their language.

letter = Letter(title=_("Receipt"), reference="R26-0000001", rows=((_("Area"), area.name), …))
pdf = typeset(letter)     # raises FontsMissing where the machine has no font for it
"""

from ministry.letters.fonts import FontsMissing
from ministry.letters.typesetting import Letter, Table, qr_code, typeset

__all__ = ["FontsMissing", "Letter", "Table", "qr_code", "typeset"]
