"""An invented register that looks like a real one: the same bytes for the same seed.

Everybody in it is made up. Families hang together (fathers' names, ages, mothers), numbers agree with birth dates,
homes with means, means with governorates; and clerks typed it, each with habits of their own. Some families and some
grown children are in twice, and the truth about that can be written beside the files.
"""

from beneficiaries.demo.register import MAX_HOUSEHOLDS, RegisterFiles, write_register

__all__ = ["MAX_HOUSEHOLDS", "RegisterFiles", "write_register"]
