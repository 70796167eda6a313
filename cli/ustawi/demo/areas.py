"""Chapter: the countries, their public holidays and their areas."""

from collections import Counter

from ustawi.demo.officers import REGISTRAR
from ustawi.demo.stage import Stage


def define_countries(stage: Stage) -> None:
    """Define every country of the files, and publish the holidays that all clocks and due dates go by."""
    for told in stage.files.countries():
        definition = {name: value for name, value in told.items() if name != "holiday_years"}
        country, years = told["country"], told["holiday_years"]
        stage.office.command(REGISTRAR, "registry", "define_country", f"country/{country}", **definition)
        published = stage.office.command(
            REGISTRAR, "registry", "publish_holidays", f"holidays/{country}", country=country, years=years
        )
        days = ", ".join(f"{year['year']}: {year['holidays']}" for year in published["years"])
        stage.tell.say(f"{told['name']}: {told['time_zone']}, {told['currency']}; public holidays {days}")


def import_areas(stage: Stage) -> None:
    """Import every area file, page by page, and let the other services take the areas in."""
    for file in stage.files.area_files():
        pages = list(file.pages())
        for number, page in enumerate(pages, start=1):
            stage.office.command(
                REGISTRAR,
                "registry",
                "import_areas",
                f"areas/{file.file}/{number}",
                country=file.country,
                source=file.source,
                instrument=file.instrument,
                areas=page,
            )
        levels = Counter(area["level"] for area in file.areas)
        counted = ", ".join(
            f"{count} {_many(level, count)}" for level, count in levels.items() if level != "country"
        )
        many = f"{len(pages)} pages" if len(pages) > 1 else "one page"
        stage.tell.say(f"{file.file}, {many}: {counted} ({file.instrument})")
    stage.office.until_applied()
    stage.office.areas = _ids(stage)
    stage.tell.say("loans, cases and reports have taken in all countries, holidays and areas")


def _many(level: str, count: int) -> str:
    if count == 1:
        return level
    return {"city": "cities", "mtaa": "mitaa"}.get(level, f"{level}s")


def _ids(stage: Stage) -> dict[str, str]:
    """The id of every area that the story acts in, by its code: down to wards and communes."""
    wanted = {(file.country, area["level"]) for file in stage.files.area_files() for area in file.areas} - {
        ("TZ", "village"),
        ("TZ", "mtaa"),
        ("TZ", "hamlet"),
    }
    return {
        area["code"]: area["area"]
        for country, level in sorted(wanted)
        for area in stage.office.pages(
            REGISTRAR, "registry", "areas", "items", "next", country=country, level=level, limit=500
        )
    }
