"""Who does what about money. No role holds two of the three steps."""

from ministry.roles import grant

_SEE = ("programs.view_paymentcycle", "programs.view_payment")

grant("finance_officer", *_SEE, "programs.add_paymentcycle", "programs.reconcile_paymentcycle")
grant("finance_manager", *_SEE, "programs.approve_paymentcycle")
grant("treasurer", *_SEE, "programs.release_paymentcycle")
grant("program_officer", *_SEE)
grant("auditor", *_SEE)
for _role in ("finance_officer", "finance_manager", "treasurer", "program_officer", "auditor", "supervisor"):
    grant(_role, "programs.view_overpayment")
for _role in ("finance_officer", "supervisor"):
    grant(_role, "programs.add_overpayment")
grant("finance_manager", "programs.confirm_overpayment")
grant("supervisor", "programs.view_payment")
grant("caseworker", "programs.view_payment")
grant(
    "administrator",
    "programs.view_paymentagent",
    "programs.add_paymentagent",
    "programs.change_paymentagent",
    "programs.view_paymentcycle",
)
