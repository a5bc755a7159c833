"""The reader's wishes: typed, checked, all errors at once."""

from __future__ import annotations

import pytest

from newsml.config import config_folder
from newsml.digest import DigestConfig, load_digest_config
from newsml.digest.config import parse_digest_config
from newsml.errors import UsageError
from newsml.settings import read_tree


def test_the_file_that_ships_holds_the_defaults() -> None:
    path = config_folder() / "digest.yaml"
    assert load_digest_config(str(path)) == DigestConfig()
    assert list(read_tree(path)) == list(DigestConfig.__dataclass_fields__)


def test_codes_are_read_in_any_spelling() -> None:
    config = parse_digest_config({"stocks": {"SH600000": "2", "000001": "1.5", "TSLA.US": "1"}}, "d.yaml")
    assert config.stocks == {"600000.SH": 2.0, "000001.SZ": 1.5, "TSLA.US": 1.0}
    config = parse_digest_config({"stock_names": {"远泊": "SH600000", "远泊海运": "1.HK"}}, "d.yaml")
    assert config.stock_names == {"远泊": "600000.SH", "远泊海运": "00001.HK"}


def test_all_errors_are_told_at_once() -> None:
    tree = {
        "language": "fr",
        "sectoins": [],
        "top": "many",
        "keywords": {"降准": "heavy"},
        "weights": {"heat": "1", "luck": "2"},
        "stocks": ["600000"],
    }
    with pytest.raises(UsageError) as failed:
        parse_digest_config(tree, "d.yaml")
    for part in (
        "d.yaml: ",
        "[language] is one of zh, zh-hant, en",
        "[sectoins] is no setting, did you mean sections?",
        "[top] is a whole number",
        "[keywords.降准] is a number",
        "[weights.luck] is no setting",
        "[stocks] is a table of numbers",
    ):
        assert part in str(failed.value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("utc_offset", "Beijing", "is written as +08:00"),
        ("sections", ["公司", "公司"], "names 公司 twice"),
        ("labels", "mine", "is one of model, given"),
        ("top", "-1", "is 0 or more"),
        ("max_per_section", "-1", "is 0 or more"),
        ("max_stories", "-1", "is 0 or more"),
        ("half_life", "0", "is over 0"),
        ("remember", "-1", "is 0 or more"),
        ("keywords", {" ": "1"}, "holds an empty word"),
        ("stocks", {"远泊": "1"}, "hold what is no stock code: 远泊"),
        ("stocks", {"600000": "1", "SH600000": "2", "000001": "1"}, "names 600000.SH twice"),
        ("stock_names", {"远泊": "六百"}, "hold what is no stock code: 六百"),
        ("stock_names", {" ": "600000"}, "holds an empty name"),
        ("keywords", {"降准": "1e308"}, "hold no number beyond 1,000,000"),
        ("stocks", {"600000": "-1e7"}, "hold no number beyond 1,000,000"),
        ("weights", {"heat": "1e300"}, "hold no number beyond 1,000,000"),
        ("stock_url", "javascript:alert(1)//{code}", "begins with http"),
        ("stock_url", "https://example.com/{code.__class__}", "begins with http"),
        ("stock_url", "https://example.com/{name}", "begins with http"),
        ("stock_url", "https://example.com/{code!r:>9}", "begins with http"),
        ("stock_url", "https://example.com/{", "begins with http"),
        ("stock_url", "https://{code}", "begins with http"),
    ],
)
def test_settings_out_of_range(key: str, value: object, said: str) -> None:
    with pytest.raises(UsageError, match=r"^d.yaml: ") as failed:
        parse_digest_config({key: value}, "d.yaml")
    assert f"[{key}]" in str(failed.value)
    assert said in str(failed.value)


def test_stock_links() -> None:
    config = DigestConfig(stock_url="https://example.com/{market}{number}?c={code}&m={MARKET}")
    assert config.stock_link("600000.SH") == "https://example.com/sh600000?c=600000.SH&m=SH"
    assert config.stock_link("BRK.B.US") == "https://example.com/usBRK.B?c=BRK.B.US&m=US"
    assert config.stock_link("no code") == config.stock_link('"><b>.SH') == ""
    assert DigestConfig().stock_link("600000.SH") == ""
