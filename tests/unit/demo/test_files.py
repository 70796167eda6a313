"""The data files as they are sent: pages in order, text as it stands."""

import pytest

from ustawi.demo.files import PAGE, DataFiles
from ustawi.demo.stage import COUNCILS, JAYAPURA, NINH_THUAN, RUKWA, RUKWA_COUNCILS
from ustawi.local.errors import LocalError

FILES = DataFiles()


def test_the_three_countries_come_with_the_years_of_their_holidays():
    assert {each["country"]: bool(each["holiday_years"]) for each in FILES.countries()} == {
        "TZ": True,
        "ID": True,
        "VN": True,
    }


def test_pages_keep_every_area_once_and_parents_before_their_children():
    for file in FILES.area_files():
        pages = list(file.pages())
        assert all(len(page) <= PAGE for page in pages)
        seen: set[str] = set()
        for area in (area for page in pages for area in page):
            assert area["code"] not in seen
            assert "parent" not in area or area["parent"] in seen or area["parent"] == file.country
            seen.add(area["code"])
        assert len(seen) == len(file.areas)


def test_columns_for_readers_are_not_sent():
    sent = {column for file in FILES.area_files() for area in file.areas for column in area}
    assert sent == {"code", "level", "name", "parent", "valid_from"}


def test_every_place_of_the_story_is_in_the_files():
    codes = {area["code"] for file in FILES.area_files() for area in file.areas}
    assert codes >= {*COUNCILS, JAYAPURA, NINH_THUAN, RUKWA}


def test_the_wards_of_rukwa_lie_in_its_four_councils():
    wards = FILES.wards(RUKWA)
    assert len(wards) == 97
    assert {council for council, _ in wards} == set(RUKWA_COUNCILS)
    assert wards == sorted(wards)


def test_dates_of_the_decisions_stay_text():
    told = FILES.decisions()
    assert [each["issued_on"] for each in told["decisions"]] == [
        "2015-09-07",
        "2017-05-12",
        "2017-09-20",
        "2020-04-08",
    ]
    assert all(isinstance(each["on"], str) for each in told["exits"])


def test_a_folder_without_the_files_is_told(tmp_path):
    with pytest.raises(LocalError, match="DATA_DIR"):
        DataFiles(tmp_path).countries()
