"""What a salience model learns from, what it says, and how that becomes a summary."""

import json
import random

import numpy as np
import pytest

from newsml.dataset.salience import (
    MAX_HEADLINE,
    build_salience_examples,
    choose_oracle,
    matched,
    split_salience_examples,
)
from newsml.domain import Post, Unusable
from newsml.errors import ModelError, UsageError
from newsml.model.classifier import load_model
from newsml.model.layout import Layout
from newsml.model.salience import CHANNELS, Salience, load_salience_spec, owners
from newsml.summarization import STYLES
from newsml.summarization.model import load_summarizer, summarize_by_salience
from newsml.summarization.salient import choose_headline, choose_highlight
from newsml.text import split_clauses, split_sentences
from tests.conftest import write_jsonl

TEXT = "3月5日，远山科技（301234.SZ）公告，拟回购股份1亿元。公司表示，资金来自自有资金。分析人士看好后市。"


def spans(pieces):
    return [(piece.start, piece.end) for piece in pieces]


def salience_by(text, **channels):
    """A salience of one token a character, each channel a function of the character's place."""
    values = np.zeros((len(text), len(CHANNELS)))
    for name, function in channels.items():
        values[:, CHANNELS.index(name)] = [function(i) for i in range(len(text))]
    return Salience(tuple((i, i + 1) for i in range(len(text))), values, len(text))


def test_an_oracle_takes_the_pieces_of_the_reference():
    pieces = spans(split_clauses(TEXT))
    chosen = choose_oracle(TEXT, pieces, "拟回购股份1亿元 资金来自自有资金", 5)
    assert [TEXT[slice(*pieces[i])] for i in chosen] == ["拟回购股份1亿元。", "资金来自自有资金。"]
    assert choose_oracle(TEXT, pieces, "毫无瓜葛", 5) == []
    assert len(choose_oracle(TEXT, pieces, TEXT, 2)) == 2


def test_an_oracle_among_very_many_pieces():
    text = "".join(f"第{i}项指标持平。" for i in range(200)) + "央行宣布降准。"
    pieces = spans(split_sentences(text))
    assert choose_oracle(text, pieces, "央行宣布降准", 3) == [200]


def test_matched_characters_are_in_order():
    assert matched("甲乙丙丁", [(0, 4)], "乙丁甲") == [1, 3]
    assert matched("甲乙丙丁", [(2, 4)], "甲乙") == []


def test_examples_of_each_kind_of_gold():
    long = "。".join(["公司" + "拟回购股份" * 3] * 6)
    assert len(long) > MAX_HEADLINE
    posts = [
        Post("a", "", TEXT, summary="远山科技拟回购股份1亿元"),
        Post("b", "", TEXT, highlights=((0, 31),)),
        Post("c", "远山科技回购", TEXT),
        Post("d", "", TEXT, summary=long),
        Post("e", "3月5日", TEXT),  # its title stands in the text: no gold
        Post("f", "", TEXT),
        Unusable("g", "broken"),
    ]
    seen = []
    headline, bold, titled, brief = build_salience_examples(posts, seen.append)
    assert [bad.id for bad in seen] == ["g"]
    assert TEXT[slice(*headline.clauses[headline.headline[-1]])] == "拟回购股份1亿元。"
    assert headline.kept and headline.brief == (0,) and not headline.marked
    assert bold.headline is None and bold.bold == (0, 2) and bold.marked == ((0, 31),)
    assert titled.reference == "远山科技回购" and titled.headline
    assert brief.headline is None and brief.brief is not None


def test_a_split_keeps_likes_together_and_spreads_kinds():
    rng = random.Random(2)
    posts = [
        Post(
            str(i),
            "",
            f"{''.join(rng.sample('甲乙丙丁戊己庚辛壬癸子丑寅卯', 9))}，涨{i}。",
            highlights=((0, 5),),
        )
        if i % 2
        else Post(str(i), "", f"{''.join(rng.sample('天地玄黄宇宙洪荒日月盈昃', 9))}，跌{i}。", summary="跌")
        for i in range(60)
    ]
    examples = build_salience_examples([*posts, *posts])
    train, validation = split_salience_examples(examples, validation_share=0.2, seed=1)
    assert len(train) + len(validation) == 120
    assert not {e.text for e in train} & {e.text for e in validation}
    assert {bool(e.marked) for e in validation} == {True, False}


