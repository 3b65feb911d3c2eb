"""Who does what about admissions: one person proposes, draws or offers, another confirms or admits."""

from ministry.roles import grant

for _role in ("caseworker", "supervisor", "program_officer", "finance_manager", "auditor"):
    grant(_role, "programs.view_application", "programs.view_admissionlist", "programs.view_placeplan")
for _role in ("caseworker", "supervisor", "program_officer"):
    grant(_role, "programs.add_application", "programs.verify_application")
grant("program_officer", "programs.add_placeplan", "programs.add_admissionlist", "programs.offer_application")
# Whoever answers for the money confirms what the programme officer draws.
grant("finance_manager", "programs.confirm_placeplan", "programs.confirm_admissionlist", "programs.admit_application")
grant("supervisor", "programs.admit_application")
