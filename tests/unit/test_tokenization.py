"""Texts in windows of tokens; a tokenizer with a token for each character shows which ones."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

from newsml.errors import ModelError
from newsml.model.layout import find_model
from newsml.model.tokenization import OVERLAP, SHORTEST, TextEncoder

SPECIALS = ["<s>", "</s>", "<unk>"]
FIRST = 10
ALPHABET = "".join(chr(0xAC00 + i) for i in range(3000))  # that is read as it stands
ROOM = 62


def write_tokenizer(path: Path, *, pad: str | None = "<pad>", frame: str = "<s> $A </s>") -> Path:
    names = [*SPECIALS, *([pad] if pad else [])]
    vocab = {name: i for i, name in enumerate(names)} | {char: FIRST + i for i, char in enumerate(ALPHABET)}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), behavior="isolated")
    special = [(name, vocab[name]) for name in SPECIALS[:2] if name in frame]
    tokenizer.post_processor = processors.TemplateProcessing(single=frame, special_tokens=special)
    tokenizer.save(str(path))
    return path


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tokenizer(tmp_path_factory.mktemp("tokenizer") / "tokenizer.json")


@pytest.fixture
def encoder(tokenizer: Path) -> TextEncoder:
    return TextEncoder(tokenizer, ROOM + 2)


def ranges(encoder: TextEncoder, length: int, max_tokens: int = 4096) -> list[tuple[int, int]]:
    """Return which tokens stand in each window of a text of this length."""
    encoded = encoder.encode([ALPHABET[:length]], max_tokens)[0]
    found = []
    for window in encoded.windows:
        assert (window[0], window[-1]) == (0, 1)
        inner = [token - FIRST for token in window[1:-1]]
        assert inner == list(range(inner[0], inner[0] + len(inner)))
        found.append((inner[0], inner[-1] + 1))
    read = {i for start, end in found for i in range(start, end)}
    assert (encoded.tokens, encoded.tokens_read) == (length, len(read))
    return found


@pytest.mark.parametrize("length", [1, 5, ROOM])
def test_a_short_text_is_one_window(encoder: TextEncoder, length: int) -> None:
    assert ranges(encoder, length) == [(0, length)]


def test_an_empty_text_is_a_window_too(encoder: TextEncoder) -> None:
    encoded = encoder.encode([""], 100)[0]
    assert (encoded.windows, encoded.tokens, encoded.tokens_read) == (((0, 1),), 0, 0)


@pytest.mark.parametrize("length", [ROOM + 1, 91, 92, 93, 200, 1000, 2999])
def test_windows_cover_a_long_text_and_overlap(encoder: TextEncoder, length: int) -> None:
    found = ranges(encoder, length)
    assert found[0][0] == 0
    assert found[-1][1] == length
    assert {end - start for start, end in found} == {ROOM}
    for (start, end), (following, _) in itertools.pairwise(found):
        assert start < following <= end - OVERLAP


def test_paragraphs_of_a_long_text_are_passages(encoder: TextEncoder) -> None:
    lines = [ALPHABET[:ROOM], ALPHABET[:SHORTEST], ALPHABET[: SHORTEST - 1], ALPHABET[: ROOM + 1]]
    text = "\n".join(lines)
    passages = encoder.encode([text], 4096)[0].passages
    assert [len(passage) - 2 for passage in passages] == [ROOM, SHORTEST]
    assert passages[1] == (0, *range(FIRST, FIRST + SHORTEST), 1)
    assert encoder.encode([text], 4096, places=True)[0].passages == passages
    for short in (encoder.encode(["\n".join(lines[1:3])], 4096), encoder.encode([text], len(text) - 1)):
        assert short[0].passages == ()  # one window, or not read whole


def test_a_long_text_takes_no_more_windows_than_it_needs(encoder: TextEncoder) -> None:
    stride = ROOM - OVERLAP
    assert len(ranges(encoder, ROOM + 5 * stride)) == 6
    assert len(ranges(encoder, ROOM + 5 * stride + 1)) == 7


@pytest.mark.parametrize("max_tokens", [ROOM + 1, 2 * ROOM, 3 * ROOM + 5, 500])
def test_beyond_max_tokens_windows_are_spread(encoder: TextEncoder, max_tokens: int) -> None:
    found = ranges(encoder, 2000, max_tokens)
    assert (found[0][0], found[-1][1]) == (0, 2000)
    assert len(found) == -(-max_tokens // ROOM)
    assert max_tokens - len(found) < sum(end - start for start, end in found) <= max_tokens
    gaps = [following - end for (_, end), (following, _) in itertools.pairwise(found)]
    assert min(gaps) > 0
    assert max(gaps) - min(gaps) <= 1


@pytest.mark.parametrize("max_tokens", [1, 10, ROOM])
def test_max_tokens_of_one_window(encoder: TextEncoder, max_tokens: int) -> None:
    assert ranges(encoder, 500, max_tokens) == [(0, max_tokens)]


def test_texts_keep_their_order(encoder: TextEncoder) -> None:
    texts = [ALPHABET[:300], "", ALPHABET[5:7]]
    assert encoder.encode(texts, 4096) == [encoder.encode([text], 4096)[0] for text in texts]


def test_unknown_characters_are_tokens(encoder: TextEncoder) -> None:
    assert encoder.encode(["龥龥"], 100)[0].windows == ((0, 2, 2, 1),)


@pytest.mark.parametrize(("pad", "expected"), [("<pad>", 3), ("[PAD]", 3), (None, 0)])
def test_the_padding_token(tmp_path: Path, pad: str | None, expected: int) -> None:
    assert TextEncoder(write_tokenizer(tmp_path / "tokenizer.json", pad=pad), 64).pad_id == expected


def test_truncation_and_padding_of_the_file_are_not_used(tmp_path: Path) -> None:
    path = write_tokenizer(tmp_path / "tokenizer.json")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=30)
    tokenizer.save(str(path))
    encoded = TextEncoder(path, 64).encode([ALPHABET[:20]], 100)[0]
    assert encoded.windows == ((0, *range(FIRST, FIRST + 20), 1),)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="missing"):
        TextEncoder(tmp_path / "tokenizer.json", 64)


@pytest.mark.parametrize("data", [b"", b"{}", b"[1, 2", b"\xff\xfe\x00"])
def test_a_broken_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "tokenizer.json").write_bytes(data)
    with pytest.raises(ModelError, match="not a tokenizer"):
        TextEncoder(tmp_path / "tokenizer.json", 64)


@pytest.mark.parametrize("frame", ["$A", "<s> $A", "<s> $A </s> </s>"])
def test_a_frame_of_other_than_two_tokens(tmp_path: Path, frame: str) -> None:
    with pytest.raises(ModelError, match="two special tokens"):
        TextEncoder(write_tokenizer(tmp_path / "tokenizer.json", frame=frame), 64)


@pytest.mark.parametrize("places", [True, False])
def test_half_a_character_is_a_token_like_one_unknown(encoder: TextEncoder, places: bool) -> None:
    texts = [f"{ALPHABET[0]}{half}{ALPHABET[1]}" for half in ("\ud83d", "\udc00", "\ufffd")]
    one, other, unknown = encoder.encode(texts, 100, places=places)
    assert one == other == unknown
    assert encoder.count_tokens(texts) == [3, 3, 3]


@pytest.mark.parametrize("places", [True, False])
@pytest.mark.parametrize("gap", ["", "\n", " \n\n\u3000"])
def test_a_long_text_is_tokenized_in_slices(
    encoder: TextEncoder, monkeypatch: pytest.MonkeyPatch, places: bool, gap: str
) -> None:
    texts = [gap.join(ALPHABET[at : at + size] for at in range(0, 300, size)) for size in (1, 7, 40)]
    whole = encoder.encode([*texts, "", gap], 100, places=places)
    monkeypatch.setattr("newsml.model.tokenization.SLICE", 10)
    assert encoder.encode([*texts, "", gap], 100, places=places) == whole


def test_the_embedded_tokenizer_reads_the_same_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = TextEncoder(find_model("topics").tokenizer, ROOM)
    text = "\n".join(
        ["晨光股份公告，拟以3亿元回购股份。", "  价格不超过20元/股 ", "", "\u3000\u3000Shares rose 3%.\r"] * 9
    )
    whole = encoder.encode([text], 1000, places=True)
    monkeypatch.setattr("newsml.model.tokenization.SLICE", 40)
    assert encoder.encode([text], 1000, places=True) == whole