def test_tokens_belong_to_the_span_of_their_last_character():
    assert owners([(0, 2), (2, 5), (5, 6), (7, 9)], [(0, 3), (4, 6)]).tolist() == [0, 1, 1, -1]
    assert owners([], [(0, 1)]).tolist() == []
    salience = salience_by("甲乙丙", headline=float)
    assert salience.of("headline", [(0, 2), (2, 3)]).tolist() == [0.5, 2.0]
    assert np.isnan(salience.of("headline", [(5, 6)])).all()


def test_a_headline_takes_likely_clauses_and_leaves_dates_and_asides():
    wanted = range(TEXT.index("远山"), TEXT.index("。"))
    salience = salience_by(
        TEXT,
        headline=lambda i: 5.0 if i in wanted or i < 5 else -5.0,
        kept=lambda i: -5.0 if i < 5 or "（" <= TEXT[i] <= "）" or TEXT[i] in "301234.SZ" else 5.0,
    )
    chosen = choose_headline(TEXT, spans(split_clauses(TEXT)), salience)
    assert " ".join(TEXT[a:b] for a, b in chosen) == "远山科技 公告 拟回购股份1亿元"


def test_a_headline_takes_along_what_its_clauses_lean_on():
    text = "天气晴好，远山科技净利润4亿元，同比增长5%。分析师认为，股价会上涨。"
    clauses = spans(split_clauses(text))

    def told(clause, **channels):
        start, end = next(span for span in clauses if text[slice(*span)].startswith(clause))
        salience = salience_by(text, headline=lambda i: 6.0 if start <= i < end else -6.0, kept=lambda i: 6.0)
        return " ".join(text[a:b] for a, b in choose_headline(text, clauses, salience))

    assert told("同比") == "远山科技净利润4亿元 同比增长5%"
    assert told("股价") == "分析师 股价会上涨"


def test_a_headline_leaves_what_its_clause_reads_without_but_never_at_its_end():
    speaker = "外交部发言人周三在例行记者会上表示"

    def told(text: str) -> str:
        at = text.index(speaker)
        salience = salience_by(
            text,
            headline=lambda i: 5.0,
            kept=lambda i: -4.0 if at + 3 <= i < at + len(speaker) else 5.0,
        )
        return " ".join(text[a:b] for a, b in choose_headline(text, spans(split_clauses(text)), salience))

    assert told(f"{speaker}，双方将恢复航班。") == "外交部 双方将恢复航班"
    assert told(f"双方将恢复航班，{speaker}。") == f"双方将恢复航班 {speaker}"


def test_a_headline_passes_over_what_is_no_better_with_what_it_needs():
    text = "虽然今年以来各地天气一直不是十分晴好，订单有所回落，拟回购股份。远山科技增资。"
    wanted = {text.index("拟"): 3.0, text.index("远山"): 2.0}

    def headline(i):
        return next((odds for start, odds in wanted.items() if start <= i < start + 6), -6.0)

    salience = salience_by(text, headline=headline, kept=lambda i: 6.0)
    chosen = choose_headline(text, spans(split_clauses(text)), salience)
    assert [text[a:b] for a, b in chosen] == ["订单有所回落", "拟回购股份", "远山科技增资"]
    (short,) = choose_headline(text, spans(split_clauses(text)), salience, max_chars=9)
    assert text[slice(*short)] == "远山科技增资"


@pytest.mark.parametrize(("odds", "where"), [(6.0, "near far"), (-1.15, "near"), (-3.0, "")])
def test_a_headline_takes_a_far_clause_only_where_it_gains_by_it(odds, where):
    near, far = "远山科技拟回购股份一亿元，青山钢铁上调报价，", "各地天气晴好。"
    for name, text in (("near", near + far), ("far", near.replace("，青山", f"，{far[:-1]}，青山"))):
        at = {"远山": 6.0, "青山": odds}
        starts = {text.index(word): value for word, value in at.items()}

        def headline(i, starts=starts):
            return next((value for start, value in starts.items() if start <= i < start + 9), -6.0)

        salience = salience_by(text, headline=headline, kept=lambda i: 6.0)
        told = [text[a:b] for a, b in choose_headline(text, spans(split_clauses(text)), salience)]
        assert ("青山钢铁上调报价" in told) == (name in where.split()), told


