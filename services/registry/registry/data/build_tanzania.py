"""Build the area files of Tanzania from the gazetted postcode list and our own list of councils.

Run `python build_tanzania.py` with the package `tanzania-postcodes` 0.1.0 installed (it is needed for nothing
else); it rewrites rukwa.csv, kilindi.csv and ilala.csv beside this file and prints the counts of SOURCE.md,
which tells what is taken from where, what is cleaned and what is doubtful.
"""

import csv
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).parent
COUNTRY = ("TZ", "country", "Tanzania", "", "1964-04-26", "", "")
IN_FORCE = "2016-04-22"  # the day of the gazette; the areas are older, but the source does not say since when
QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "`": "'"})


class Area(NamedTuple):
    code: str
    level: str
    name: str
    parent: str
    valid_from: str
    source_row: str  # number of the first row in the package's list that says so, counted from 1
    doubt: str


def cleaned(text: str | None) -> str:
    """One line, single blanks, straight quotes; a lettered part written one way: Majengo 'B'."""
    name = " ".join(unicodedata.normalize("NFC", text or "").translate(QUOTES).split())
    return re.sub(r"""[\s"']*\b([A-Z])\s*["']+$|\s*["']\s*([A-Z])$""", lambda m: f" '{m[1] or m[2]}'", name)


def titled(name: str) -> str:
    """A name set all in capitals, in usual writing; any other stays as it is."""
    if name != name.upper():
        return name
    small = {"la", "ya", "wa", "na"}
    return " ".join(
        w.lower() if i and w.lower() in small else w.capitalize() for i, w in enumerate(name.split())
    )


def slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("'", "")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def areas_of(council: dict[str, str], numbered: Iterable[tuple[int, dict[str, Any]]]) -> Iterator[Area]:
    """The council's wards, villages or mitaa, and hamlets; what the source says twice comes once."""
    own = [(n, r) for n, r in numbered if r["region"] == council["source_region"]]
    own = [(n, r) for n, r in own if cleaned(r["district"]) == council["source_district"]]
    has_village = {r["postcode"] for _, r in own if r["locality"]}
    ward = place = ""
    ward_code = place_code = ""
    for number, row in own:
        row_number = str(number)
        if cleaned(row["ward"]) != ward:
            ward, place = cleaned(row["ward"]), ""
            ward_code = f"{council['code']}.{slug(ward)}"
            yield Area(ward_code, "ward", titled(ward), council["code"], IN_FORCE, row_number, "")
        if row["locality"]:  # given once, in the first row of its hamlets
            place = cleaned(row["locality"])
            place_code = f"{ward_code}.{slug(place)}"
            # Hamlets are parts of villages; what has none is a mtaa, the lowest area of a town.
            level = "village" if row["sub_locality"] else "mtaa"
            yield Area(place_code, level, place, ward_code, IN_FORCE, row_number, "")
        if row["sub_locality"]:
            hamlet = cleaned(row["sub_locality"])
            parent = place_code if place else ward_code
            doubt = "" if row["postcode"] in has_village else "no village in the source"
            yield Area(f"{parent}.{slug(hamlet)}", "hamlet", hamlet, parent, IN_FORCE, row_number, doubt)


def main() -> None:
    rows = json.loads(files("tanzania_postcodes").joinpath("data/postcodes.json").read_text(encoding="utf-8"))
    numbered = list(enumerate(rows, start=1))
    with (HERE / "councils.csv").open(encoding="utf-8", newline="") as file:
        councils = list(csv.DictReader(file))
    for name in dict.fromkeys(council["file"] for council in councils):
        built: dict[str, Area] = {"TZ": Area(*COUNTRY)}
        repeated, taken = 0, 0
        for council in (c for c in councils if c["file"] == name):
            region, district = council["region_code"], council["district_code"]
            for area in (
                Area(region, "region", council["region"], "TZ", IN_FORCE, "", ""),
                Area(district, "district", council["district"], region, IN_FORCE, "", ""),
                Area(council["code"], "council", council["name"], district, IN_FORCE, "", ""),
            ):
                built.setdefault(area.code, area)
            for area in areas_of(council, numbered):
                taken += 1
                repeated += area.code in built
                built.setdefault(area.code, area)
        with (HERE / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(Area._fields)
            writer.writerows(built.values())
        levels = Counter(area.level for area in built.values())
        doubtful = sum(bool(area.doubt) for area in built.values())
        print(f"{name}: {len(built)} areas {dict(levels)}; {repeated} repeated, {doubtful} doubtful")


if __name__ == "__main__":
    main()
