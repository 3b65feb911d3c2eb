"""Who may open which address: everybody, everybody signed in, or the holders of any of some permissions.

Written by hand, beside the code and not from it: a page whose own check is forgotten or wrong fails
`test_every_address`. An address that leads to several things (verbs, kinds of files) has a line for each, told apart
in brackets; `tests/world.py` says what the arguments of a line lead to. Where GET and POST are open to different
people, a line names them apart.
"""

PUBLIC = "public"
SIGNED_IN = "signed in"
NOBODY = ()
# Any of the permissions in a tuple, all of those in a set.
Audience = str | tuple[str, ...] | frozenset[str]

_IMPORT = ("beneficiaries.view_importbatch",)
_ENTER = ("beneficiaries.commit_importbatch",)
_SEE_CHANGES = ("beneficiaries.view_changerequest",)
_ASK = ("beneficiaries.add_changerequest",)
_AGREE = ("beneficiaries.approve_changerequest",)
_SEE_REGISTRATIONS = ("beneficiaries.view_registration",)
_REGISTER = ("beneficiaries.add_registration",)
_PUT_IN_FORCE = ("programs.approve_programversion",)
_CHANGE = ("programs.change_programversion",)
_PREPARE = ("programs.add_paymentcycle",)
_APPROVE = ("programs.approve_paymentcycle",)
_RELEASE = ("programs.release_paymentcycle",)
_RECONCILE = ("programs.reconcile_paymentcycle",)
_SEE_PAYMENTS = ("programs.view_paymentcycle",)

