"""One spelling for what financial news calls by several names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

_NAMES = {
    # Institutions.
    "央行": "中国人民银行|中国央行|人民银行",
    "美联储": "美国联邦储备委员会|美国联邦储备系统|美国联储",
    "欧洲央行": "欧洲中央银行|欧央行",
    "英国央行": "英格兰银行|英央行",
    "日本央行": "日本银行(?![股业])",
    "印度央行": "印度储备银行",
    "澳洲联储": "澳大利亚央行|澳大利亚联储|澳储行|澳联储",
    "证监会": "中国证券监督管理委员会|证券监督管理委员会|中国证监会",
    "金融监管总局": "国家金融监督管理总局",
    "市场监管总局": "国家市场监督管理总局",
    "发改委": "国家发展和改革委员会|国家发展改革委|国家发改委",
    "工信部": "工业和信息化部",
    "药监局": "国家药品监督管理局|国家药监局",
    "外汇局": "国家外汇管理局|外管局",
    "住建": "住房和城乡建设|住房城乡建设",
    "上交所": "上海证券交易所",
    "深交所": "深圳证券交易所",
    "北交所": "北京证券交易所",
    "港交所": "香港联合交易所|香港交易所|香港联交所|联交所",
    "上期所": "上海期货交易所",
    "大商所": "大连商品交易所",
    "郑商所": "郑州商品交易所",
    "广期所": "广州期货交易所",
    "美国SEC": "美国证券交易委员会|美国证交会",
    "OPEC": "石油输出国组织|欧佩克",
    "OPEC+": "石油输出国组织及其盟友|石油输出国组织及其减产同盟国|欧佩克及其盟友",
    # What is measured.
    "LPR": "贷款市场报价利率",
    "GDP": "国内生产总值|经济(?=同比)",
    "CPI": "居民消费价格指数|居民消费价格|消费者物价指数|消费者价格指数",
    "PPI": "工业生产者出厂价格指数|工业生产者出厂价格|生产者物价指数|生产者价格指数",
    "PMI": "采购经理人指数|采购经理指数",
    "M1": "狭义货币供应量|狭义货币",
    "M2": "广义货币供应量|广义货币",
    "下调准备金率": "降准",
    "准备金率": "存款准备金率",
    "非农就业": "非农新增就业|非农业就业|非农业部门|非农就业人口|非农就业人数",
    "人民币中间价": "人民币兑美元中间价|人民币对美元中间价|人民币兑美元汇率中间价|人民币对美元汇率中间价"
    "|人民币汇率中间价",
    "沪指": "上证综合指数|上证综指|上证指数|沪综指",
    "深成指": "深证成份指数|深证成指",
    "创业板指": "创业板指数|创指",
    "恒指": "恒生指数",
    "恒生科指": "恒生科技指数|恒科指",
    "道指": "道琼斯工业平均指数|道琼斯工业指数|道琼斯指数",
    "纳指": "纳斯达克综合指数|纳斯达克综指|纳斯达克指数|纳综指",
    "标普500": "标普500指数|标准普尔500指数|标准普尔500|标普指数",
    "日经指数": "日经225指数|日经225|日经平均指数",
    "KOSPI": "韩国综合股价指数|韩国综合指数|首尔综指",
    "美油": "WTI原油|WTI",
    "布油": "布伦特原油|布伦特",
    "现货黄金": "伦敦金现|伦敦金|国际金价",
    "伦铜": "LME期铜|LME铜",
    "比特币": "BTC(?![A-Z])",
    "以太坊": "以太币|ETH(?![A-Z])",
    "归母净利润": "归属于上市公司股东的净利润|归属上市公司股东的净利润|归属于母公司股东的净利润"
    "|归属于母公司所有者的净利润|归属于上市公司股东净利润|归属于本行股东的净利润|归属于本行股东净利润|归母净利(?!润)",
    "净利润": "净利(?![润率息差])",
    "营收": "营业总收入|营业收入|总营收",
    # How it changed, and when.
    "同比增": "同比增长|同比增加|同比上升|同比上涨|按年增长|按年增加|按年上升|按年升",
    "同比降": "同比下降|同比下滑|同比减少|按年下降|按年下跌|按年减少|按年跌",
    "环比增": "环比增长|环比增加|环比上升|环比上涨|按月上升|按月升|按季上升|按季升",
    "环比降": "环比下降|环比下滑|环比减少|按月下跌|按月跌|按季下跌|按季跌",
    "0.5个百分点": "半个百分点",
    "0.25个百分点": "四分之一个百分点",
    "前三季度": "前三个季度|1-9月|1至9月|前九个月|前9个月",
    "1季度": "首季(?!度)|首季度",
    "1年期": "一年期",
    "5年期": "五年期",
    "7天期": "七天期",
}


class Lexicon:
    """Names by the spellings they have in texts, found in one search.

    Args:
        names: name -> its spellings, between bars. Each begins with a plain character, by which the search
            is fast; a lookahead may follow it, and so may, in a text, a name of ASCII in brackets.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        spelt = [(other, name) for name, others in names.items() for other in others.split("|")]
        self._names = {_literal(other): name for other, name in spelt}
        behind: dict[str, list[str]] = defaultdict(list)  # by first character, of one the longest first
        for other, name in sorted(spelt, key=lambda pair: -len(_literal(pair[0]))):
            behind[other[0]].append(other[1:] + (rf"(?:\({re.escape(name)}\))?" if name.isascii() else ""))
        self._pattern = re.compile("|".join(f"{first}(?:{'|'.join(rest)})" for first, rest in behind.items()))

    def find(self, text: str) -> Iterator[tuple[int, str]]:
        """Yield where names stand in a text."""
        for found in self._pattern.finditer(text):
            yield found.start(), self._name(found)

    def replace(self, text: str) -> str:
        """Return a text with each spelling replaced by its name."""
        return self._pattern.sub(self._name, text)

    def _name(self, found: re.Match[str]) -> str:
        return self._names[found[0].partition("(")[0]]


def _literal(other: str) -> str:
    return other.partition("(?")[0]


SPELLINGS = Lexicon(_NAMES)
"""For texts in NFKC and without spaces."""
