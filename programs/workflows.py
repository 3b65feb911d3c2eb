"""Which verb leads a record of the programmes from which states to which, and who may do it."""

from ministry.workflow import Transition, Workflow
from programs.models import (
    AdmissionList,
    Allotment,
    Application,
    ComplianceAppeal,
    CompliancePeriod,
    ComplianceStep,
    EligibilityChange,
    Enrolment,
    Excuse,
    Overpayment,
    Payment,
    PaymentCycle,
    PlacePlan,
    ProgramVersion,
)

_V = ProgramVersion.Status
_CHANGE = "programs.change_programversion"
_PUT_IN_FORCE = "programs.approve_programversion"

PROGRAM_VERSION = Workflow(
    # Its rules and amounts are written; the status stays.
    Transition("edit", frozenset({_V.DRAFT}), _V.DRAFT, _CHANGE),
    Transition("submit", frozenset({_V.DRAFT}), _V.SUBMITTED, _CHANGE),
    Transition("send_back", frozenset({_V.SUBMITTED}), _V.DRAFT, _PUT_IN_FORCE),
    Transition("approve", frozenset({_V.SUBMITTED}), _V.IN_FORCE, _PUT_IN_FORCE),
    Transition("withdraw", frozenset({_V.DRAFT, _V.SUBMITTED}), _V.WITHDRAWN, _CHANGE),
    # Done to the earlier version when a later one is approved, never by itself.
    Transition("supersede", frozenset({_V.IN_FORCE}), _V.SUPERSEDED, _PUT_IN_FORCE),
)

_E = Enrolment.Status
_SUSPEND = "programs.suspend_enrolment"

ENROLMENT = Workflow(
    Transition("suspend", frozenset({_E.ENROLLED}), _E.SUSPENDED, _SUSPEND),
    Transition("resume", frozenset({_E.SUSPENDED}), _E.ENROLLED, _SUSPEND),
    # It leaves because it no longer needs the programme; the reason says so.
    Transition("graduate", frozenset({_E.ENROLLED}), _E.EXITED, _SUSPEND),
    Transition("exit", frozenset({_E.ENROLLED, _E.SUSPENDED}), _E.EXITED, _SUSPEND),
)

_AP = Application.Status
_OFFER = "programs.offer_application"
_ADMIT = "programs.admit_application"

# Ranking moves what was verified onto the waiting list, or in; it is done to all of them at once by the list's verbs.
APPLICATION = Workflow(
    Transition("verify", frozenset({_AP.APPLIED}), _AP.VERIFIED, "programs.verify_application"),
    Transition("refuse", frozenset({_AP.APPLIED}), _AP.REFUSED, "programs.verify_application"),
    Transition("offer", frozenset({_AP.WAITING}), _AP.OFFERED, _OFFER),
    Transition("admit", frozenset({_AP.OFFERED}), _AP.ADMITTED, _ADMIT),
    # Nobody answered in time: the place is free again, the household keeps its place in the line.
    Transition("lapse", frozenset({_AP.OFFERED}), _AP.WAITING, _OFFER),
    Transition(
        "withdraw",
        frozenset({_AP.APPLIED, _AP.VERIFIED, _AP.WAITING, _AP.OFFERED}),
        _AP.WITHDRAWN,
        "programs.add_application",
    ),
)

_PL = PlacePlan.Status

PLACE_PLAN = Workflow(
    Transition("confirm", frozenset({_PL.PROPOSED}), _PL.IN_FORCE, "programs.confirm_placeplan"),
    Transition("refuse", frozenset({_PL.PROPOSED}), _PL.REFUSED, "programs.confirm_placeplan"),
)

_AL = AdmissionList.Status

ADMISSION_LIST = Workflow(
    Transition("confirm", frozenset({_AL.DRAWN}), _AL.CONFIRMED, "programs.confirm_admissionlist"),
    Transition("withdraw", frozenset({_AL.DRAWN}), _AL.WITHDRAWN, "programs.add_admissionlist"),
)

_EC = EligibilityChange.Status
_DECIDE_CHANGE = "programs.decide_eligibilitychange"

# Whether it became or ceased is looked at by the verbs. «overtaken» is what a later check makes of a waiting one.
ELIGIBILITY_CHANGE = Workflow(
    Transition("propose_exit", frozenset({_EC.OPEN}), _EC.EXIT_PROPOSED, _DECIDE_CHANGE),
    Transition("confirm_exit", frozenset({_EC.EXIT_PROPOSED}), _EC.EXITED, _SUSPEND),
    Transition("keep", frozenset({_EC.OPEN, _EC.EXIT_PROPOSED}), _EC.KEPT, _DECIDE_CHANGE),
    Transition("hand_over", frozenset({_EC.OPEN}), _EC.HANDED_OVER, "programs.confirm_enrolment"),
)

