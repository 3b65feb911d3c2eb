"""Who is in the register twice: one comparison and one model for the sweep, the entry check and imports.

* `people`: rows as columns of codes; `nicknames`, `similarity`: what makes two words near.
* `blocking`: which pairs are worth comparing; `comparison`: their levels, field by field.
* `model`: what levels weigh, for «one person», «one family» and «strangers»; `training`: how that is learnt.
* `reading`, `sweep`, `clusters`: the register in, pairs out; `entry_check`: one new person against the register.
"""
