"""A few areas in two countries, put on record by RPC as an office would: enough to place people in."""

from ustawi.demo.files import DataFiles
from ustawi.demo.office import Office
from ustawi.demo.officers import REGISTRAR

REGION, COUNCIL, WARD, HAMLET = (
    "TZ-90",
    "TZ-90.kanisani",
    "TZ-90.kanisani.bonde",
    "TZ-90.kanisani.bonde.shamba",
)
PROVINCE, COMMUNE = "VN-90", "VN-90.cuoi"

_AREAS = {
    "TZ": (
        ("TZ", "country", "Tanzania", None),
        (REGION, "region", "Mkoa wa Mfano", "TZ"),
        (COUNCIL, "council", "Kanisani", REGION),
        (WARD, "ward", "Bonde", COUNCIL),
        (HAMLET, "hamlet", "Shamba", WARD),
    ),
    "VN": (
        ("VN", "country", "Việt Nam", None),
        (PROVINCE, "province", "Tỉnh Mẫu", "VN"),
        (COMMUNE, "commune", "Xã Cuối", PROVINCE),
    ),
}


def define(office: Office) -> None:
    """Define both countries with their areas; afterwards every service has taken them in, and tokens may name them."""
    countries = {told["country"]: told for told in DataFiles().countries()}
    for country, areas in _AREAS.items():
        told = dict(countries[country])
        years = told.pop("holiday_years")
        office.command(REGISTRAR, "registry", "define_country", f"small/{country}", **told)
        office.command(
            REGISTRAR, "registry", "publish_holidays", f"small/{country}/days", country=country, years=years
        )
        office.command(
            REGISTRAR,
            "registry",
            "import_areas",
            f"small/{country}/areas",
            country=country,
            source="made for tests",
            instrument="none",
            areas=[
                {"code": code, "level": level, "name": name, "parent": parent, "valid_from": "2015-01-01"}
                for code, level, name, parent in areas
            ],
        )
    office.areas = {
        area["code"]: area["area"]
        for country in _AREAS
        for area in office.ask(REGISTRAR, "registry", "areas", country=country)["items"]
    }
