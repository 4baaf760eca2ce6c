"""Who hears of each rule: the escalation column of the catalogue, no more and no less."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from alerts.policy import DEFAULT_POLICY, RulePolicy
from watcher.config.load import policy_from
from watcher.model import Role
from watcher.rules import load_rules

RULES = load_rules(Path(__file__).parents[2] / "config" / "rules.yaml")
# C 工作联系人, L 工作负责人, S 日常主管单位, A 市政府办公室, N 网信, P 公安, O 运维;
# after a slash those who join later (a graver level, a reminder, a term that has run out).
COLUMN_TEXT = """
UPD-01 C  UPD-02 CLS  UPD-03 CL/S  UPD-04 CLSA  UPD-05 SA  UPD-06 S  UPD-07 O/S
FIL-01 S/A  FIL-02 SA  FIL-03 C/S  FIL-04 C/S  FIL-05 C/SA  FIL-06 S/A  FIL-07 A
DUP-01 S
NAM-01 C  NAM-02 C
VER-01 CS  VER-02 CS
CHG-01 CS/A  CHG-02 S
SUS-01 CS  SUS-02 CS  SUS-03 CS
OFF-01 CLSA  OFF-02 CLSA
DER-01 A  DER-02 CS/A  DER-03 A  DER-04 CS  DER-05 CS  DER-06 SA
IMP-01 S/NP  IMP-02 S/NP  IMP-03 SN
INT-01 CS
CON-01 C  CON-02 C  CON-03 CL  CON-04 C
FAN-01 S
APP-01 CLS  APP-02 S  APP-03 CS  APP-04 CS
ORG-01 CS  ORG-02 S  ORG-03 A
INS-01 SA
REC-01 LS/A
SYS-01 O  SYS-02 O  SYS-03 O  SYS-04 O
"""
# IMP-01: 网信 and 公安 join once a person confirmed it (办法 Art. 20).
# DER-02: the unit itself is told when its notice may end, hence C beside the catalogue's S+A.
# IMP-01: once a person confirmed it, 网信 and 公安 are told (Art. 20).
COLUMN = dict(re.findall(r"([A-Z]{3}-\d\d) ([CLSAONP/]+)", COLUMN_TEXT))
POLICY = policy_from(RULES)


def letters(roles: Iterable[Role]) -> set[str]:
    return {role.value for role in roles}


def joining(rule: RulePolicy) -> set[str]:
    groups = (rule.orange_roles, rule.later_roles, rule.late_roles, rule.red_roles)
    return letters(role for group in (*groups, rule.weighty_roles) for role in group)


@pytest.mark.parametrize("name", sorted(RULES.rules))
def test_a_rule_is_told_to_those_whom_the_catalogue_names(name: str) -> None:
    rule, (first, _, later) = POLICY.of(name), COLUMN[name].partition("/")
    assert letters((*rule.roles, *rule.digest_roles)) == set(first)
    assert joining(rule) - set(first) == set(later)


@pytest.mark.parametrize("name", sorted(DEFAULT_POLICY.rules))
def test_the_policy_without_a_file_says_the_same(name: str) -> None:
    mine, theirs = DEFAULT_POLICY.of(name), POLICY.of(name)
    assert (set(mine.roles), set(mine.digest_roles)) == (
        set(theirs.roles),
        set(theirs.digest_roles),
    )
    assert joining(mine) == joining(theirs)
