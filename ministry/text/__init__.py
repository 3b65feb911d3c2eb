"""One way to compare what people type: names, digits, phones. Search, entry check, import and sweeps all use it.

Keys are stored beside what was typed, never instead of it. `NORMALISER_VERSION` rises when a key of some name
changes, so that stored keys can be made again.
"""

from ministry.text.cells import clean, digits, fold_digits
from ministry.text.names import NORMALISER_VERSION, NameKeys, name_key, name_skeletons, skeleton
from ministry.text.phones import PhoneKeys, is_dialable, phone_key

__all__ = [
    "NORMALISER_VERSION",
    "NameKeys",
    "PhoneKeys",
    "clean",
    "digits",
    "fold_digits",
    "is_dialable",
    "name_key",
    "name_skeletons",
    "phone_key",
    "skeleton",
]
