"""Who may do what with programmes, checks and enrolments; `programs.payments.roles` says it of payments."""

from ministry.roles import grant

_READ = (
    "programs.view_program",
    "programs.view_programversion",
    "programs.view_eligibilityrun",
    "programs.view_eligibilitydecision",
    "programs.view_enrolment",
)

for _role in (
    "caseworker",
    "supervisor",
    "program_officer",
    "finance_officer",
    "finance_manager",
    "treasurer",
    "auditor",
):
    grant(_role, *_READ)

grant("program_officer", "programs.add_eligibilityrun", "programs.confirm_enrolment", "programs.suspend_enrolment")
grant("supervisor", "programs.suspend_enrolment")
grant("auditor", "programs.view_enrolmentreason")
grant("administrator", *(f"programs.{verb}_enrolmentreason" for verb in ("view", "add", "change")))
# Who became or ceased to be eligible: seen by those who see decisions, decided where enrolments are.
for _role in ("caseworker", "supervisor", "program_officer", "finance_manager", "auditor"):
    grant(_role, "programs.view_eligibilitychange")
for _role in ("supervisor", "program_officer"):
    grant(_role, "programs.decide_eligibilitychange")
# Whoever answers for the money puts in force what the programme officer writes.
grant("finance_manager", "programs.approve_programversion")
for _model in (
    "program",
    "programversion",
    "rulegroup",
    "criterion",
    "membercondition",
    "benefitcomponent",
    "condition",
    "ladderrung",
):
    grant("program_officer", *(f"programs.{verb}_{_model}" for verb in ("view", "add", "change")))
    grant("administrator", *(f"programs.{verb}_{_model}" for verb in ("view", "add", "change")))
# Parts of a draft may go again; the database keeps those of every other version.
for _model in ("rulegroup", "criterion", "membercondition", "benefitcomponent", "condition", "ladderrung"):
    grant("program_officer", f"programs.delete_{_model}")
    grant("administrator", f"programs.delete_{_model}")

# Conditions: one person opens a period, another closes it; one files an excuse or an appeal, another decides.
_FINDINGS = ("programs.view_complianceperiod", "programs.view_compliancerecord", "programs.view_compliancestep")
for _role in ("caseworker", "supervisor", "program_officer", "finance_manager", "auditor"):
    grant(_role, *_FINDINGS)
for _role in ("caseworker", "supervisor", "program_officer"):
    grant(_role, "programs.add_compliancereport", "programs.add_excuse", "programs.add_complianceappeal")
for _role in ("supervisor", "program_officer"):
    grant(_role, "programs.decide_excuse", "programs.decide_complianceappeal")
grant("program_officer", "programs.add_complianceperiod", "programs.close_complianceperiod")
grant("program_officer", "programs.add_conditionupload")
grant("finance_manager", "programs.close_complianceperiod")
