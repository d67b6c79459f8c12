"""`make bench`: one run, one small table, with the machine and the date. Ratios travel, absolutes do not.

python -m benchmarks.run [--rounds 9] [--orders 1000] [--rules 1000] [--goods 5000] [--log-orders 20000]
                         [--real-data FILE] [--json]
"""

import argparse
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks import evaluation
from benchmarks.catalogue import Catalogue, catalogue
from benchmarks.many_rules import ManyRules, many_rules
from benchmarks.own_time import OwnTime, own_times
from benchmarks.replays import Replayed, ReplayFailed, replay, replay_generated
from benchmarks.timing import Spread


class Machine(msgspec.Struct, frozen=True):
    """What was measured on, and when."""

    date: str
    processor: str
    cores: int
    system: str
    python: str


class Report(msgspec.Struct, frozen=True):
    """Everything one run measured; times are CPU microseconds per order."""

    machine: Machine
    promotions: int
    commission_rules: int
    lines_per_order: int
    compared: evaluation.Compared
    steps: evaluation.Steps
    own_times: list[OwnTime]
    matching: evaluation.Matching
    many_rules: ManyRules | None
    catalogue: Catalogue
    generated_log: Replayed | None
    real_data: Replayed | None


def main() -> None:
    """Measure what the arguments ask for and print it."""
    asked = _arguments()
    live = evaluation.warm_rules()
    try:
        report = Report(
            machine=_machine(),
            promotions=len(live.promotions),
            commission_rules=sum(len(one.rules) for one in live.commissions),
            lines_per_order=evaluation.LINES,
            compared=evaluation.compare(live, asked.rounds, asked.orders),
            steps=evaluation.steps(live, asked.rounds, asked.orders),
            own_times=own_times(live, evaluation.fresh_orders(5_000, asked.orders)),
            many_rules=many_rules(asked.rules, asked.rounds, asked.orders) if asked.rules else None,
            matching=evaluation.matching(live, asked.rounds, asked.orders),
            catalogue=catalogue(live, asked.rounds, asked.goods),
            generated_log=replay_generated(asked.log_orders) if asked.log_orders else None,
            real_data=replay(asked.real_data) if asked.real_data else None,
        )
    except ReplayFailed as failure:
        sys.exit(f"replay: {failure}")
    if asked.json:
        print(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        _print_table(report)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="How fast Fenrun is on this machine.")
    real_data = os.environ.get("FENRUN_REAL_DATA")
    parser.add_argument("--rounds", type=int, default=9, help="rounds, each with orders nobody has seen")
    parser.add_argument("--orders", type=int, default=1_000, help="orders per round")
    parser.add_argument(
        "--rules", type=int, default=1_000, help="tens of generated rules beside an if-chain; 0 skips it"
    )
    parser.add_argument("--goods", type=int, default=5_000, help="goods of the catalogue that is priced in one batch")
    parser.add_argument("--log-orders", type=int, default=20_000, help="orders of the generated log; 0 skips it")
    parser.add_argument(
        "--real-data",
        type=Path,
        default=Path(real_data) if real_data else None,
        metavar="FILE",
        help="an order log for the full replay, e.g. online_retail.csv.gz (also FENRUN_REAL_DATA)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser.parse_args()


def _machine() -> Machine:
    return Machine(
        date=datetime.now(UTC).date().isoformat(),
        processor=_processor(),
        cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
    )


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    if about.exists():
        for line in about.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _print_table(report: Report) -> None:
    about, compared, steps, matching = report.machine, report.compared, report.steps, report.matching
    print(f"{about.date}  {about.processor}, {about.cores} cores, {about.system}, Python {about.python}")
    print(
        f"Orders of {report.lines_per_order} lines, {report.promotions} promotions, "
        f"{report.commission_rules} commission rules; CPU time per order, median of rounds (least-most)\n"
    )
    _row("evaluate_order", _spread(compared.engine))
    _row("the same rules written by hand", _spread(compared.by_hand))
    _row("ratio", f"{compared.ratio.median:8.2f}      ({compared.ratio.least:.2f}-{compared.ratio.most:.2f})")
    print()
    for name in ("match", "price", "accrue", "rest"):
        _row(f"  of it: {name}", f"{getattr(steps, name):8.1f} us")
    print()
    print("  own time by function, as the profiler sees it (calls per order)")
    for one in report.own_times:
        print(f"    {one.part:5.1%}  {one.function} ({one.calls:.1f})")
    print()
    if report.many_rules is not None:
        many = report.many_rules
        _row(f"evaluate_order, {many.rules:,} rules", _spread(many.engine))
        _row("the same as an if-chain", _spread(many.if_chain))
        _row("ratio", f"{many.ratio.median:8.2f}      ({many.ratio.least:.2f}-{many.ratio.most:.2f})")
        print()
    _row("matching alone, warm", f"{matching.warm:8.1f} us")
    _row("matching alone, new network", f"{matching.cold:8.1f} us   (made once in {matching.build_once / 1000:.1f} ms)")
    _row("durable-rules, line by line", f"{matching.bare:8.1f} us   (facts for it: {matching.bare_reading:.1f} us)")
    print()
    listed = report.catalogue
    _row(
        f"price list of {listed.goods:,} goods", f"{listed.batch:8.1f} us   per good; again {listed.batch_again:.1f} us"
    )
    _row("each as an order of one line", f"{listed.alone:8.1f} us   per good")
    for title, done in (("generated log", report.generated_log), ("real data", report.real_data)):
        if done is not None:
            print()
            _print_replay(title, done)


def _row(title: str, text: str) -> None:
    print(f"{title:<32}{text}")


def _spread(spread: Spread) -> str:
    return f"{spread.median:8.1f} us   ({spread.least:.1f}-{spread.most:.1f})"


def _print_replay(title: str, done: Replayed) -> None:
    read = f"{done.orders:,} orders of {done.order_lines:,} lines, {done.refunds:,} refunds"
    _row(
        f"replay of the {title}", f"{done.orders_per_second:8,} orders/s, {done.lines_per_second:,} lines/s of the log"
    )
    _row("", f"{done.peak_memory_mib:8,} MiB at most   ({read} in {done.seconds:.1f} s)")
    if not done.ok:
        _row("", "NOT IN BALANCE, or lines unaccounted for: see `fenrun replay`")


if __name__ == "__main__":
    main()
