"""What is known of a household, as one typed row: the catalogue of facts and the SQL that computes them.

Rules, scores, maps, indicators and the API read facts, never raw forms.
"""

from beneficiaries.facts.catalogue import CATALOGUE, Fact, Kind, Topic, Unit, fact
from beneficiaries.facts.words import phrase

__all__ = ["CATALOGUE", "Fact", "Kind", "Topic", "Unit", "fact", "phrase"]