AUDIENCES: dict[str, Audience | dict[str, Audience]] = {
    "home": PUBLIC,
    "public_data": PUBLIC,
    "accessibility": PUBLIC,
    "privacy": PUBLIC,
    "contact": PUBLIC,
    "healthz": PUBLIC,
    "readyz": PUBLIC,
    "language_switch": PUBLIC,
    "session_extend": SIGNED_IN,
    "account_login": PUBLIC,
    "account_logout": PUBLIC,
    "account_inactive": PUBLIC,
    "account_reauthenticate": SIGNED_IN,
    "account_change_password": SIGNED_IN,
    "account_reset_password": PUBLIC,
    "account_reset_password_done": PUBLIC,
    "account_reset_password_from_key": PUBLIC,
    "account_reset_password_from_key_done": PUBLIC,
    "mfa_index": SIGNED_IN,
    "mfa_authenticate": SIGNED_IN,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_deactivate_totp": SIGNED_IN,
    "mfa_view_recovery_codes": SIGNED_IN,
    "mfa_generate_recovery_codes": SIGNED_IN,
    "mfa_download_recovery_codes": SIGNED_IN,
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_remove_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": SIGNED_IN,
    # Answers scripts; everybody else is sent to the page to sign in.
    "mfa_login_webauthn": SIGNED_IN,
    "desk": SIGNED_IN,
    "notice_list": SIGNED_IN,
    "job_list": SIGNED_IN,
    # Work over the registry is seen by those who see the registry; others may have started it, but nobody here has.
    "job_detail[import]": _IMPORT,
    "job_detail[of the ministry]": ("ministry.view_job",),
    "job_cancel[import]": frozenset({*_IMPORT, "ministry.cancel_job"}),
    "job_cancel[of the ministry]": ("ministry.cancel_job",),
    "job_resume[import]": frozenset({*_IMPORT, "ministry.cancel_job"}),
    "job_resume[of the ministry]": ("ministry.cancel_job",),
    "document_download[import]": _IMPORT,
    "document_download[payment list]": _RELEASE,
    "document_download[agent's report]": _RECONCILE,
    "document_download[of no record]": NOBODY,
    "audit_list": ("ministry.view_auditentry",),
    "disclosure_list": ("ministry.view_disclosureentry",),
    "seals": ("ministry.view_seal",),
    "beneficiaries:household_list": ("beneficiaries.view_household",),
    "beneficiaries:household_detail": ("beneficiaries.view_household",),
    "beneficiaries:household_verify": ("beneficiaries.verify_household",),
    "beneficiaries:household_reveal": ("beneficiaries.reveal_individual",),
    "beneficiaries:import_list": _IMPORT,
    "beneficiaries:import_create": ("beneficiaries.add_importbatch",),
    "beneficiaries:import_template": ("beneficiaries.add_importbatch",),
    "beneficiaries:import_detail": _IMPORT,
    "beneficiaries:import_commit": _ENTER,
    "beneficiaries:import_discard": _ENTER,
    "beneficiaries:import_ask_undo": _ENTER,
    "beneficiaries:import_undo": _ENTER,
    "beneficiaries:import_keep": _ENTER,
    "beneficiaries:import_columns": ("beneficiaries.add_importbatch",),
    "beneficiaries:import_values": ("beneficiaries.add_importbatch",),
    "beneficiaries:import_issues_download": _IMPORT,
    "beneficiaries:import_rejected_download": _IMPORT,
    "beneficiaries:duplicate_list": ("beneficiaries.view_duplicatepair",),
    "beneficiaries:duplicate_detail": {
        "get": ("beneficiaries.view_duplicatepair",),
        "post": ("beneficiaries.decide_duplicatepair",),
    },
    "beneficiaries:double_benefit": ("beneficiaries.view_duplicatepair",),
    "beneficiaries:double_benefit_export": ("beneficiaries.view_duplicatepair",),
    "beneficiaries:merge_propose": ("beneficiaries.decide_duplicatepair",),
    "beneficiaries:merge_list": ("beneficiaries.view_merge",),
    "beneficiaries:merge_detail": {
        "get": ("beneficiaries.view_merge",),
        "post": ("beneficiaries.confirm_merge", "beneficiaries.decide_duplicatepair"),
    },
    "beneficiaries:individual_redirect": ("beneficiaries.view_individual",),
    "beneficiaries:recertification_list": ("beneficiaries.view_recertification",),
    "beneficiaries:recertification_export": ("beneficiaries.view_recertification",),
    "beneficiaries:recertification_visit": ("beneficiaries.add_recertificationvisit",),
    "beneficiaries:change_list": _SEE_CHANGES,
    "beneficiaries:change_kinds": _ASK,
    "beneficiaries:change_create": _ASK,
    "beneficiaries:change_detail": _SEE_CHANGES,
    # A draft is its writer's, and nobody here has written it.
    "beneficiaries:change_edit": NOBODY,
    "beneficiaries:change_paper": {"get": _SEE_CHANGES, "post": NOBODY},
    "beneficiaries:change_paper_remove": {"get": _SEE_CHANGES, "post": NOBODY},
    "beneficiaries:change_submit": {"get": _SEE_CHANGES, "post": NOBODY},
    "beneficiaries:change_withdraw": NOBODY,
    "beneficiaries:change_approve": {"get": _SEE_CHANGES, "post": _AGREE},
    "beneficiaries:change_refuse": _AGREE,
    "beneficiaries:registration_list": _SEE_REGISTRATIONS,
    "beneficiaries:registration_create": _REGISTER,
    "beneficiaries:registration_draft_key": _REGISTER,
    "beneficiaries:registration_detail": _SEE_REGISTRATIONS,
    "beneficiaries:registration_section": {"get": _SEE_REGISTRATIONS, "post": _REGISTER},
    "beneficiaries:registration_person_add": _REGISTER,
    "beneficiaries:registration_person": {"get": _SEE_REGISTRATIONS, "post": _REGISTER},
    "beneficiaries:registration_person_remove": _REGISTER,
    "beneficiaries:registration_document_add": _REGISTER,
    "beneficiaries:registration_check": {"get": _SEE_REGISTRATIONS, "post": _REGISTER},
    "beneficiaries:registration_discard": _REGISTER,
    "beneficiaries:registration_review": ("beneficiaries.verify_registration",),
    "beneficiaries:registration_receipt": _SEE_REGISTRATIONS,
    "beneficiaries:registration_receipt_file": _SEE_REGISTRATIONS,
    "programs:public_program_list": PUBLIC,
    "programs:public_program": PUBLIC,
    "programs:payment_dates": PUBLIC,
    "programs:program_list": ("programs.view_program",),
    "programs:program_detail": ("programs.view_program",),
    "programs:check_start": ("programs.add_eligibilityrun",),
    "programs:version_detail": ("programs.view_programversion",),
    "programs:version_next": _CHANGE,
    "programs:what_if_start": _CHANGE + _PUT_IN_FORCE,
    "programs:what_if_detail": ("programs.view_programversion",),
    "programs:what_if_export": ("programs.view_programversion",),
    "programs:version_verb[submit]": _CHANGE,
    "programs:version_verb[withdraw]": _CHANGE,
    "programs:version_verb[approve]": _PUT_IN_FORCE,
    "programs:version_verb[send_back]": _PUT_IN_FORCE,
    "programs:run_detail": ("programs.view_eligibilityrun",),
    "programs:decision_list": ("programs.view_eligibilitydecision",),
    "programs:decision_export": ("programs.view_eligibilitydecision",),
    "programs:enrolment_confirm": ("programs.confirm_enrolment",),
    "programs:readmit": ("programs.confirm_enrolment",),
    "programs:enrolment_list": ("programs.view_enrolment",),
    "programs:enrolment_verb[suspend]": ("programs.suspend_enrolment",),
    "programs:enrolment_verb[resume]": ("programs.suspend_enrolment",),
    "programs:enrolment_verb[exit]": ("programs.suspend_enrolment",),
    "programs:cycle_list": _SEE_PAYMENTS,
    "programs:cycle_create": _PREPARE,
    "programs:cycle_detail": _SEE_PAYMENTS,
    "programs:cycle_lines": frozenset({*_SEE_PAYMENTS, "programs.view_payment"}),
    "programs:cycle_files": {"get": _SEE_PAYMENTS, "post": _RELEASE},
    "programs:cycle_holds": _PREPARE,
    "programs:cycle_verb[prepare]": _PREPARE,
    "programs:cycle_verb[submit]": _PREPARE,
    "programs:cycle_verb[cancel]": _PREPARE,
    "programs:cycle_verb[approve]": _APPROVE,
    "programs:cycle_verb[send_back]": _APPROVE,
    "programs:cycle_verb[release]": _RELEASE,
    "programs:cycle_verb[close]": _RECONCILE,
    "programs:entitlement_detail": ("programs.view_payment",),
    "programs:payment_verb[release_hold]": _PREPARE,
    "programs:payment_verb[reissue]": _RECONCILE,
    "programs:payment_verb[cancel]": _RECONCILE,
    "programs:payment_verb[settle]": _RECONCILE,
    "programs:reconciliation_list": _SEE_PAYMENTS,
    "programs:reconciliation_upload": _RECONCILE,
    "programs:reconciliation_detail": _SEE_PAYMENTS,
    "programs:reconciliation_queue": _RECONCILE,
    "programs:report_row[apply]": _RECONCILE,
    "programs:report_row[dismiss]": _RECONCILE,
}