def test_a_headline_does_not_say_a_thing_twice():
    text = "远山科技回购股份，远山科技回购股份，股价上涨。"
    salience = salience_by(text, headline=lambda i: 4.0, kept=lambda i: 4.0)
    chosen = choose_headline(text, spans(split_clauses(text)), salience)
    assert "".join(text[a:b] for a, b in chosen).count("回购") == 1


def test_a_headline_is_one_line_and_takes_no_notice():
    text = "央行开展逆回购\n责任编辑：小王\n央行今日开展1000亿元逆回购操作，维护流动性。（望海日报）"
    salience = salience_by(text, headline=lambda i: 4.0, kept=lambda i: 4.0)
    told = summarize_by_salience(text, salience, style="headline").text
    assert "\n" not in told and "小王" not in told and "日报" not in told and "1000亿元" in told


def test_a_tag_in_brackets_is_no_headline():
    text = "【快讯】" + TEXT
    salience = salience_by(text, headline=lambda i: 4.0, kept=lambda i: 4.0)
    assert summarize_by_salience(text, salience, style="headline").text != "快讯"


@pytest.mark.parametrize("text", ["50日元兑人民币汇率走高。", "20日均线上方运行。", "今日头条发布年报。"])
def test_no_word_is_cut_for_a_date(text):
    salience = salience_by(text, headline=lambda i: 4.0, kept=lambda i: -4.0 if i < 3 else 4.0)
    assert summarize_by_salience(text, salience, style="headline").text == text.rstrip("。")


def test_a_title_in_brackets_is_the_headline():
    text = "【远山科技拟回购】" + TEXT
    salience = salience_by(text)
    assert [text[a:b] for a, b in choose_headline(text, spans(split_clauses(text)), salience)] == [
        "远山科技拟回购"
    ]


def test_a_highlight_is_the_run_with_the_best_expectation():
    clauses = spans(split_clauses(TEXT))
    first = salience_by(
        TEXT,
        first=lambda i: 6.0 if i < clauses[0][1] else -6.0,
        last=lambda i: 6.0 if clauses[2][0] <= i < clauses[2][1] else -6.0,
    )
    assert choose_highlight(TEXT, clauses, first) == (0, clauses[2][1])
    # Between two far ends that are as likely, a run in the middle of both is the safest.
    unsure = salience_by(TEXT, first=lambda i: 6.0 if i < 5 else -6.0, last=lambda i: 0.0)
    end = choose_highlight(TEXT, clauses, unsure)[1]
    assert clauses[0][1] < end < clauses[-1][1]
    assert (
        choose_highlight(TEXT, clauses, first, max_chars=8)[1]
        - choose_highlight(TEXT, clauses, first, max_chars=8)[0]
        <= 8
    )
    assert choose_highlight(TEXT, [], first) is None


def test_a_brief_of_counted_sentences_prefers_the_first():
    text = "远山科技产能偏紧。订单增长一成。公司不派息。"

    def told(by, **budget):
        salience = salience_by(text, brief=lambda i: by * (9 <= i < 16))
        return summarize_by_salience(text, salience, style="brief", **budget).text

    assert told(0.9, sentences=1) == told(0.9) == "远山科技产能偏紧。"
    assert told(1.6, sentences=1) == told(0.9, max_chars=9) == "订单增长一成。"


