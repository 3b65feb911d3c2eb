"""Who does what about funds: one person proposes an allotment, another confirms it."""

from ministry.roles import grant

_SEE = ("programs.view_budgetline", "programs.view_fundingsource")

for _role in ("finance_officer", "finance_manager", "treasurer", "program_officer", "auditor"):
    grant(_role, *_SEE)
grant("finance_officer", "programs.add_budgetline", "programs.add_allotment")
grant("finance_manager", "programs.confirm_allotment")
grant("administrator", *(f"programs.{verb}_fundingsource" for verb in ("view", "add", "change")))
