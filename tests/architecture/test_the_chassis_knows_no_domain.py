"""The chassis serves any office: no word of welfare work stands in it, in code, comments or SQL."""

import re
from pathlib import Path

import pytest

from architecture.source import ROOT, plant

# The offices' own words. Not here: words that programs use too (case, group, report, registry, level), and
# countries, areas and holidays, which every service keeps a copy of.
DOMAIN = {
    *(
        "loan",
        "loans",
        "borrow",
        "borrower",
        "repay",
        "repayment",
        "disburse",
        "disbursement",
        "instalment",
        "arrears",
    ),
    *("principal", "fund", "pot", "pots", "shilling", "shillings", "nida", "tasaf", "ngo", "ngos"),
    *(
        "complaint",
        "complainant",
        "complain",
        "appeal",
        "nuisance",
        "charter",
        "welfare",
        "social",
        "assessment",
    ),
    *("council", "ward", "village", "mtaa", "division", "district", "municipality", "hamlet", "guardian"),
    *("organisation", "organization", "collaborator", "donor", "donation", "pledge", "campaign", "enrolment"),
    *("pmks", "psks", "malalamiko", "kero", "elderly", "disability", "disabled", "widow", "household"),
    *("beneficiary", "youth", "women", "pwd", "victim", "poverty", "charity", "volunteer"),
}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def domain_words(root: Path) -> list[str]:
    """file:line: word, for every word of the domain within the chassis."""
    found = []
    for path in sorted((root / "chassis").rglob("*")):
        if path.suffix not in (".py", ".sql", ".toml", ".yaml") or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            words = {word.lower() for word in _WORD.findall(line)}
            singular = words | {word.removesuffix("s") for word in words}
            found += [
                f"{path.relative_to(root).as_posix()}:{number}: {word}" for word in sorted(singular & DOMAIN)
            ]
    return found


def test_the_chassis_holds_no_word_of_the_domain() -> None:
    found = domain_words(ROOT)
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "def pay(loan): ...",
        "class LoanRepaid: ...",
        "fund_position = 1",
        "# for complaints of citizens",
        'LEVELS = ["ward"]',
        "CREATE TABLE repayments ()",
    ],
)
def test_a_domain_word_is_found(tmp_path: Path, line: str) -> None:
    plant(tmp_path, "chassis/chassis/odd.py", line)
    assert domain_words(tmp_path)


@pytest.mark.parametrize(
    "line", ["match x:\n    case 1: ...", "forward(spot)", "re.search('a').group()", "# a fundamental rule"]
)
def test_words_of_programs_are_none_of_the_domain(tmp_path: Path, line: str) -> None:
    plant(tmp_path, "chassis/chassis/plain.py", line)
    assert domain_words(tmp_path) == []