def test_a_brief_prefers_results_and_passes_over_that_they_are_out():
    lead, orders = (
        "公司的产能仍然偏紧，新厂要到明年年底才能投产。",
        "在手订单很多，排到了下一年的第三季度以后。",
    )
    results, view = "全年营收12亿元，净利润1.5亿元，同比增长10%。", "我们给予公司“买入”评级，目标价12元。"
    text = f"远山科技发布2023年年报。{lead}股权融资稳步推进。{orders}{results}订单会不会更多？{view}"

    def told(sentences):
        liked = ("在手订单", "股权融资", "订单会不会", "远山科技发布")  # all but the first are passed over
        salience = salience_by(text, brief=lambda i: float(text[i:].startswith(liked)))
        return summarize_by_salience(text, salience, sentences=sentences).text

    assert told(1) == results
    assert told(2) == results + view
    assert told(3) == lead + results + view
    assert told(4) == lead + orders + results + view  # no heading, no question, not that the report is out


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("事件：8月3日，远山科技发布半年报。", "贷款增长一成。"),
        ("央行发布金融稳定报告。", "贷款增长一成。"),
        ("央行发布金融稳定报告，称贷款增长一成。", "央行发布金融稳定报告，称贷款增长一成。"),
    ],
)
def test_that_a_report_is_out_is_no_lead(first, told):
    text = f"{first}贷款增长一成。"
    assert summarize_by_salience(text, salience_by(text), sentences=1).text == told


def test_a_brief_says_what_its_title_says():
    text = "海面上一片平静。望海港三号码头停产检修两周。航运公司的股价收盘上涨了一成。"
    liked = salience_by(text, brief=lambda i: 3.0 if i >= 22 else 0.0)

    def told(title="", text=text, salience=liked, **budget):
        return summarize_by_salience(text, salience, title=title, **budget).text

    assert told() == told("财经频道首页") == "航运公司的股价收盘上涨了一成。"
    assert told("望海港三号码头停产") == "望海港三号码头停产检修两周。"
    assert told("望海港三号码头停产", max_chars=20) == "望海港三号码头停产检修两周。"
    tagged = f"【望海港三号码头停产】{text}"
    salience = salience_by(tagged, brief=lambda i: 3.0 if i >= 33 else 0.0)
    assert told(text=tagged, salience=salience) == "望海港三号码头停产检修两周。"
    headlines = {told(title, style="headline") for title in ("", "望海港三号码头停产")}
    assert len(headlines) == 1  # made of the text alone


def bounds(first, last):
    """Channels of a highlight from one span to another."""
    return {
        "first": lambda i: 6.0 if first[0] <= i < first[1] else -6.0,
        "last": lambda i: 6.0 if last[0] <= i < last[1] else -6.0,
    }


def test_a_highlight_of_several_sentences_ends_with_one():
    text = "远山科技停产。晨光科技提价，东河钢铁裁员，云港集团获批扩建两座码头。"
    clauses = spans(split_clauses(text))
    near = choose_highlight(text, clauses, salience_by(text, **bounds(clauses[0], clauses[1])))
    far = choose_highlight(text, clauses, salience_by(text, **bounds(clauses[0], clauses[2])))
    within = choose_highlight(text, clauses, salience_by(text, **bounds(clauses[1], clauses[2])))
    assert text[slice(*near)] == "远山科技停产。"
    assert text[slice(*far)] == text
    assert text[slice(*within)] == "晨光科技提价，东河钢铁裁员"  # as editors end one sentence
    short = choose_highlight(
        text, clauses, salience_by(text, **bounds(clauses[0], clauses[2])), max_chars=len(text) - 1
    )
    assert text[slice(*short)] == "远山科技停产。"


def test_a_highlight_has_its_subject():
    text = "晨光科技公告，拟回购股份1亿元。"
    clauses = spans(split_clauses(text))
    run = choose_highlight(text, clauses, salience_by(text, **bounds(clauses[1], clauses[1])))
    assert text[slice(*run)] == text


def test_a_highlight_tells_that_it_is_a_rumour():
    text = "市场传闻称，远山控股将收购晨光科技，金额或达60亿元。"
    clauses = spans(split_clauses(text))
    run = choose_highlight(text, clauses, salience_by(text, **bounds(clauses[1], clauses[2])))
    assert text[slice(*run)].startswith("市场传闻称")


def test_a_comparison_comes_with_its_figure():
    text = "晨光科技营收80亿元，同比增长12%，净利润6亿元，同比下降43%，降幅超出市场预期。"
    told = [(0, text.index("，")), (text.index("降幅"), len(text))]
    by = salience_by(text, headline=lambda i: 4.0 if any(a <= i < b for a, b in told) else -1.0)
    headline = " ".join(text[a:b] for a, b in choose_headline(text, spans(split_clauses(text)), by))
    assert "降幅" not in headline or "净利润6亿元 同比下降43% 降幅" in headline
    clauses = spans(split_clauses(text))
    run = choose_highlight(text, clauses, salience_by(text, **bounds(clauses[4], clauses[4])))
    assert "净利润6亿元，同比下降43%，降幅" in text[slice(*run)]


