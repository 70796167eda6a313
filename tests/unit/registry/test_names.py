"""Names are kept as typed and compared folded."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.names.model import fold, word_search


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Việt Nam", "viet nam"),
        ("Xã Phước Đại", "xa phuoc dai"),
        ("Ng'ombe", "ngombe"),
        ("Katandala ‘C’", "katandala c"),
        ("Phan Rang - Tháp Chàm", "phan rang thap cham"),
        ("1897/QĐ-UBND", "1897 qd ubnd"),
        ("STRASSE", "strasse"),
        ("  U/Ndege ", "u ndege"),
        ("…", ""),
    ],
)
def test_a_name_folds_to_plain_words(typed, folded):
    assert fold(typed) == folded


@given(st.text(max_size=40))
def test_folding_again_changes_nothing_and_the_spelling_of_accents_does_not_matter(text):
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


def test_every_letter_there_is_folds_once_and_for_all():
    letters = [
        c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) not in ("Cn", "Co", "Cs")
    ]
    assert [c for c in letters if fold(fold(c)) != fold(c)] == []


def test_a_search_asks_for_the_beginning_of_each_word():
    assert word_search("Phước Đạ") == "phuoc:* & da:*"
    assert word_search("' -- ) &") is None
