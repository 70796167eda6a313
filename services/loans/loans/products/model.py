"""Which loan products are on offer on a day, and how one is kept with the application that was made under it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from loans.rule_broken import RuleBroken
from loans.schedules.model import Product

_TERMS = ("term_months", "grace_months", "every_months", "multiple_of", "anchor_day", "shift")
RULES = "rules"  # whose word a product is that nobody has defined anew


@dataclass(frozen=True, slots=True)
class Offer:
    """A product on offer; `defined_by` is the area that defined it, or the country's rules."""

    product: Product
    defined_by: str
    instrument: str | None = None


def offers(document: Mapping[str, Any], defined: Iterable[Mapping[str, Any]]) -> dict[str, Offer]:
    """The products on offer by code: those of the rules, replaced or joined by what was `defined` since.

    `defined` holds one version of each product: the nearest area's latest.
    """
    found = {code: Offer(Product(code, **terms), RULES) for code, terms in document["products"].items()}
    for row in defined:
        product = Product(row["product"], **{name: row[name] for name in _TERMS})
        found[product.code] = Offer(product, str(row["area"]), row["instrument"])
    return found


def choose(on_offer: Mapping[str, Offer], code: str | None, default: str) -> Offer:
    """The product of that code; the default where none is named."""
    chosen = code or default
    if chosen not in on_offer:
        known = ", ".join(sorted(on_offer))
        raise RuleBroken(
            "product_unknown", f"Choose a loan product that is on offer: {known}.", {"product": chosen}
        )
    return on_offer[chosen]


def make_product(**terms: Any) -> Product:
    """A product of those terms, if it can be repaid."""
    try:
        return Product(**terms)
    except ValueError as error:
        raise RuleBroken("product_not_repayable", f"Mend the terms: {error}.") from None


def frozen(offer: Offer) -> dict[str, Any]:
    """The terms as an application keeps them."""
    return {**asdict(offer.product), "defined_by": offer.defined_by}


def thawed(terms: Mapping[str, Any]) -> Product:
    """The product that an application was made under."""
    return Product(**{name: value for name, value in terms.items() if name != "defined_by"})