_C = PaymentCycle.Status
_ADD = "programs.add_paymentcycle"
_APPROVE = "programs.approve_paymentcycle"
_RELEASE = "programs.release_paymentcycle"
_RECONCILE = "programs.reconcile_paymentcycle"
_MOVING = frozenset({_C.RELEASED, _C.RECONCILING})

# The preparation itself is a job; the cycle is prepared when it ends. A file leaves the status as it is.
PAYMENT_CYCLE = Workflow(
    Transition("prepare", frozenset({_C.DRAFT, _C.PREPARED}), _C.PREPARED, _ADD),
    # What it is paid from; the status stays.
    Transition("fund", frozenset({_C.DRAFT, _C.PREPARED}), "", _ADD),
    Transition("submit", frozenset({_C.PREPARED}), _C.IN_REVIEW, _ADD),
    # The figures against the last month are counted anew; whoever approves says that they have read them.
    Transition("control", frozenset({_C.PREPARED, _C.IN_REVIEW}), "", "programs.view_paymentcycle"),
    Transition("read_control", frozenset({_C.IN_REVIEW}), "", _APPROVE),
    Transition("send_back", frozenset({_C.IN_REVIEW}), _C.DRAFT, _APPROVE),
    Transition("cancel", frozenset({_C.DRAFT, _C.PREPARED, _C.IN_REVIEW}), _C.CANCELLED, _ADD),
    Transition("approve", frozenset({_C.IN_REVIEW}), _C.APPROVED, _APPROVE),
    Transition("release", frozenset({_C.APPROVED}), _C.RELEASED, _RELEASE),
    Transition("make_file", _MOVING, "", _RELEASE),
    Transition("reconcile", _MOVING, _C.RECONCILING, _RECONCILE),
    Transition("close", _MOVING, _C.CLOSED, _RECONCILE),
)

_P = Payment.Status

PAYMENT = Workflow(
    Transition("hold", frozenset({_P.READY}), _P.HELD, _ADD),
    Transition("release_hold", frozenset({_P.HELD}), _P.READY, _ADD),
    # A further attempt: a new payment of the same entitlement; this one keeps its result.
    Transition("reissue", frozenset({_P.RETURNED, _P.FAILED}), "", _RECONCILE),
    Transition("cancel", frozenset({_P.HELD, _P.READY}), _P.CANCELLED, _RECONCILE),
    # The money stays with the ministry; the payment keeps its result.
    Transition("settle", frozenset({_P.RETURNED, _P.FAILED}), "", _RECONCILE),
)

_F = Allotment.Status
_CONFIRM = "programs.confirm_allotment"

ALLOTMENT = Workflow(
    Transition("confirm", frozenset({_F.PROPOSED}), _F.CONFIRMED, _CONFIRM),
    Transition("refuse", frozenset({_F.PROPOSED}), _F.REFUSED, _CONFIRM),
)

_O = Overpayment.Status
_AGREE = "programs.confirm_overpayment"

OVERPAYMENT = Workflow(
    Transition("confirm", frozenset({_O.PROPOSED}), _O.CONFIRMED, _AGREE),
    Transition("refuse", frozenset({_O.PROPOSED}), _O.REFUSED, _AGREE),
    # What is left is no longer taken; what was taken stays.
    Transition("waive", frozenset({_O.CONFIRMED}), _O.WAIVED, _AGREE),
)

_CP = CompliancePeriod.Status

COMPLIANCE_PERIOD = Workflow(
    Transition("report", frozenset({_CP.OPEN}), _CP.OPEN, "programs.add_compliancereport"),
    Transition("close", frozenset({_CP.OPEN}), _CP.CLOSING, "programs.close_complianceperiod"),
)

_X = Excuse.Status

EXCUSE = Workflow(
    Transition("accept", frozenset({_X.PENDING}), _X.ACCEPTED, "programs.decide_excuse"),
    Transition("refuse", frozenset({_X.PENDING}), _X.REFUSED, "programs.decide_excuse"),
)

_CS = ComplianceStep.Status

# A step is lifted only by what was decided about an excuse or an appeal. «decide» is about a proposed exit.
COMPLIANCE_STEP = Workflow(
    Transition("appeal", frozenset({_CS.IN_FORCE}), _CS.FROZEN, "programs.add_complianceappeal"),
    Transition("exit", frozenset({_CS.IN_FORCE}), _CS.DECIDED, _SUSPEND),
    Transition("dismiss", frozenset({_CS.IN_FORCE}), _CS.DECIDED, _SUSPEND),
)

_A = ComplianceAppeal.Status

COMPLIANCE_APPEAL = Workflow(
    Transition("win", frozenset({_A.OPEN}), _A.WON, "programs.decide_complianceappeal"),
    Transition("lose", frozenset({_A.OPEN}), _A.LOST, "programs.decide_complianceappeal"),
)
