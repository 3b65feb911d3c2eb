"""Who draws samples, and who enters what was found."""

from ministry.roles import grant

# Not those who prepare payments.
for _role in ("finance_manager", "auditor"):
    grant(_role, "programs.add_verificationsample", "programs.view_verificationsample")
for _role in ("program_officer", "supervisor", "caseworker"):
    grant(_role, "programs.change_verificationvisit", "programs.view_verificationsample")
for _role in ("finance_officer", "treasurer"):
    grant(_role, "programs.view_verificationsample")
