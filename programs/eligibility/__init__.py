"""Eligibility: rule sets checked, compiled to one statement, swept over the registry, explained for one household.

`member_fields` names what may be asked of a member, `checks` refuses what cannot be compiled, `tree` reads the rules of
a version, `compiler` makes the statement, `storage` keeps each run's decisions in a table of its own, `sweep` fills it,
`explain` asks for one household, `words` says it in sentences.
"""
