"""What the roles of the ministry may do in the registry."""

from ministry.roles import grant

_READ = tuple(
    f"beneficiaries.view_{model}"
    for model in (
        "household", "individual", "householdfacts", "score", "scoringmodel", "duplicatepair", "merge", "importbatch",
        "changerequest",
        "registration", "consent",
    )
)  # fmt: skip
_IMPORT = ("beneficiaries.add_importbatch", "beneficiaries.commit_importbatch")

grant("caseworker", *_READ, "beneficiaries.reveal_individual", "beneficiaries.verify_household")
grant("supervisor", *_READ, "beneficiaries.reveal_individual", "beneficiaries.verify_household")
# One proposes that two cards become one, another confirms it: the database refuses the same person twice.
for _role in ("supervisor", "program_officer"):
    grant(_role, "beneficiaries.decide_duplicatepair", "beneficiaries.confirm_merge")
grant("caseworker", "beneficiaries.add_registration", "beneficiaries.add_consent", "beneficiaries.withdraw_consent")
grant("supervisor", "beneficiaries.verify_registration", "beneficiaries.add_consent", "beneficiaries.withdraw_consent")
# Each within the areas they are assigned to.
for _role in ("caseworker", "supervisor", "program_officer"):
    grant(_role, *_IMPORT)
grant("program_officer", *_READ)
# Whoever submitted a model cannot approve it: that takes a second programme officer.
grant("program_officer", "beneficiaries.add_scoringmodel", "beneficiaries.change_scoringmodel")
grant("program_officer", "beneficiaries.approve_scoringmodel")
for _verb in ("add", "change", "delete"):
    grant("program_officer", f"beneficiaries.{_verb}_scoreterm")
grant("program_officer", "beneficiaries.view_scoreterm")
# Surveys, and models fitted from them: they bind nobody before a version was approved by a second person.
grant("program_officer", "beneficiaries.add_survey", "beneficiaries.add_scorefit")
for _role in ("program_officer", "finance_manager", "auditor"):
    grant(_role, "beneficiaries.view_survey", "beneficiaries.view_scorefit")
# Whoever answers for the money may be the second person, as for versions of programmes.
grant("finance_manager", "beneficiaries.view_scoringmodel", "beneficiaries.view_scoreterm")
grant("finance_manager", "beneficiaries.approve_scoringmodel", "beneficiaries.view_score")
grant("finance_officer", "beneficiaries.view_household")
grant("finance_manager", "beneficiaries.view_household")
grant("auditor", *_READ, "beneficiaries.view_scoreterm")
grant("administrator", "beneficiaries.view_scoringmodel", "beneficiaries.view_scoreterm")
# Whoever wrote a change cannot approve it: that takes a second person, here the supervisor.
for _role in ("caseworker", "supervisor"):
    grant(_role, "beneficiaries.add_changerequest")
grant("supervisor", "beneficiaries.approve_changerequest")
grant("administrator", "beneficiaries.view_columnmapping", "beneficiaries.change_columnmapping")
for _role in ("caseworker", "supervisor", "program_officer", "auditor"):
    grant(_role, "beneficiaries.view_recertification", "beneficiaries.view_recertificationvisit")
for _role in ("caseworker", "supervisor"):
    grant(_role, "beneficiaries.add_recertificationvisit")
grant("administrator", *(f"beneficiaries.{verb}_recertificationperiod" for verb in ("view", "add", "change")))