# What lies in an area: for those appointed elsewhere it does not exist.
AREA_BOUND = {
    "document_download[import]",
    "beneficiaries:household_detail",
    "beneficiaries:household_verify",
    "beneficiaries:household_reveal",
    "beneficiaries:import_detail",
    "beneficiaries:import_commit",
    "beneficiaries:import_discard",
    "beneficiaries:import_ask_undo",
    "beneficiaries:import_undo",
    "beneficiaries:import_keep",
    "beneficiaries:import_columns",
    "beneficiaries:import_values",
    "beneficiaries:import_issues_download",
    "beneficiaries:import_rejected_download",
    "beneficiaries:duplicate_detail",
    "beneficiaries:merge_propose",
    "beneficiaries:merge_detail",
    "beneficiaries:individual_redirect",
    "beneficiaries:recertification_visit",
    "beneficiaries:change_kinds",
    "beneficiaries:change_create",
    "beneficiaries:change_detail",
    "beneficiaries:change_edit",
    "beneficiaries:change_paper",
    "beneficiaries:change_paper_remove",
    "beneficiaries:change_submit",
    "beneficiaries:change_withdraw",
    "beneficiaries:change_approve",
    "beneficiaries:change_refuse",
    "beneficiaries:registration_detail",
    "beneficiaries:registration_section",
    "beneficiaries:registration_person_add",
    "beneficiaries:registration_person",
    "beneficiaries:registration_person_remove",
    "beneficiaries:registration_document_add",
    "beneficiaries:registration_check",
    "beneficiaries:registration_discard",
    "beneficiaries:registration_review",
    "beneficiaries:registration_receipt",
    "beneficiaries:registration_receipt_file",
    "programs:readmit",
    "programs:enrolment_verb[suspend]",
    "programs:enrolment_verb[resume]",
    "programs:enrolment_verb[exit]",
    "programs:entitlement_detail",
    "programs:payment_verb[release_hold]",
    "programs:payment_verb[reissue]",
    "programs:payment_verb[cancel]",
    "programs:payment_verb[settle]",
}

# What binds the whole country: refused to those appointed in a part of it, whatever their role.
COUNTRY_WIDE = {
    "document_download[payment list]",
    "document_download[agent's report]",
    "programs:check_start",
    "programs:version_next",
    "programs:what_if_start",
    "programs:version_verb[submit]",
    "programs:version_verb[withdraw]",
    "programs:version_verb[approve]",
    "programs:version_verb[send_back]",
    "programs:cycle_create",
    "programs:cycle_verb[prepare]",
    "programs:cycle_verb[submit]",
    "programs:cycle_verb[cancel]",
    "programs:cycle_verb[approve]",
    "programs:cycle_verb[send_back]",
    "programs:cycle_verb[release]",
    "programs:cycle_verb[close]",
    "programs:reconciliation_upload",
    "programs:reconciliation_queue",
    "programs:report_row[apply]",
    "programs:report_row[dismiss]",
}


def audience_of(line: str, method: str) -> Audience:
    """Return who may use a line by a method; HEAD and OPTIONS are open to those to whom GET is."""
    audience = AUDIENCES[line]
    return audience["post" if method == "post" else "get"] if isinstance(audience, dict) else audience


def address_of(line: str) -> str:
    """Return the name of the address a line is about."""
    return line.partition("[")[0]
