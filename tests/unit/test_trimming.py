"""What a headline may leave out of a clause."""

from __future__ import annotations

import pytest

from newsml.summarization.trimming import cut_clause, names_speaker

# The optional parts stand in ⟦⟧.
SPEAKERS = [
    "外交部⟦发言人王一周三在例行记者会上表示⟧",
    "远山科技⟦公告⟧",
    "远山科技⟦1月28日晚间公告⟧",
    "远山科技⟦在互动平台表示⟧",
    "远山科技⟦于3月5日发布公告称⟧",
    "⟦近日⟧远山科技⟦首席执行官在一份声明中表示⟧",
    "⟦当地时间1月20日，⟧北国卫生部⟦发布通报⟧",
    "⟦据⟧北国卫生部⟦当地时间27日下午消息⟧",
    "⟦根据⟧统计部门⟦公布的数据⟧",
    "青山证券⟦研报认为⟧",
    "青山证券⟦首席经济学家李二最新发表的文章称⟧",
    "国家统计局⟦局长今日在发布会上介绍⟧",
    "北国总理⟦对此回应⟧",
    "一位接近公司的人士⟦透露⟧",
    "青山证券⟦首席全球策略师在报告中说⟧",
    "远山集团⟦副总裁表示⟧",
    "商务部⟦有关负责人表示⟧",
    "市长⟦对居民们说⟧",
    "北国央行⟦公布的数据显示⟧",
    "业内人士⟦就此指出⟧",
    "北国卫生部长⟦在接受采访时表示⟧",
    "青山基金⟦的固定收益主管表示⟧",
    "远山银行⟦的一位发言人称⟧",
    "北国央行⟦副行长8日表示⟧",
    "青山银行⟦驻望海市高级策略师李二表示⟧",
    "青山证券市场部⟦中国区主管李二表示⟧",
    "上述负责人⟦表示⟧",
    "远山集团⟦同时表示⟧",
    "远山集团⟦随后表示⟧",
    "青山证券⟦宏观市场策略师李二表示⟧",
    "远山科技回应记者⟦称⟧",
    "“订单充足。”⟦她表示⟧",
    "有研新材⟦公告⟧",
    "股票市场⟦分析师李二说⟧",
    "远山科技回应⟦称⟧",
    "青山证券⟦联席首席经济学家、研究所副所长李二称⟧",
    "青山证券⟦A股策略分析师李二称⟧",
    "望海研究院综合形势研究室⟦主任、研究员李二表示⟧",
]
OTHERS = [
    "⟦3月5日，⟧远山科技涨停",
    "⟦截至2月11日收盘后⟧指数涨2%",
    "远山科技⟦近日⟧签下大单",
    "远山科技⟦周三晚间⟧收购青山",
    "远山科技⟦（600000）⟧涨停",
    "远山⟦股份有限公司⟧北方分行行长被查",
    "预计2021年⟦实现归属于上市公司股东的⟧净利润2亿元",
    "青山化工⟦有限公司⟧停产",
    "远山科技股份有限公司和青山化工⟦有限公司⟧获批",
]
WHOLE = [
    "远山科技拟于3月5日召开股东会",
    "将在周三公布结果",
    "截至3月5日的一周",
    "从3月5日起停牌",
    "3月5日至7日休市",
    "1月20日上午10时",
    "外交部没有就此表示",
    "公司未在公告中披露",
    "公司拟在下周宣布",
    "公司否认此前的报道",
    "10日均线上行",
    "股票的首次授予日为1月17日",
    "青山公司债发行",
    "青山有限公司债券违约",
    "大数据产业规模扩大",
    "公开数据显示",
    "晨光日报刊发国家统计局的文章称",
    "净利润2亿元",
    "现在要看数据",
    "公告",
    "3月5日",
    "据悉",
    "据报道",
    "据此公告",
    "对20位经济学家的调查显示",
    "毒株的基因组分析显示",
    "青山（北方）化工厂停产",
    "远山科技在当地时间2月8日公开致歉",
    "对房企来说",
    "有员工透露",
    "望海的一名高级经济学家警告",
    "截至12月31日止全年营收12亿元",
    "1月7日晚间的一则公告",
    "有业内人士对记者表示",
    "⟦近日⟧有分析师在报告中表示",
    "一则公告显示",
    "李二正在回答有关新区的问题时表示",
    "李二会见王一后表示",
    "",
]


def show(clause: str, *, told: bool = False) -> str:
    parts = cut_clause(clause, (0, len(clause)), told=told)
    optional = dict(part.spans[0] for part in parts if part.optional)
    ends = set(optional.values())
    marked = "".join("⟧" * (i in ends) + "⟦" * (i in optional) + char for i, char in enumerate(clause))
    return marked + "⟧" * (len(clause) in ends)


@pytest.mark.parametrize("marked", [*SPEAKERS, *OTHERS, *WHOLE])
def test_optional_parts(marked: str) -> None:
    assert show(marked.replace("⟦", "").replace("⟧", "")) == marked


@pytest.mark.parametrize("marked", SPEAKERS)
def test_parts_make_up_the_clause_core_first(marked: str) -> None:
    clause = marked.replace("⟦", "").replace("⟧", "")
    core, *optional = cut_clause(clause, (0, len(clause)))
    assert not core.optional and all(part.optional for part in optional)
    spans = sorted(span for part in (core, *optional) for span in part.spans)
    assert "".join(clause[start:end] for start, end in spans) == clause
    assert sum(part.size for part in (core, *optional)) == len(clause)


def test_a_subject_that_the_speaker_has_named_can_go() -> None:
    assert show("公司拟收购青山化工", told=True) == "⟦公司⟧拟收购青山化工"
    assert show("该公司计划提价", told=True) == "⟦该公司⟧计划提价"
    assert show("公司拟收购青山化工") == "公司拟收购青山化工"
    assert show("公司的利润下降", told=True) == "公司的利润下降"


def test_names_speaker() -> None:
    assert names_speaker("远山科技表示", (0, 6)) and names_speaker("分析师称", (0, 4))
    for clause in ("公司简称", "据说", "业绩学说", "净利润下降", ""):
        assert not names_speaker(clause, (0, len(clause))), clause