def test_a_highlight_does_not_end_in_what_leads_on():
    text = "青山展会下周开幕，包括北国车企在内的参展商，将发布两百款新车。"
    clauses = spans(split_clauses(text))
    run = choose_highlight(text, clauses, salience_by(text, **bounds(clauses[0], clauses[1])))
    assert text[slice(*run)] in (text, "青山展会下周开幕")


def test_a_highlight_leaves_a_tag_in_brackets_plain():
    text = "【债市】国债走强，长端领涨。信用债偏弱。"
    clauses = spans(split_clauses(text))
    run = choose_highlight(text, clauses, salience_by(text, **bounds(clauses[0], clauses[1])))
    assert text[slice(*run)] == "国债走强，长端领涨。"
    run = choose_highlight(text, clauses, salience_by(text, **bounds(clauses[0], clauses[0])))
    assert text[slice(*run)] == "国债走强，长端领涨。"
    assert choose_highlight("【债市】", [(0, 4)], salience_by("【债市】")) is None


def test_a_highlight_has_no_tag_dateline_code_or_row():
    text = "【国债走强】望海社3月5日电，国债走强，长端领涨。\n证券代码：301234\n月份 | 均价（元）"
    clauses = spans(split_clauses(text))

    def told(first, last):
        salience = salience_by(text, **bounds(clauses[first], clauses[last]))
        return summarize_by_salience(text, salience, style="highlight").text

    assert told(0, 3) == "国债走强，长端领涨。"
    assert told(0, 0) in ("国债走强", "国债走强，长端领涨。")
    assert "301234" not in told(4, 4) and "|" not in told(3, 5)


def test_a_headline_has_no_row_of_a_table():
    text = "钢价回升三成。\n月份 | 均价（元）\n3月 | 4120"
    salience = salience_by(text, headline=lambda i: 4.0, kept=lambda i: 4.0)
    assert summarize_by_salience(text, salience, style="headline").text == "钢价回升三成"


@pytest.mark.parametrize(
    ("between", "told"),
    [
        ("", "青山证券 预计还有两次降息"),
        ("窗口期到六月为止。", "青山证券 预计还有两次降息"),
        ("央行数据好于上月。", "预计还有两次降息"),
        ("晨光证券李二则认为，窗口已关。", "晨光证券李二 预计还有两次降息"),
        ("远山科技合资建厂，", "远山科技合资建厂 预计还有两次降息"),  # whose sentence does not begin with it
    ],
)
def test_a_headline_tells_who_expects_it(between, told):
    text = f"青山证券分析师王一表示，降息的窗口已经打开。{between}预计还有两次降息。"
    expected = text.index("预计")
    by = salience_by(text, headline=lambda i: 3.0 if i >= expected else -4.0)
    assert summarize_by_salience(text, by, style="headline").text == told


def test_a_headline_names_the_company():
    text = "远山科技回复投资者，股东减持合乎规定。公司目前生产正常。"
    headline = summarize_by_salience(
        text,
        salience_by(text, headline=lambda i: 3.0 if i >= text.index("公司目前") else -2.0 - 5 * (i >= 10)),
        style="headline",
    )
    assert headline.text == "远山科技回复投资者 公司目前生产正常"


