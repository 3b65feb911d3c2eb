"""Writing a version's rules in the browser.

`outline` reads them as a page shows them, with a fingerprint; `forms` makes the fields of one condition, whose kind
follows what it looks at; `differences` says what changes against another version; `preview` counts a draft while it is
being written. The verbs are in `programs.services.rules`.
"""
