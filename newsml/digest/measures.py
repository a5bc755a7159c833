"""What the figures of a text measure, and what kinds of acts it tells of."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from newsml.digest.spelling import Lexicon

MEASURES = Lexicon(
    {
        name: name
        for name in (
            "沪指 深成指 创业板指 科创50 北证50 沪深300 恒指 恒生科指 道指 纳指 标普500 日经指数 "
            "KOSPI 美元指数 DAX 富时 美油 布油 原油 现货黄金 现货白银 黄金期货 沪金 沪银 沪铜 沪铝 "
            "沪锌 沪镍 沪铅 沪锡 伦铜 伦铝 伦锌 伦镍 伦铅 伦锡 碳酸锂 多晶硅 工业硅 焦煤 焦炭 铁矿石 "
            "螺纹钢 纯碱 豆粕 生猪 比特币 以太坊 人民币中间价 在岸人民币 离岸人民币 日元 欧元 LPR MLF "
            "逆回购 准备金率 收益率 联邦基金利率 存款机制利率 基准利率 现金利率 回购利率 存款利率 "
            "净回笼 净投放 GDP CPI PPI PMI M1 M2 社会融资 社融 失业率 非农就业 零售 工业增加值 投资 "
            "出口 进口 顺差 逆差 外汇储备 黄金储备 归母净利润 净利润 扣非 亏损 预亏 营收 收入 "
            "每股收益 毛利率 净息差 不良 拨备 交付 销量 产量 增产 减产 库存 成交 北向资金 南向资金 "
            "爆仓 募资 作价 股权 罚款 罚没 票房 确诊 死亡 遇难 受伤"
        ).split()
    }
)
"""Indices, prices and indicators."""

ACTS = Lexicon(
    {
        "收购": "收购|并购|买下|购买资产|接盘|受让|吸收合并|吸并|重组|入主",
        "出售": "出售|剥离|甩卖|转让|卖掉",
        "减持": "减持|套现|卖股",
        "增持": "增持|举牌",
        "否认": "不实|不属实|否认|辟谣|谣言|澄清|造谣|传闻|网传|假的|假消息|误读|更正",
        "换人": "辞职|辞任|辞去|离任|卸任|换帅|接任|接棒|出任|当选|选举|任命"
        "|聘任|执掌|上任|解职|不再担任|辞呈",
        "立案": "立案|被查|被带走|强制措施|审查|违纪|涉嫌|刑拘",
        "处罚": "罚款|罚单|被罚|罚没|处罚|警告|谴责|公开批评",
        "上市": "IPO|招股|挂牌|递表|过会|首发|上市首日",
        "停产": "停产|停采|停工|暂停生产|不可抗力|停止生产",
        "灾害": "起火|火灾|火情|着火|地震|强震|爆炸|坍塌|垮塌|倒塌|台风|洪水|暴雨|坠机|坠毁|失事",
        "预告": "预计|预增|预告|指引|预亏",
        "裁员": "裁员|裁减|优化人员",
        "召回": "召回",
        "获批": "获批|批准|批件|注册证|许可|放行|同意注册",
        "调息": "降息|加息|利率下调|利率上调|下调利率|上调利率|利率降至|利率升至"
        "|利率不变|按兵不动|利率决议|维持利率",
        "限购": "限购|不限套数|限制套数|购房资格|购房不再|放宽购房|房地产政策",
        "征求意见": "征求意见|意见稿",
        "签约": "签署|签订|签约|订单|中标|接单|大单|定点",
        "突破": "突破|站上|升破|冲上|新高",
        "跌破": "失守|跌破|跌穿|新低",
        "诉讼": "起诉|诉讼|法院|判决|裁定|驳回|胜诉|败诉",
        "违约": "违约|逾期|展期|未能支付|宽限期",
        "停牌": "停牌|复牌|临停",
        "分红": "分红|派息|派现|派发|股息|利润分配",
        "增发": "定增|募资|增发|配售|向特定对象发行",
        "关税": "关税|反倾销|加征|反补贴",
        "管制": "制裁|出口管制|禁令|实体清单",
        "涨价": "涨价|提价|上调价格|价格上调",
        "降价": "降价|下调价格|价格下调|促销",
        "收盘": "收盘|收涨|收跌|收报|收评|收高|收低",
        "午盘": "午评|午盘|午间收盘|半日成交",
        "业绩": "净利润|营收|季报|年报|半年报|业绩|财报|财季",
    }
)
"""Kinds of acts, by the words that tell of them."""

FAR = 12
"""Characters between a name, or a figure of it, and the next figure, from which on that is another's."""

_NOT_MEASURED = re.compile("年|天期|个?月|季度|日|合约|[只个]")
_BREAK = re.compile("[。;【】!?]|板块")

Measured = Mapping[str, Mapping[tuple[str, float], int]]
"""What is measured -> the kind of its unit and a number -> the significant digits that write it."""


def read_measures(text: str, numbers: Iterable[tuple[int, int, tuple[str, float], int]]) -> Measured:
    """Return what a text says of each thing that it measures: the figures behind its name in a sentence.

    Args:
        text: in the one spelling.
        numbers: where each begins and ends, its unit and value, and its digits, in order.
    """
    marks = [(start, name) for start, name in MEASURES.find(text)]
    if not marks:
        return {}
    marks += [(found.start(), "") for found in _BREAK.finditer(text)]
    marks.sort(reverse=True)
    measured: dict[str, dict[tuple[str, float], int]] = defaultdict(dict)
    name, last = "", 0
    for start, end, number, digits in numbers:
        while marks and marks[-1][0] < start:
            last, name = marks.pop()
        if name and start - last < FAR:
            last = end
            if not _NOT_MEASURED.match(text, end):
                measured[name][number] = digits
    return measured


def find_acts(text: str, head: int) -> tuple[frozenset[str], frozenset[str]]:
    """Return the kinds of acts that a text tells of, and those within so many of its first characters."""
    found = list(ACTS.find(text))
    return frozenset(act for _, act in found), frozenset(act for start, act in found if start < head)
