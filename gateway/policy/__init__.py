"""Rules to a decision: a folder of YAML is loaded whole, and the strictest rule that speaks wins."""

from gateway.policy.archive import keep, kept, load_and_keep
from gateway.policy.cases import Case, CaseResult, run_cases
from gateway.policy.catalogue import Agreement, Catalogue, Provider, Site
from gateway.policy.decide import answers, decide, decide_failure, stranger_action
from gateway.policy.excuse import Excuse
from gateway.policy.load import SHIPPED, Loaded, load, load_rules
from gateway.policy.rules import Rule, RuleSet, look_needed
from gateway.policy.schema import json_schema
from gateway.policy.verdict import Answer

__all__ = [
    "SHIPPED", "Agreement", "Answer", "Case", "CaseResult", "Catalogue", "Excuse", "Loaded", "Provider", "Rule", "RuleSet",
    "Site", "answers", "decide", "decide_failure", "json_schema", "keep", "kept", "load", "load_and_keep",
    "load_rules", "look_needed", "run_cases", "stranger_action",
]  # fmt: skip
