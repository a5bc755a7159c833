"""Peak memory of reading JSONL at several lengths: it must not grow with the number of lines.

    python scripts/bench_memory.py [--command classify] [--lines 1000 20000] [--chars 100]
    python scripts/bench_memory.py --command "data convert --jobs 2" --lines 1000 20000 100000 --chars 500

Prints the peak resident size of each run of `newsml COMMAND FILE.jsonl` (of the largest of its processes),
and the ratio of the last to the first.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

WORDS = """
央行 公司 公告 净利润 同比增长 下降 亿元 美元 指数 收盘 市场 投资者 债券 期货 原油 政策 发布 预计 项目 合同
季度 产能 汇率 利率 房地产 银行 监管 订单 进口 出口 库存 资金 股东 回购 发行 板块 涨幅 机构 新能源 数据
""".split()

# Runs the command and prints the peak resident size of its children, in the unit of the system.
PROBE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def write_lines(path: Path, count: int, chars: int) -> None:
    """Write JSONL records of made-up text of so many characters each."""
    rng = random.Random(count)
    with path.open("w", encoding="utf-8") as file:
        for _ in range(count):
            text = ""
            while len(text) < chars:
                text += rng.choice(WORDS) + rng.choice(["", "", "，", "。"])
            file.write(json.dumps({"text": text[:chars]}, ensure_ascii=False) + "\n")


def peak(words: list[str], source: Path, output: Path) -> float:
    """Run a command on the file in a process of its own and return its peak resident size in MiB."""
    command = [sys.executable, "-m", "newsml", *words, str(source), "--output", str(output), "--quiet"]
    probe = subprocess.run(
        [sys.executable, "-c", PROBE, *command], check=True, capture_output=True, text=True
    )
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB on Linux
    return int(probe.stdout.split()[-1]) * unit / 2**20


def main() -> None:
    """Measure each length and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--command", default="classify")
    parser.add_argument("--suffix", default=".jsonl", help="of the output")
    parser.add_argument("--lines", type=int, nargs="+", default=[1000, 20000])
    parser.add_argument("--chars", type=int, default=100)
    options = parser.parse_args()
    peaks = []
    with tempfile.TemporaryDirectory() as folder:
        for count in options.lines:
            source = Path(folder, f"{count}.jsonl")
            write_lines(source, count, options.chars)
            output = Path(folder, f"{count}.out{options.suffix}")
            peaks.append(peak(options.command.split(), source, output))
            print(f"{count:>7} lines  {peaks[-1]:7.1f} MiB", flush=True)
    print(f"ratio {peaks[-1] / peaks[0]:.3f}")


if __name__ == "__main__":
    main()
