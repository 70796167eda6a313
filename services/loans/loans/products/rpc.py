"""Loan products by RPC: define a version, ask what is on offer."""

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID

from chassis.commands import command, query
from chassis.errors import Conflict, NotFound, Refused
from chassis.transaction import Transaction
from loans import events
from loans.fund.rpc import country_of
from loans.products import model, store
from loans.products.model import Offer
from loans.products.schemas import DefineProductIn, DefineProductOut, ProductsIn, ProductsOut
from loans.schedules.model import Product, product_from

_LEVELS = ("country", "council")  # who defines products; what lies between lends nothing


class ProductsRpc:
    """Mixed into the service class."""

    @command(DefineProductIn, replies=DefineProductOut, needs="products.define")
    def define_product(
        self,
        tx: Transaction,
        area: UUID,
        product: str,
        in_force_from: date,
        instrument: str,
        **terms: Any,
    ) -> dict[str, Any]:
        """Offer a loan product, or a new version of one, from a day on; what was applied for before stays."""
        tx.require_area(area)
        found = tx.area(area)
        if found is None:
            raise NotFound("not_found", "There is no such record within your area.")
        if found["level"] not in _LEVELS:
            raise Refused("not_a_lender", "A product is a council's or the country's; name one of these.")
        made = model.make_product(code=product, **terms)
        fact = {
            "area": area,
            "country": found["country"],
            "product": product,
            "in_force_from": in_force_from,
            "instrument": instrument,
            **terms,
        }
        if not store.add_version(tx, fact):
            raise Conflict(
                "already_defined",
                "This product has a version of that day here; let the new one begin on another day.",
            )
        tx.emit(events.ProductDefined, subject=area, **fact)
        return {
            "area": area,
            "product": product,
            "in_force_from": in_force_from,
            "instalments": made.instalments,
        }

    @query(ProductsIn, replies=ProductsOut, needs="applications.read")
    def products(self, tx: Transaction, council: UUID, on: date | None) -> dict[str, Any]:
        """The products that a council offers on a day, and whose word each of them is."""
        country = country_of(tx, council)
        day = on or tx.today(country)
        document = tx.rules("loan_products", day, country)
        found = model.offers(document, store.defined_for(tx, council, day))
        return {
            "council": council,
            "on": day,
            "default": document["default"],
            "products": [
                {
                    **asdict(offer.product),
                    "product": code,
                    "instalments": offer.product.instalments,
                    "defined_by": offer.defined_by,
                    "instrument": offer.instrument,
                }
                for code, offer in sorted(found.items())
            ],
        }


def offer_for(tx: Transaction, council: UUID, on: date, country: str, code: str | None) -> Offer:
    """The product that a council lends on for an application of a day."""
    document = tx.rules("loan_products", on, country)
    found = model.offers(document, store.defined_for(tx, council, on))
    return model.choose(found, code, document["default"])


def product_of(tx: Transaction, application: dict[str, Any]) -> Product:
    """The product that an application was made under, as it was then."""
    if application["terms"] is not None:
        return model.thawed(application["terms"])
    return product_from(
        tx.rules("loan_products", application["on"], application["country"]), application["product"]
    )