def test_a_rumour_comes_with_its_denial():
    text = "网传晨光科技停产。钢价昨日走高。晨光科技称消息不实。"
    clauses = spans(split_clauses(text))
    salience = salience_by(text, **bounds(clauses[0], clauses[0]), headline=lambda i: 4.0 if i < 9 else -4.0)
    run = choose_highlight(text, clauses, salience)
    assert "停产" not in text[slice(*run)] or "不实" in text[slice(*run)]
    headline = " ".join(text[a:b] for a, b in choose_headline(text, clauses, salience))
    assert headline == "网传晨光科技停产 晨光科技称消息不实"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "text", ["", "。", "。。。……", "a", "😀😀", "ALL CAPS LINE", "涨" * 3000, TEXT, TEXT * 40]
)
def test_any_text_has_a_summary_made_of_it(style, text):
    rng = np.random.default_rng(1)
    values = rng.normal(size=(len(text), len(CHANNELS)))
    values[2000:] = np.nan  # not read
    salience = Salience(tuple((i, i + 1) for i in range(len(text))), values, min(len(text), 2000))
    summary = summarize_by_salience(text, salience, style=style)
    assert summary.text == summary.joiner.join(text[a:b] for a, b in summary.spans)
    assert bool(summary.text) == bool(text.strip())
    assert (summary.style, summary.method) == (style, "model")
    if text:
        assert len(summarize_by_salience(text, salience, style=style, max_chars=9).text) <= 9


def test_wrong_requests_are_told():
    for read in (load_summarizer().summarize, load_model().predict):
        with pytest.raises(UsageError, match="a list of strings is wanted"):
            read(TEXT)
    with pytest.raises(UsageError, match="no style 'poem'"):
        load_summarizer().summarize([], style="poem")
    with pytest.raises(UsageError, match="no style 'poem'"):
        summarize_by_salience(TEXT, salience_by(TEXT), style="poem")
    with pytest.raises(UsageError, match="brief"):
        summarize_by_salience(TEXT, salience_by(TEXT), style="headline", sentences=1)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Texts whose middle clause is the headline, told by its words; and others whose beginning is bold."""
    rng = random.Random(5)
    records = []
    for i in range(80):
        lead, rest = (f"{rng.choice('春夏秋冬')}季{rng.randrange(10**6)}号文件" for _ in range(2))
        news = f"{rng.choice(['央行', '财政部', '证监会'])}宣布{rng.choice(['降准', '减税', '新规'])}{i}条"
        text = f"{lead}下发，{news}，{rest}待发。"
        gold = {"summary": news} if i % 3 else {"highlights": [[0, len(lead) + 3]]}
        records.append({"id": str(i), "text": text, **gold})
    return write_jsonl(tmp_path_factory.mktemp("pairs") / "pairs.jsonl", records)


def test_training_by_the_command_line(newsml, pairs, tiny_settings, tmp_path):
    folder = tmp_path / "m"
    settings = [*tiny_settings, "--set", "train.epochs=12"]
    outcome = newsml("train", "salience", "--data", pairs, "--output", folder, "--device", "cpu", *settings)
    assert outcome.code == 0, outcome.err
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["rouge_mean"] > 80 and metrics["highlight_f1"] > 80
    assert load_salience_spec(Layout(folder)).window == 64
    text = "冬季7号文件下发，央行宣布减税9条，春季8号文件待发。"
    model = load_summarizer(str(folder))
    (summary,) = model.summarize([text], style="headline")
    assert "央行宣布减税9条" in summary.text
    with pytest.raises(ModelError, match="summarises only"):
        load_model(str(folder))
    outcome = newsml("export", folder, "--output", tmp_path / "onnx")
    assert outcome.code == 0, outcome.err
    (again,) = load_summarizer(str(tmp_path / "onnx")).summarize([text], style="headline")
    assert again == summary


def test_training_without_gold_is_told(newsml, tmp_path):
    data = write_jsonl(tmp_path / "none.jsonl", [{"text": TEXT}])
    outcome = newsml("train", "salience", "--data", data, "--output", tmp_path / "m")
    assert outcome.code == 3
    assert "no post has a summary, highlights or a title of its own" in outcome.err


def test_a_long_reference_is_scored_by_its_brief(newsml, tmp_path, tiny_settings):
    rng = random.Random(3)
    long = "。".join(["公司资金自有并注销"] * 8)
    data = write_jsonl(
        tmp_path / "long.jsonl",
        [
            {
                "text": "".join(rng.sample("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳", 16)) + "。资金自有。",
                "summary": long,
            }
            for _ in range(24)
        ],
    )
    outcome = newsml("train", "salience", "--data", data, "--output", tmp_path / "m", *tiny_settings)
    assert outcome.code == 0
    metrics = json.loads((tmp_path / "m" / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["mean"] == metrics["brief_rouge_mean"] > 0
