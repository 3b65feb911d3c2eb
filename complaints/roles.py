"""Who may do what with complaints. Confidential cases have rights of their own."""

from ministry.roles import grant

grant(
    "complaints_officer",
    "complaints.view_complaint",
    "complaints.add_complaint",
    "complaints.handle_complaint",
    "complaints.confirm_dismissal",
    "complaints.review_held",
    "complaints.reveal_complainant",
    "complaints.answer_calls",
    "complaints.plan_correction",
    # To see the household and the payment or refusal a case is about.
    "beneficiaries.view_household",
    "programs.view_program",
    "programs.view_payment",
    "programs.view_eligibilitydecision",
    "programs.view_enrolment",
)
# Cases of their own unit; a second person for what the directorate proposes to dismiss.
grant(
    "supervisor",
    "complaints.view_complaint",
    "complaints.add_complaint",
    "complaints.handle_complaint",
    "complaints.confirm_dismissal",
)
# At the counter and on visits: they write down, and see nothing of it afterwards.
grant("caseworker", "complaints.add_complaint")
grant("auditor", "complaints.view_complaint")
for _role in ("program_officer", "finance_officer"):
    grant(_role, "complaints.finish_money_remedy")
for _role in ("caseworker", "supervisor"):
    grant(_role, "complaints.finish_register_remedy")
# Named focal points only; no other role, and no administrator, holds any of these.
grant("vault_officer", "complaints.view_vaultcase", "complaints.work_vaultcase", "complaints.confirm_vaultcase")
for _model in ("category", "term", "route", "helparticle", "supportservice"):
    grant("administrator", *(f"complaints.{verb}_{_model}" for verb in ("view", "add", "change")))
