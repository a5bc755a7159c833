"""Stories: posts of one event together, another event apart, however alike the two read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from math import inf, log1p
from pathlib import Path

import pytest

from newsml.digest import group_stories
from newsml.digest.comparison import FEATURES, compare
from newsml.digest.evidence import MOST_NUMBERS, Evidence, read_evidence
from newsml.digest.measures import find_acts
from newsml.digest.rarity import TABLE, Rarity, load_rarity, save_rarity
from newsml.digest.rules import collects, concur, others, repeats, share_cause, turned
from newsml.digest.same_story import AGREED, MODEL, SameStory, load_same_story
from newsml.digest.spelling import SPELLINGS
from newsml.domain import Post
from newsml.posts.stocks import find_stocks

FIXTURE = Path(__file__).parents[1] / "fixtures" / "stories.jsonl"
PAIRS = [json.loads(line) for line in FIXTURE.read_text("utf-8").splitlines()]
MONDAY = datetime(2022, 3, 7, 9, tzinfo=UTC)

FIRE = "霖州化工园区一储罐区17日凌晨起火，消防救援力量调集32辆消防车赶赴现场处置，暂无人员伤亡报告。"
FIRE_OUT = (
    "【霖州化工园区储罐区火灾已扑灭】17日凌晨霖州化工园区一储罐区起火，消防救援力量调集32辆消防车赶赴现场处置，"
    "明火于上午9时扑灭，暂无人员伤亡报告。"
)
PORT = "据海州港务局消息，2021年海州港集装箱吞吐量完成487.3万标箱，同比增长9.6%，创开港以来新高。"


def post(text: str, date: datetime | None = None) -> Post:
    return Post("", "", text, date=date, stocks=find_stocks(text))


def grouped(*texts: str) -> list[list[int]]:
    return group_stories([post(text) for text in texts])


def evidence(text: str) -> Evidence:
    return read_evidence(post(text), load_rarity())


def value(name: str, a: str, b: str) -> float:
    return compare(evidence(a), evidence(b))[FEATURES.index(name)]


def test_labelled_pairs() -> None:
    wrong = [(p["shape"], p["same"]) for p in PAIRS if (len(grouped(p["a"], p["b"])) == 1) != p["same"]]
    assert len(PAIRS) >= 40
    assert [shape for shape, same in wrong if not same] == []  # nothing is merged that is another event
    assert len(wrong) <= 4  # of the 20 that are the same; most are told in words too far apart


def test_nothing_and_one() -> None:
    assert group_stories([]) == []
    assert grouped(PORT) == [[0]]


def test_a_post_without_words_is_its_own_story() -> None:
    assert grouped("……", "12_00", "？") == [[0], [1], [2]]


def test_the_fullest_stands_first_and_stories_come_by_their_first_post() -> None:
    assert grouped(PORT, FIRE, FIRE_OUT, PORT) == [[0, 3], [2, 1]]


def test_a_post_that_puts_another_right_stands_for_the_story() -> None:
    assert grouped(f"{PORT}海州港是我国沿海主要港口。", f"更正：{PORT}") == [[1, 0]]
    assert grouped(f"{PORT}海州港是我国沿海主要港口。", f"更正后：{PORT}") == [[0, 1]]


def test_of_copies_the_earliest_stands_for_the_story() -> None:
    later = MONDAY + timedelta(hours=2)
    assert group_stories([post(PORT, later), post(PORT, MONDAY), post(PORT, later)]) == [[1, 0, 2]]


def test_a_thousand_copies_are_one_story() -> None:
    copies = [post(FIRE + f"（{i % 7}号记者）") for i in range(1000)]
    assert [len(story) for story in group_stories([*copies, post(PORT)])] == [1000, 1]


def test_the_same_words_on_another_day_are_another_story() -> None:
    text = "央行今日开展150亿元7天期逆回购操作，中标利率2.0%，与此前持平。"
    hour, day, week = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
    assert group_stories([post(text, MONDAY), post(text, MONDAY + hour)]) == [[0, 1]]
    assert group_stories([post(text, MONDAY), post(text, MONDAY + day)]) == [[0], [1]]
    assert group_stories([post(FIRE, MONDAY), post(FIRE, MONDAY + week)]) == [[0], [1]]


def test_a_date_without_a_time_zone_is_taken_as_utc() -> None:
    assert group_stories([post(FIRE, MONDAY), post(FIRE_OUT, MONDAY.replace(tzinfo=None))]) == [[1, 0]]


def test_a_chain_does_not_run_two_events_together() -> None:
    merger = "岚江电子与珂维传感宣布合并，换股比例为1比2.35，合并后公司总部设于海州。"
    both = merger + FIRE_OUT
    assert sorted(map(sorted, grouped(merger, both, FIRE_OUT))) != [[0, 1, 2]]


def test_numbers_are_compared_by_value() -> None:
    assert value("facts_missing", "营收12,500万元，员工3,100人。", "员工3100人，营收1.25亿元。") == 0
    assert value("facts_missing", "营收12.5亿元。", "营收12.6亿元。") == 1
    assert value("telling", "新增病例40817例。", "新增40,817例病例。") > 0


def test_price_moves_are_no_facts() -> None:
    assert value("facts_missing", "沪铅涨1.08%。", "沪铅涨1.1%。") == 0
    assert value("moves_missing", "沪铅涨1.08%。", "沪铅涨1.1%。") == 1
    assert value("reason", "沪铅涨1.08%。", "沪铅涨1.1%。") == 0


@pytest.mark.parametrize(
    ("name", "a", "b", "apart"),
    [
        ("days_apart", "3月2日收盘", "3月9日收盘", 1),
        ("days_apart", "2日晚间公告", "3月2日公告", 0),
        ("days_apart", "收盘", "3月9日收盘", 0),
        ("days_apart", "派息3日元", "派息4日元", 0),
        ("periods_apart", "第三季度均值", "Q4均值", 1),
        ("periods_apart", "第三季度均值", "Q3均值", 0),
        ("periods_apart", "2021年2月", "2022年3月份", 2),
        ("periods_apart", "周二", "周五", 1),
        ("codes_shared", "特斯拉(TSLA.O)召回", "特斯拉(TSLA.O)涨", 1),
    ],
)
def test_evidence(name: str, a: str, b: str, apart: float) -> None:
    assert value(name, a, b) == value(name, b, a) == apart


@pytest.mark.parametrize(
    ("name", "a", "b", "count"),
    [
        ("contradicted", "今日另有300亿元国库定存到账", "今日另有500亿元国库定存到账", 2),  # before and after
        ("contradicted", "销售建筑面积约632.18万平方米", "销售建筑面积约632万平方米", 0),  # rounded
        ("contradicted", "霖州报告新增318例肺炎确诊病例", "霖州昨日新增427例肺炎确诊病例", 1),
        ("contradicted", "概率为91.3%;概率为8.7%", "概率为91.3%;概率为8.7%;概率为2%", 0),
        ("contradicted", "霖州开展第三轮检测", "霖州开展第四轮检测", 1),
        ("contradicted", "两连板珂维传感", "三连板珂维传感", 1),
        ("contradicted", "创业板注册申请", "科创板注册申请", 1),
        ("contradicted", "创业板指高开", "科创板注册申请", 0),
        ("contradicted", "今日无逆回购到期", "今日另有700亿元逆回购到期", 1),
        ("contradicted", "晨曜能源股价涨超5%", "晨曜能源股价涨超8%", 0),
        ("moves_contradicted", "晨曜能源股价涨超5%", "晨曜能源股价涨超8%", 1),
        ("moves_contradicted", "晨曜能源股价涨超5%", "岚江电子涨超8%", 0),
        ("subjects_apart", "岚江电子：股票停牌一天", "珂维传感公告，股票停牌一天", 1),
        ("subjects_apart", "岚江电子：股票停牌一天", "岚江电子(TSLA.O)公告，停牌一天", 0),
        ("subjects_apart", "岚江电子：股票停牌一天", "珂维传感股票停牌一天", 0),
    ],
)
def test_contradictions(name: str, a: str, b: str, count: int) -> None:
    assert (
        value(name, a, b)
        == value(name, b, a)
        == pytest.approx(float(count) if "apart" in name else log1p(count))
    )


def test_a_text_with_and_without_its_headline_is_one_story() -> None:
    headline, text = "重磅！岚江电子年报出炉，净利12.6亿元，拟每10股派3元", "岚江电子公告年报。"
    other = "岚江电子年报点评：第三季度毛利率降至17.4%"
    titled, bare, bracketed = Post("", headline, text), post(text), post(f"【{headline}】{text}")
    assert group_stories([titled, bare, bracketed]) == [[0, 2, 1]]
    assert group_stories([titled, Post("", other, text)]) == [[0], [1]]  # two headlines are compared


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [
        ("美股船运股走高，晨曜能源涨5%。", "美股船运股下挫，晨曜能源跌5%。", True),
        ("美股船运股涨跌互现，晨曜能源涨5%。", "美股船运股下挫，晨曜能源跌5%。", False),
        ("晨曜能源涨5%，此前宣布收购珂维传感。", "晨曜能源跌2%，此前宣布收购珂维传感。", False),
    ],
)
def test_prices_that_turned_without_a_shared_reason(a: str, b: str, apart: bool) -> None:
    rarity = load_rarity()
    first, second = (read_evidence(post(text), rarity) for text in (a, b))
    assert turned(first, second) is turned(second, first) is apart


@pytest.mark.parametrize(
    "text",
    [
        "{}晚间披露回购方案，拟动用1亿至2亿元自有资金回购股份，用于股权激励。",
        "{}(300529)与宁川市政府签署战略合作协议，将投资建设新能源产业园。",
        "【{}被立案调查】{}收到证监会立案告知书，因涉嫌信息披露违法违规，证监会决定对公司立案。",
        "{}股票连续三个交易日内收盘价格涨幅偏离值累计超过20%，属于股票交易异常波动。",
        "澄湖财经7月8日消息，{}上半年净利润预增50%至80%。",
        "{}下调人民币存款利率，一年期定存降至1.05%，三年期降至1.35%。",
    ],
)
def test_others_of_whom_the_same_is_told_are_other_stories(text: str) -> None:
    names = ("翠屏科技", "凌汇科技", "瑞川银行", "桂江银行", "北辰")
    assert len(grouped(*(text.format(name, name) for name in names))) == len(names)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (
            "宁川银行今起下调存款利率，一年期定存降至1.05%，三年期降至1.35%。",
            "瑞海银行也宣布下调人民币存款挂牌价，一年期定存降至1.05%，三年期降至1.35%。",
        ),
        (
            "【宁川银行下调存款利率】宁川银行官网今日公布新的存款利率，三个月、六个月和一年期降至0.80%、1.05%、1.15%。",
            "【瑞海银行下调存款利率】瑞海银行今日起执行新的存款利率，三个月期0.80%，六个月期1.05%，一年期1.15%。",
        ),
        (
            "今日起，宁川银行下调存款利率，一年期定存降至1.05%，三年期降至1.35%。",
            "今日起存款再降息，瑞海银行下调人民币存款挂牌价，一年期定存1.05%，三年期1.35%。",
        ),
        (
            "翠屏医疗中标集采项目，涉及12345个医疗机构，协议期2年。",
            "海岚制药中标集采项目，涉及12345个医疗机构，协议期3年。",
        ),
    ],
)
def test_others_with_the_same_figures_are_other_stories(a: str, b: str) -> None:
    assert len(grouped(a, b)) == 2


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (("央行", "中国人民银行"), "{}今日开展530亿元7天期逆回购操作，中标利率1.40%，实现净投放30亿元。"),
        (("比特币", "BTC"), "{}跌破6万美元关口，现报59812.7美元，24小时跌3.84%，全网爆仓2.16亿美元。"),
        (("A股", "沪深两市"), "{}主要指数集体高开，沪指涨0.27%，报2731.46点，有色金属板块领涨。"),
    ],
)
def test_one_under_two_names_is_one_story(names: tuple[str, str], text: str) -> None:
    assert len(grouped(*(text.format(name) for name in names))) == 1


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (
            "央行：今日进行530亿元7天期逆回购，中标利率1.40%，净投放30亿元。",
            "央行公告称，今日向市场投放7天期逆回购资金530亿元，利率1.40%。今日有500亿元逆回购到期，"
            "实现净投放30亿元。",
            True,
        ),
        (
            "翠屏医疗：将以1亿元-2亿元回购公司股份，价格上限为38.01元/股。",
            "【翠屏医疗拟回购不超2亿元股份】翠屏医疗晚间披露回购方案，将动用1亿至2亿元自有资金，价格上限38.01元。",
            True,
        ),
        (
            "翠屏医疗：将以1亿元-2亿元回购公司股份，价格上限为38.01元/股。",
            "【海岚精工拟回购不超2亿元股份】海岚精工晚间披露回购方案，将动用1亿至2亿元自有资金，价格上限38.01元。",
            False,
        ),
        (
            "翠屏医疗：将以1亿元-2亿元回购公司股份，价格上限为38.01元/股。",
            "【翠屏医疗拟回购不超2亿元股份】翠屏医疗晚间披露回购方案，将动用1亿至2亿元自有资金，价格上限35.10元。",
            False,
        ),
        (
            "财报速递｜曜石半导体：上半年归母净利润0.51亿元，同比增36.20%，营收31.31亿元。",
            "【曜石半导体上半年净利增36.20%】曜石半导体今日晚间披露的半年报显示，公司上半年营收31.31亿元，归母净利0.51亿元，"
            "分别同比增长22.68%和36.20%。",
            True,
        ),
    ],
)
def test_figures_that_agree_throughout_tell_one_event_in_other_words(a: str, b: str, same: bool) -> None:
    assert (len(grouped(a, b)) == 1) is same


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (
            "霖州央行决定上调存款准备金率0.5个百分点，自4月15日起执行。",
            "霖州央行决定下调存款准备金率0.5个百分点，自4月15日起执行。",
        ),
        ("证监会同意岚江电子首次公开发行股票注册申请。", "证监会不同意岚江电子首次公开发行股票注册申请。"),
        (
            "岚江电子公告，拟以12.5亿元收购珂维传感51%股权。",
            "岚江电子公告，终止以12.5亿元收购珂维传感51%股权。",
        ),
        ("岚江电子公告，股东拟增持不超过2%股份。", "岚江电子公告，股东拟减持不超过2%股份。"),
        ("法院裁定受理岚江电子破产重整申请。", "法院裁定不予受理岚江电子破产重整申请。"),
        ("海州：首套房贷利率下限降至3.5%，二套降至3.9%。", "霖州：首套房贷利率下限降至3.5%，二套降至3.9%。"),
        ("法国队在海州展会展区面积1万平方米，企业200家。", "德国队在海州展会展区面积1万平方米，企业200家。"),
    ],
)
def test_the_opposite_or_the_same_of_others_is_another_story(a: str, b: str) -> None:
    assert grouped(a, b) == [[0], [1]]


def test_what_is_called_off_may_be_told_later_in_the_other_post() -> None:
    short = "岚江电子终止收购珂维传感51%股权，交易价格12.5亿元。"
    long = "岚江电子与珂维传感的交易生变。岚江电子终止收购珂维传感51%股权，交易价格12.5亿元，原定3月完成。"
    assert len(grouped(short, long)) == 1


def test_a_place_before_the_colon_is_part_of_the_opening() -> None:
    names = ("市场消息", "岚江电子", "海州", "上海")
    opening = [read_evidence(post(f"{name}：将裁员3000人。"), load_rarity()).opening for name in names]
    assert opening == ["将裁员0人", "岚江电子", "海州将裁员0人", "上海将裁员0人"]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        # Told by two media; in another order; of what ends; in other words of refusal.
        (
            "路透：珂维传感计划裁员3000人，约占员工总数10%。",
            "彭博：珂维传感计划裁员3000人，约占员工总数10%。",
        ),
        (
            "岚江电子：一季度营业收入102.5亿元，同比增加5.2%。净利润10.3亿元，同比减少3.1%。",
            "岚江电子：一季度净利润10.3亿元，同比减少3.1%。营业收入102.5亿元，同比增加5.2%。",
        ),
        (
            "岚江国央行结束加息周期。联邦基金利率目标区间下调25个基点至4.25%至4.5%。",
            "岚江国央行降息25个基点，联邦基金利率目标区间下调至4.25%至4.5%。",
        ),
        (
            "岚江电子公告称，董事会否决了股东提出的5.25亿元回购议案。",
            "岚江电子公告称，股东提出的5.25亿元回购议案未获董事会通过。",
        ),
    ],
)
def test_what_is_no_opposite(a: str, b: str) -> None:
    assert len(grouped(a, b)) == 1


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("3月5日，央行开展1234.5亿元逆回购操作。", "3月6日，央行开展1234.5亿元逆回购操作。"),
        ("远山科技一季度营收12.345亿元。", "远山科技三季度营收12.345亿元。"),
    ],
)
def test_the_same_figures_of_another_day_or_period_are_another_story(a: str, b: str) -> None:
    assert len(grouped(a, b)) == 2


def test_tables_are_compared_by_their_first_figures() -> None:
    rows = ["\n".join(f"| {600000 + i} | 1.{i * k % 997:03} |" for i in range(4000)) for k in (3, 5)]
    assert len(evidence(rows[0]).facts) == MOST_NUMBERS
    assert grouped(*(f"今日{name}行情如下。\n{table}" for name, table in zip("甲乙", rows, strict=True)))


def test_a_table_takes_linear_time() -> None:
    rows = "\n".join(f"| {600000 + i} | 1.{i % 100:02} | 4.56 |" for i in range(20_000))
    assert grouped("今日行情如下。\n" + rows, "有" * 200_000, FIRE) == [[0], [1], [2]]


def test_the_packaged_table_and_trees_are_small_and_fit_the_features() -> None:
    assert TABLE.stat().st_size + MODEL.stat().st_size <= 360_000
    assert tuple(json.loads(MODEL.read_text("utf-8"))["features"]) == FEATURES
    assert len(load_same_story().trees) > 100


def test_trees_of_other_features_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "trees.json"
    path.write_text(json.dumps({"features": list(FEATURES[1:]), "bias": 0.0, "trees": []}), encoding="utf-8")
    monkeypatch.setattr("newsml.digest.same_story.MODEL", path)
    with pytest.raises(ValueError, match="other features"):
        load_same_story.__wrapped__()


def test_a_sum_of_trees() -> None:
    contained = FEATURES.index("contained")
    model = SameStory(-1.0, ((contained, 0.9, -2.0, (contained, 2.0, 3.0, 9.0)), 0.5))
    text = "翠屏医疗获得心脏支架注册证。"
    assert model.log_odds(evidence(text), evidence(text)) == -1.0 + 3.0 + 0.5 + AGREED
    assert model.log_odds(evidence(text), evidence("海岚精工中标城轨项目。")) == -inf
    assert model.log_odds(evidence(text), evidence("国际油价小幅收高。")) == -1.0 - 2.0 + 0.5


@pytest.mark.parametrize(
    ("a", "b", "missing"),
    [
        ("销量37.74万辆。", "销量377423辆。", 0.0),
        ("利率下调35个基点。", "利率下调0.35个百分点。", 0.0),
        ("股价跌35个基点。", "股价跌0.35个百分点。", 0.0),
        ("派息1.1亿元。", "派息11000万元。", 0.0),
        ("销量37.74万辆。", "销量37.94万辆。", 1.0),
        ("利率下调50个基点。", "利率下调50元。", 1.0),
    ],
)
def test_figures_are_the_same_in_other_units_and_rounded(a: str, b: str, missing: float) -> None:
    assert value("figures_missing", a, b) == missing


@pytest.mark.parametrize(
    ("a", "b", "apart"),
    [
        ("宁川银行下调存款利率。", "瑞海银行下调存款利率。", True),
        ("今日起，宁川银行下调存款利率。", "存款利率再降，瑞海银行跟进。", True),
        ("宁川银行下调存款利率。", "存款利率再降，宁川银行、瑞海银行跟进。", False),
        ("宁川银行下调存款利率。", "存款利率再降，多家银行跟进。", False),
        ("宁川银行下调存款利率。", "存款利率再度下调。", False),
        ("六大银行下调存款利率。", "国有大银行下调存款利率。", False),
        ("促进科技成果转化的意见印发。", "加快科技成果转化，意见今日印发。", False),
        ("央行：支持科技创新再贷款扩容。", "央行：推动科技创新再贷款扩容。", False),
        ("全国银行间同业拆借中心公布利率。", "宁川银行转载利率。", False),
    ],
)
def test_posts_that_begin_with_other_companies_are_apart(a: str, b: str, apart: bool) -> None:
    assert others(evidence(a), evidence(b)) is apart


def test_rarity_of_a_table_written_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.npz"
    save_rarity(1000, [("收涨于", 500), ("北向资", 10)], path)
    monkeypatch.setattr("newsml.digest.rarity.TABLE", path)
    read = load_rarity.__wrapped__()
    common, rarer, unseen = read.weigh(["收涨于", "北向资", "珂维传"]).values()
    assert common < rarer < unseen == Rarity(1000, {}).weigh(["收涨于"])["收涨于"]


@pytest.mark.parametrize(
    ("text", "spelt"),
    [
        ("中国人民银行公布贷款市场报价利率(LPR)。", "央行公布LPR。"),
        ("石油输出国组织及其盟友与欧佩克", "OPEC+与OPEC"),
        ("归属于上市公司股东的净利润同比增长、净利率", "归母净利润同比增、净利率"),
        ("上证指数、恒生科技指数、恒生指数", "沪指、恒生科指、恒指"),
        ("国内生产总值(GDP)与居民消费价格指数", "GDP与CPI"),
        ("降准0.5个百分点、下调存款准备金率半个百分点", "下调准备金率0.5个百分点、下调准备金率0.5个百分点"),
        ("BTCUSDT", "BTCUSDT"),
    ],
)
def test_one_spelling(text: str, spelt: str) -> None:
    assert SPELLINGS.replace(text) == spelt


def test_figures_belong_to_what_is_named_before_them() -> None:
    found = evidence(
        "LPR出炉：1年期报3.0%，5年期以上报3.5%。沪指涨0.63%，医药板块涨2.1%，深证成指涨0.98%。"
    ).measures
    assert {name: [value for _, value in numbers] for name, numbers in found.items()} == {
        "LPR": [3.0, 3.5],
        "沪指": [0.63],
        "深成指": [0.98],
    }
    assert evidence("霖州化工园区17日起火，32辆消防车赶赴现场。").measures == {}


def test_acts_are_told_in_several_words() -> None:
    assert find_acts("岚江电子换帅", 9) == find_acts("岚江电子总裁辞任", 9) == ({"换人"}, {"换人"})
    assert find_acts("岚江电子总裁辞任，公司拟分红", 9) == ({"换人", "分红"}, {"换人"})


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (
            "11月LPR报价：1年期3.1%，5年期以上3.6%。",
            "贷款市场报价利率不变，1年期报3.1%，5年期以上报3.6%。",
            True,
        ),
        ("11月LPR报价：1年期3.1%，5年期以上3.6%。", "10月LPR报价：1年期3.1%，5年期以上3.6%。", False),
        (
            "11月LPR报价：1年期3.1%，5年期以上3.6%。",
            "贷款市场报价利率下降，1年期报3.0%，5年期以上报3.5%。",
            False,
        ),
        ("收盘沪指涨0.71%，深成指涨1.12%。", "上证指数收高0.71%，深证成指收高1.12%。", True),
        ("收盘沪指涨0.71%，深成指涨1.12%。", "上证指数收高0.71%。", False),
    ],
)
def test_two_figures_for_the_same_things_are_enough(a: str, b: str, same: bool) -> None:
    assert concur(evidence(a), evidence(b)) is same


@pytest.mark.parametrize(
    ("b", "same"),
    [
        ("澜图软件(LTSF.O)盘前涨31%，此前宣布与云崖数据平台全面整合广告业务。", True),
        ("澜图软件(LTSF.O)盘前涨31%，此前公布第二季度营收1.5亿美元。", False),
        ("珂维传感(KVSN.O)盘前涨31%，此前宣布与云崖数据平台全面整合广告业务。", False),
    ],
)
def test_moves_of_one_share_for_one_reason(b: str, same: bool) -> None:
    a = "澜图软件(LTSF.O)涨约19%，此前宣布与云崖数据平台全面整合广告业务。"
    assert share_cause(evidence(a), evidence(b)) is same


def test_a_round_up_is_not_the_story_of_one_of_its_news() -> None:
    item = "【岚江电子回购股份】岚江电子拟以5.25亿元回购股份。"
    round_up = item + "【霖州楼市新政】首套房首付降至15%。【国际油价收跌】布伦特原油跌2.1%。"
    assert collects(evidence(item), evidence(round_up))
    assert grouped(item, round_up) == [[0], [1]]


def test_a_text_that_another_repeats_with_little_more() -> None:
    text = "翠屏医疗获得心脏支架注册证，产品将于下月上市销售"
    for other, same in ((text + "，公司公告。", True), (text + "。" + FIRE, False), ("5月1日" + text, True)):
        assert repeats(compare(evidence(text), evidence(other))) is same


def test_noon_and_close_are_two_stories() -> None:
    assert grouped("午评：沪指涨0.42%，医药股走强。", "收评：沪指涨0.42%，医药股走强。") == [[0], [1]]


def test_spans_of_days_are_no_dates() -> None:
    assert evidence("近5日累计跌580元，8月29日报价7.44万元。").days == {"29"}
