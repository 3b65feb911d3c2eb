"""A small ministry in which every address leads to something, for the walk through all of them."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile, File
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from beneficiaries.models import ColumnMapping, DuplicatePair, Household, HouseholdMerge, ImportBatch, ImportIssue
from beneficiaries.services.merges import Choice, propose_household_merge
from beneficiaries.services.registrations import submit_registration
from ministry import audit, jobs, reference
from ministry.models import Area, Document, Job, LegalBasis, Notice, Seal
from programs.models import Application, Criterion, Enrolment, Payment, PaymentCycle, ReconciliationFile, WhatIf
from programs.services import enrolments, reconciliation, versions
from programs.services.admissions.lists import draw_list
from programs.services.admissions.plans import propose_places
from programs.services.eligibility import run_at_once
from programs.services.funding import propose_allotment
from programs.services.overpayments import decide_overpayment, propose_overpayment
from programs.services.verification import draw_sample
from tests.audiences import AUDIENCES, address_of
from tests.beneficiaries.change_factories import caseworker, family, submitted, with_papers
from tests.beneficiaries.change_factories import draft as change_draft
from tests.beneficiaries.factories import (
    ConsentFactory,
    DuplicatePairFactory,
    HouseholdFactory,
    MembershipFactory,
    ScoringModelFactory,
    household_of,
)
from tests.beneficiaries.merging import decider, pair_of, proposed, same
from tests.beneficiaries.registrations import filled
from tests.beneficiaries.survey_files import fit_of, model_of, rows, survey_of
from tests.complaints.factories import a_world_of_complaints
from tests.complaints.vault_factories import a_world_of_the_vault
from tests.ministry.factories import UserFactory
from tests.programs.admission_factories import applied, home_of, verified, waiting_line
from tests.programs.admission_factories import checked as check_of
from tests.programs.compliance_factories import a_world_of_conditions
from tests.programs.factories import (
    changes_of,
    draft_version,
    household_with_score,
    version_in_force,
    with_rules,
)
from tests.programs.payment_factories import (
    allotter,
    approved,
    budget_line,
    cycle_of,
    duplicate_pair,
    enrol,
    household,
    in_review,
    prepared,
    program_in_force,
    released,
    run_of,
    sent,
)

GOVERNORATE = "EG-AST"
Arguments = dict[str, Any]


def build_world() -> dict[str, Arguments]:
    """Build it, with everything in one governorate; return what the arguments of each line of the table lead to."""
    reference.load_all()
    with connection.cursor() as cursor:
        # Of rows that are never committed the statistics would say that there are none.
        cursor.execute("ANALYZE")
    area = Area.objects.get(code=GOVERNORATE)
    batch = _import(area)
    arguments = {
        "account_reset_password_from_key": {"uidb36": "1", "key": "expired"},
        "mfa_remove_webauthn": {"pk": 1},
        "mfa_edit_webauthn": {"pk": 1},
        "programs:public_program": {"code": "takaful"},
        "programs:program_detail": {"code": "takaful"},
        "programs:check_start": {"code": "takaful"},
        **_jobs(batch),
        **_registry(area, batch),
        **_changes(area),
        **_scores(),
        **_versions(),
        **_enrolments(area),
        **_admissions(area),
        **_payments(area),
        **a_world_of_conditions(area),
        **a_world_of_complaints(area),
        **a_world_of_the_vault(area),
    }
    _logs()
    return {line: arguments.get(line, {}) for line in AUDIENCES}


def path_of(line: str, arguments: Arguments) -> str:
    """Return the path to what a line of the table is about."""
    return reverse(address_of(line), kwargs=arguments)


def _jobs(batch: ImportBatch) -> dict[str, Arguments]:
    arguments = {}
    for name, permission in (("import", "beneficiaries.view_importbatch"), ("of the ministry", "ministry.view_job")):
        options = {"kind": "import_check", "params": {"batch_id": batch.pk}, "permission": permission}
        running = Job.objects.create(scope=f"{name} 1", status="running", heartbeat_at=timezone.now(), **options)
        failed = Job.objects.create(scope=f"{name} 2", status="failed", finished_at=timezone.now(), **options)
        arguments |= {
            f"job_detail[{name}]": {"pk": running.pk},
            f"job_cancel[{name}]": {"pk": running.pk},
            f"job_resume[{name}]": {"pk": failed.pk},
        }
    return arguments


def _document(subject: str = "", subject_id: int | None = None) -> Document:
    document = Document(
        filename="households.csv",
        content_type="text/csv",
        size=3,
        sha256="0" * 64,
        scan=Document.Scan.CLEAN,
        subject_type=subject,
        subject_id=subject_id,
    )
    document.file.save("households.csv", ContentFile(b"a,b"), save=False)
    document.save()
    return document


def _import(area: Area) -> ImportBatch:
    files = [_document(), _document()]
    batch = ImportBatch.objects.create(
        area=area,
        status=ImportBatch.Status.IN_REVIEW,
        households_file=files[0],
        individuals_file=files[1],
        summary={name: {"rows": 2, "known": 0} for name in ("households", "individuals")},
    )
    Document.objects.filter(pk__in=[file.pk for file in files]).update(
        subject_type=batch._meta.label_lower, subject_id=batch.pk
    )
    for severity in ImportIssue.Severity.values:
        ImportIssue.objects.create(
            batch=batch, file="households", row=2, column=severity, value="=1+1", reason="missing", severity=severity
        )
    return batch


def _registry(area: Area, batch: ImportBatch) -> dict[str, Arguments]:
    ColumnMapping.objects.create(name="مسح المحافظة")
    home = HouseholdFactory(area=area)
    person = MembershipFactory(household=home).individual
    other = MembershipFactory(household=HouseholdFactory(area=area)).individual
    pair = DuplicatePairFactory(individual_a=person, individual_b=other)
    twice = [MembershipFactory(household=HouseholdFactory(area=area)).individual for _ in range(4)]
    to_merge, waiting = same(pair_of(*twice[:2])), proposed(pair_of(*twice[2:]))
    files = [household_of({}, {}, area=area) for _ in range(4)]
    joining, in_both = _joining(*files[2:]), _pairs_between(*files[:2])[0]
    of_home, of_batch = {"household_ref": home.household_ref}, {"pk": batch.pk}
    return {
        "document_download[import]": {"pk": batch.households_file_id},
        "document_download[of no record]": {"pk": _document().pk},
        "beneficiaries:household_detail": of_home,
        "beneficiaries:household_verify": of_home,
        "beneficiaries:household_reveal": of_home | {"person_ref": person.person_ref},
        "beneficiaries:import_template": {"file": "households"},
        "beneficiaries:import_detail": of_batch,
        "beneficiaries:import_commit": of_batch,
        "beneficiaries:import_discard": of_batch,
        "beneficiaries:import_ask_undo": of_batch,
        "beneficiaries:import_undo": of_batch,
        "beneficiaries:import_keep": of_batch,
        "beneficiaries:import_columns": of_batch,
        "beneficiaries:import_values": of_batch,
        "beneficiaries:import_issues_download": of_batch,
        "beneficiaries:import_rejected_download": of_batch | {"file": "households"},
        "beneficiaries:duplicate_detail": {"pk": pair.pk},
        "beneficiaries:merge_propose": {"pk": to_merge.pk},
        "beneficiaries:merge_detail": {"pk": waiting.pk},
        "beneficiaries:household_merge_propose": {"pk": in_both.pk},
        "beneficiaries:household_merge_detail": {"pk": joining.pk},
        "beneficiaries:large_group_detail": {"pk": pair.pk},
        "beneficiaries:individual_redirect": {"person_ref": person.person_ref},
    }


def _pairs_between(kept: Household, closed: Household) -> list[DuplicatePair]:
    """Return the pairs of two households in which everybody is in twice."""
    here, there = (home.memberships.order_by("pk") for home in (kept, closed))
    return [pair_of(one.individual, other.individual) for one, other in zip(here, there, strict=True)]


def _joining(kept: Household, closed: Household) -> HouseholdMerge:
    """Return a proposal to join two files, which waits for a second person."""
    choices = {pair.individual_b_id: Choice(same_as=pair.individual_a_id) for pair in _pairs_between(kept, closed)}
    return propose_household_merge(kept=kept, closed=closed, choices=choices, actor=decider(), note="أسرة واحدة")


def _scores() -> dict[str, Arguments]:
    survey = survey_of(rows(220, bad=3))
    fit = fit_of(survey)
    drafts = [model_of(2, status=status) for status in ("draft", "submitted", "submitted")]
    of_survey, of_fit, of_draft = {"pk": survey.pk}, {"pk": fit.pk}, {"pk": drafts[0].pk}
    return {
        "beneficiaries:score_detail": of_draft,
        "beneficiaries:score_compare": of_draft,
        "beneficiaries:score_areas": of_draft,
        "beneficiaries:score_verb[submit]": of_draft | {"verb": "submit"},
        "beneficiaries:score_verb[approve]": {"pk": drafts[1].pk, "verb": "approve"},
        "beneficiaries:score_verb[send_back]": {"pk": drafts[2].pk, "verb": "send_back"},
        **{f"beneficiaries:survey_{page}": of_survey for page in ("detail", "findings", "columns")},
        "beneficiaries:fit_create": of_survey,
        "beneficiaries:fit_detail": of_fit,
        "beneficiaries:fit_draft": of_fit,
    }


def _changes(area: Area) -> dict[str, Arguments]:
    home, writer = family(area=area), caseworker(area)
    draft = with_papers(change_draft("income", home, writer, income_monthly="900"))
    waiting = submitted("income", home, writer, income_monthly="800")
    of_home, of_draft, of_waiting = {"household_ref": home.household_ref}, {"pk": draft.pk}, {"pk": waiting.pk}
    return {
        "beneficiaries:recertification_visit": of_home,
        "beneficiaries:change_kinds": of_home,
        "beneficiaries:change_create": of_home | {"kind": "income"},
        "beneficiaries:change_detail": of_waiting,
        "beneficiaries:change_edit": of_draft,
        "beneficiaries:change_paper": of_draft,
        "beneficiaries:change_paper_remove": of_draft | {"paper": draft.evidence.get().pk},
        "beneficiaries:change_submit": of_draft,
        "beneficiaries:change_withdraw": of_draft,
        "beneficiaries:change_approve": of_waiting,
        "beneficiaries:change_refuse": of_waiting,
        "beneficiaries:consent_create": of_home,
        "beneficiaries:consent_withdraw": of_home | {"pk": ConsentFactory(household=home).pk},
        "beneficiaries:household_document_add": of_home,
        "beneficiaries:disclosure_extract": of_home,
        "beneficiaries:disclosure_extract_file": of_home,
        "beneficiaries:household_print": of_home,
        **_registrations(area),
    }


def _registrations(area: Area) -> dict[str, Arguments]:
    permissions = ["beneficiaries.add_registration", "beneficiaries.view_registration"]
    caseworker = UserFactory(permissions=permissions, permissions__area=area)
    draft, submitted = filled(area=area, actor=caseworker), filled(area=area, actor=caseworker)
    submit_registration(registration=submitted, actor=caseworker)
    of_draft, of_submitted = {"reference": draft.reference}, {"reference": submitted.reference}
    of_person = of_draft | {"token": str(draft.people.get(is_head=False).token)}
    return {
        "beneficiaries:registration_detail": of_draft,
        "beneficiaries:registration_section": of_draft | {"code": "dwelling"},
        "beneficiaries:registration_person_add": of_draft,
        "beneficiaries:registration_person": of_person,
        "beneficiaries:registration_matches": of_person,
        "beneficiaries:registration_person_remove": of_person,
        "beneficiaries:registration_document_add": of_draft,
        "beneficiaries:registration_check": of_draft,
        "beneficiaries:registration_discard": of_draft,
        "beneficiaries:registration_review": of_submitted,
        "beneficiaries:registration_receipt": of_submitted,
        "beneficiaries:registration_receipt_file": of_submitted,
    }


def _versions() -> dict[str, Arguments]:
    draft = with_rules(draft_version())
    waiting = with_rules(draft_version(draft.program, starts_on=dt.date(2025, 1, 1)))
    writer = UserFactory(permissions=["programs.change_programversion"])
    versions.submit_version(version=waiting, actor=writer)
    what_if = WhatIf.objects.create(
        program=draft.program, version=draft, on_date=dt.date(2026, 11, 1), rules_sha256="0" * 64, started_by=writer
    )
    ours = {"code": draft.program.code}
    criterion = Criterion.objects.filter(group__version=draft).earliest("pk")
    of_draft, of_waiting = ours | {"number": draft.number}, ours | {"number": waiting.number}
    return {
        "programs:version_detail": of_draft,
        "programs:version_next": of_draft,
        "programs:rules": of_draft,
        "programs:rule_count": of_draft,
        "programs:rule_criterion_add": of_draft,
        "programs:rule_criterion": of_draft | {"criterion": criterion.pk},
        "programs:rule_remove": of_draft | {"key": f"c{criterion.pk}"},
        "programs:what_if_start": of_draft,
        "programs:what_if_detail": of_draft | {"what_if": what_if.pk},
        "programs:what_if_export": of_draft | {"what_if": what_if.pk},
        "programs:version_verb[submit]": of_draft | {"verb": "submit"},
        "programs:version_verb[withdraw]": of_draft | {"verb": "withdraw"},
        "programs:version_verb[approve]": of_waiting | {"verb": "approve"},
        "programs:version_verb[send_back]": of_waiting | {"verb": "send_back"},
    }


def _enrolments(area: Area) -> dict[str, Arguments]:
    program = program_in_force(code="walked")
    homes = [household(area=area) for _ in range(3)]
    enrolled, suspended, exited = enrol(program, *homes)
    officer = UserFactory(permissions=["programs.suspend_enrolment"])
    enrolments.suspend_enrolment(enrolment=suspended, actor=officer, reason="…")
    enrolments.exit_enrolment(enrolment=exited, actor=officer, reason="…")
    waiting, proposed = changes_of(program, enrolled, suspended)
    checked = version_in_force()
    decided = household_with_score(30.0, area=area)
    of_letter = {
        "code": checked.program.code,
        "run": run_at_once(version=checked, on_date=timezone.localdate()).pk,
        "household": decided.pk,
    }
    ours = {"code": program.code}
    of_run = ours | {"run": run_of(program).pk}

    def verb(enrolment: Enrolment, code: str) -> Arguments:
        return ours | {"enrolment": enrolment.pk, "verb": code}

    return {
        "programs:run_detail": of_run,
        "programs:decision_list": of_run,
        "programs:decision_export": of_run,
        "programs:decision_letter": of_letter,
        "programs:decision_letter_file": of_letter,
        "programs:enrolment_confirm": of_run,
        "programs:readmit": of_run | {"household": exited.household_id},
        "programs:change_list": ours,
        "programs:change_hand_over": ours,
        "programs:change_verb[propose_exit]": ours | {"change": waiting.pk, "verb": "propose_exit"},
        "programs:change_verb[confirm_exit]": ours | {"change": proposed.pk, "verb": "confirm_exit"},
        "programs:change_verb[keep]": ours | {"change": waiting.pk, "verb": "keep"},
        "programs:enrolment_list": ours,
        "programs:enrolment_verb[suspend]": verb(enrolled, "suspend"),
        "programs:enrolment_verb[resume]": verb(suspended, "resume"),
        "programs:enrolment_verb[exit]": verb(enrolled, "exit"),
        "programs:enrolment_verb[graduate]": verb(enrolled, "graduate"),
    }


def _admissions(area: Area) -> dict[str, Arguments]:
    version = version_in_force()
    ours = {"code": version.program.code}
    waiting_line(version, area, places=1, waiting=1)
    waiting = version.program.applications.get(status="waiting")
    fresh = applied(version, home_of(area))
    plan = propose_places(
        program=version.program, places={area: 3}, monthly_limit=None, starts_on=timezone.localdate(), reason="…",
        actor=UserFactory(permissions=["programs.add_placeplan"]),
    )  # fmt: skip
    verified(version, home_of(area))
    drawn = draw_list(run=check_of(version), actor=UserFactory(permissions=["programs.add_admissionlist"]))

    def verb(application: Application, code: str) -> Arguments:
        return ours | {"application": application.pk, "verb": code}

    return {
        "programs:applicant_list": ours,
        "programs:applicant_create": ours,
        "programs:applicant_take_over": ours,
        "programs:applicant_verify_all": ours,
        "programs:applicant_verb[verify]": verb(fresh, "verify"),
        "programs:applicant_verb[refuse]": verb(fresh, "refuse"),
        "programs:applicant_verb[withdraw]": verb(fresh, "withdraw"),
        "programs:applicant_verb[offer]": verb(waiting, "offer"),
        "programs:applicant_verb[admit]": verb(waiting, "admit"),
        "programs:applicant_verb[lapse]": verb(waiting, "lapse"),
        "programs:admission_list_draw": ours,
        "programs:admission_list": ours | {"list": drawn.pk},
        "programs:admission_list_verb[confirm]": ours | {"list": drawn.pk, "verb": "confirm"},
        "programs:admission_list_verb[withdraw]": ours | {"list": drawn.pk, "verb": "withdraw"},
        "programs:places": ours,
        "programs:places_propose": ours,
        "programs:places_verb[confirm]": ours | {"plan": plan.pk, "verb": "confirm"},
        "programs:places_verb[refuse]": ours | {"plan": plan.pk, "verb": "refuse"},
    }


def _payments(area: Area) -> dict[str, Arguments]:
    program = program_in_force(code="paid")
    homes = [household(area=area) for _ in range(4)]
    enrol(program, *homes)
    months = (dt.date(2026, month, 1) for month in range(1, 12))

    def cycle() -> PaymentCycle:
        return cycle_of(program, period=next(months))

    draft, ready, waiting, sure, paid = cycle(), prepared(cycle()), in_review(cycle()), approved(cycle()), sent(cycle())
    report, returned = _report(paid)
    # Found after the others were paid, so that it holds the payments of the cycle prepared last.
    duplicate_pair(homes[0], homes[1])
    open_cycle = released(cycle())
    held = open_cycle.payments.filter(status=Payment.Status.HELD).first()

    def cycle_verb(cycle: PaymentCycle, verb: str) -> Arguments:
        return {"pk": cycle.pk, "verb": verb}

    line = budget_line(program)
    waiting_allotment = propose_allotment(line=line, amount=Decimal(5), reason="…", actor=allotter())

    waiting_debt, open_debt = (
        propose_overpayment(
            line=held.entitlement,
            amount=Decimal(amount),
            recovered_from=dt.date(2026, 11, 1),
            reason="…",
            actor=UserFactory(permissions=["programs.add_overpayment"]),
        )
        for amount in (7, 8)
    )
    decide_overpayment(
        overpayment=open_debt, verb="confirm", actor=UserFactory(permissions=["programs.confirm_overpayment"])
    )
    sample = draw_sample(cycle=paid, size=2, actor=UserFactory(permissions=["programs.add_verificationsample"]))
    still_ready = open_cycle.payments.filter(status=Payment.Status.READY).first()

    return {
        "programs:payment_verb[hold]": {"pk": still_ready.pk, "verb": "hold"},
        "programs:overpayment_propose": {"pk": held.entitlement_id},
        "programs:overpayment_verb[confirm]": {"pk": waiting_debt.pk, "verb": "confirm"},
        "programs:overpayment_verb[refuse]": {"pk": waiting_debt.pk, "verb": "refuse"},
        "programs:overpayment_verb[waive]": {"pk": open_debt.pk, "verb": "waive"},
        "programs:budget_line": {"pk": line.pk},
        "programs:allot": {"pk": line.pk},
        "programs:fund_entry_correct": {"pk": line.entries.get(kind="allotment").pk},
        "programs:allotment_verb[confirm]": {"pk": waiting_allotment.pk, "verb": "confirm"},
        "programs:allotment_verb[refuse]": {"pk": waiting_allotment.pk, "verb": "refuse"},
        "programs:cycle_fund": {"pk": draft.pk},
        "document_download[payment list]": {"pk": paid.files.get().document_id},
        "document_download[agent's report]": {"pk": report.document_id},
        "programs:cycle_detail": {"pk": paid.pk},
        "programs:cycle_lines": {"pk": paid.pk},
        "programs:cycle_files": {"pk": paid.pk},
        "programs:cycle_holds": {"pk": open_cycle.pk},
        "programs:control_report": {"pk": waiting.pk},
        "programs:control_findings": {"pk": waiting.pk},
        "programs:cycle_verb[control]": cycle_verb(waiting, "control"),
        "programs:cycle_samples": {"pk": paid.pk},
        "programs:sample_detail": {"pk": sample.pk},
        "programs:sample_export[csv]": {"pk": sample.pk, "kind": "csv"},
        "programs:sample_export[xlsx]": {"pk": sample.pk, "kind": "xlsx"},
        "programs:verification_visit": {"pk": sample.visits.first().pk},
        "programs:cycle_verb[prepare]": cycle_verb(draft, "prepare"),
        "programs:cycle_verb[submit]": cycle_verb(ready, "submit"),
        "programs:cycle_verb[cancel]": cycle_verb(draft, "cancel"),
        "programs:cycle_verb[approve]": cycle_verb(waiting, "approve"),
        "programs:cycle_verb[send_back]": cycle_verb(waiting, "send_back"),
        "programs:cycle_verb[release]": cycle_verb(sure, "release"),
        "programs:cycle_verb[close]": cycle_verb(paid, "close"),
        "programs:entitlement_detail": {"pk": held.entitlement_id},
        "programs:payment_verb[release_hold]": {"pk": held.pk, "verb": "release_hold"},
        "programs:payment_verb[cancel]": {"pk": held.pk, "verb": "cancel"},
        "programs:payment_verb[reissue]": {"pk": returned.pk, "verb": "reissue"},
        "programs:payment_verb[settle]": {"pk": returned.pk, "verb": "settle"},
        "programs:reconciliation_detail": {"pk": report.pk},
        "programs:report_row[apply]": {"pk": report.rows.get(outcome="unmatched").pk, "verb": "apply"},
        "programs:report_row[dismiss]": {"pk": report.rows.get(outcome="unmatched").pk, "verb": "dismiss"},
    }


def _report(cycle: PaymentCycle) -> tuple[ReconciliationFile, Payment]:
    """Return an agent's report with a payment that came back, and that payment; one row fits nothing."""
    payment = cycle.payments.filter(status=Payment.Status.SENT).first()
    rows = f"payment_ref,status,amount\r\n{payment.payment_ref},returned,{payment.amount}\r\nNOBODY,paid,1\r\n"
    report = reconciliation.receive_report(
        upload=File(ContentFile(rows.encode()), name="report.csv"),
        actor=UserFactory(permissions=["programs.reconcile_paymentcycle"]),
        tell_worker=False,
    )
    jobs.run_now(report.job)
    payment.refresh_from_db()
    return report, payment


def _logs() -> None:
    """Write something into every log, and what else only the administration shows."""
    person = UserFactory()
    entry = audit.record(actor=person, action="walk.begun", target=person)
    audit.disclose(reader=person, subject=HouseholdFactory(), fields=["file"])
    Seal.objects.create(log="auditentry", first_id=entry.pk, last_id=entry.pk, entries=1, digest="0" * 64)
    Notice.objects.create(key="walk", template_code="walk", channel="portal", language="ar", user=person, body="…")
    ScoringModelFactory()
    LegalBasis.objects.get_or_create(code="walk", defaults={"country": "EG", "name_ar": "قانون", "name_en": "Law"})
