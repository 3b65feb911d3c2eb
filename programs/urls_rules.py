"""Addresses of the rule editor, below a version."""

from django.urls import path

from programs.views import rules

_RULES = "desk/programs/<slug:code>/versions/<int:number>/rules/"

urlpatterns = [
    path(_RULES, rules.RulesView.as_view(), name="rules"),
    path(_RULES + "count/", rules.RuleCountView.as_view(), name="rule_count"),
    path(_RULES + "conditions/add/", rules.CriterionView.as_view(), name="rule_criterion_add"),
    path(_RULES + "conditions/<int:criterion>/", rules.CriterionView.as_view(), name="rule_criterion"),
    path(_RULES + "<slug:key>/remove/", rules.RuleRemoveView.as_view(), name="rule_remove"),
]
