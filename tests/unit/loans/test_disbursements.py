"""When and how an approved loan may be paid out."""

from datetime import date

import pytest

from loans.disbursements.model import require_in_time, require_way
from loans.rule_broken import RuleBroken

APPROVED = date(2025, 12, 31)


def test_an_approval_is_paid_out_within_two_months():
    require_in_time(APPROVED, APPROVED, 2)
    require_in_time(date(2026, 2, 28), APPROVED, 2)
    with pytest.raises(RuleBroken, match="approval_lapsed"):
        require_in_time(date(2026, 3, 1), APPROVED, 2)


def test_rules_without_a_limit_let_an_approval_stand():
    require_in_time(date(2030, 1, 1), APPROVED, None)


def test_nothing_is_paid_out_before_it_was_approved():
    with pytest.raises(RuleBroken, match="before_approval"):
        require_in_time(date(2025, 12, 30), APPROVED, 2)


def test_money_has_a_bank_reference_and_goods_are_described():
    require_way("bank", "PAY 1", None)
    require_way("in_kind", None, {"description": "Motorbike"})
    require_way("in_kind", "PAY 1", {"description": "Motorbike"})
    for method, reference, asset, code in [
        ("bank", None, None, "bank_reference_missing"),
        ("bank", "PAY 1", {"description": "Motorbike"}, "asset_with_bank"),
        ("in_kind", "PAY 1", None, "asset_missing"),
    ]:
        with pytest.raises(RuleBroken, match=code):
            require_way(method, reference, asset)
