"""What people call codes: from files and from the service's own directory."""

from engine.describe.values import Words
from storage.demo import DEMO_DATA
from storage.directory import CategoryEntry, RegionEntry
from storage.names import PUBLIC_REGIONS, names_in, names_of


def test_a_folder_of_the_directory_names_regions_categories_goods_and_people() -> None:
    names = names_in(DEMO_DATA)
    assert names["region", "43/4301/430102"] == Words("芙蓉区", "Furong District")
    assert names["path", "snack"] == names["paths", "snack"] == Words("小吃", "Snacks")
    assert names["line.sku", "stinky-tofu"] == names["order.skus", "stinky-tofu"]
    assert {key for key, _ in names} >= {"line.merchant", "store.id", "promoter.id"}


def test_one_file_names_what_is_in_it() -> None:
    assert {key for key, _ in names_in(PUBLIC_REGIONS)} == {"region"}
    assert names_in(DEMO_DATA / "orders.jsonl") == {}


def test_a_title_that_two_codes_share_is_followed_by_the_code() -> None:
    same = [
        RegionEntry(code="430102", title="新区", title_en="New Town", level="district"),
        RegionEntry(code="430103", title="新区", title_en="Newer Town", level="district"),
        CategoryEntry(path="new", title="新区"),
    ]
    names = names_of(same)
    assert names["region", "43/4301/430102"] == Words("新区（430102）", "New Town")
    assert names["region", "43/4301/430103"] == Words("新区（430103）", "Newer Town")
    assert names["path", "new"] == Words("新区", "新区")


def test_no_two_codes_of_the_demo_are_called_the_same() -> None:
    names = names_in(DEMO_DATA)
    for key in {key for key, _ in names}:
        said = [words for (one, _), words in names.items() if one == key]
        assert len({one.zh for one in said}) == len({one.en for one in said}) == len(said), key
