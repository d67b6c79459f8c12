"""The long run, `make fuzz`: as many cases as fit into FUZZ_SECONDS (600), then bombs, requests and reloads.

Cases run in processes of their own: one that dies or says nothing for HANG_SECONDS is a failure like any other, and the
run goes on behind it.  FUZZ_SEED repeats a run, FUZZ_FROM starts at a case, FUZZ_WORKERS says how many run at once.
Failures are written to var/fuzz/; the exit code is 1 if there are any.
"""

import multiprocessing
import os
import sys
import time
import traceback
from collections import Counter
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from tests.fuzz import bombs, reloading, requests
from tests.fuzz.cases import ORDERS, Case, run_case, save_failure, started

FOLDER = Path(__file__).parents[2] / "var" / "fuzz"
HANG_SECONDS = 60.0
"""No case takes a second; a machine that is busy elsewhere is not a hang."""
GOAL = 100_000
"""Rule sets, each with ten orders; more are run if there is time."""
PROGRESS_SECONDS = 15.0
_SPAWN = multiprocessing.get_context("spawn")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n".encode(errors="backslashreplace").decode())
    sys.stdout.flush()


class Worker:
    """A process that runs every n-th case from a number on, and tells its counts and failures as it goes."""

    def __init__(self, seed: int, first: int, step: int) -> None:
        self.seed, self.first, self.step = seed, first, step
        self.last_word = time.monotonic()
        self.at = _SPAWN.Value("q", first)
        self.connection, theirs = _SPAWN.Pipe(duplex=False)
        arguments = (seed, first, step, self.at, theirs)
        self.process: SpawnProcess = _SPAWN.Process(target=_work, args=arguments, daemon=True)
        self.process.start()
        theirs.close()

    def trouble(self) -> str:
        """Why it must be given up; empty while it is well."""
        if not self.process.is_alive():
            return f"the process died with exit code {self.process.exitcode}"
        silent = time.monotonic() - self.last_word
        return f"no answer for {silent:.0f} seconds" if silent > HANG_SECONDS else ""

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def _work(seed: int, first: int, step: int, at: Any, connection: Connection) -> None:
    number, told = first, time.monotonic()
    counts: Counter[str] = Counter()

    def count(outcome: str) -> None:
        counts[outcome] += 1

    while True:
        at.value = number
        case = Case(seed, number)
        trouble = ""
        try:
            run_case(case, count)
        except Exception:  # noqa: BLE001  # whatever gets out is what we are looking for
            trouble = traceback.format_exc()
            counts["FAILED"] += 1
            save_failure(case, trouble, FOLDER)
        counts["cases"] += 1
        number += step
        if trouble or time.monotonic() - told > 1:
            connection.send((counts, trouble))
            counts.clear()
            told = time.monotonic()


class Run:
    """All workers of a run, and what they have told."""

    def __init__(self, seed: int, first: int, workers: int) -> None:
        self.seed = seed
        self.counts: Counter[str] = Counter()
        self.failures: list[str] = []
        self.workers = [Worker(seed, first + at, workers) for at in range(workers)]

    def listen(self, seconds: float) -> None:
        """Take in what comes within so many seconds, and replace workers that died or hang."""
        ready = wait([worker.connection for worker in self.workers], timeout=seconds)
        for place, worker in enumerate(self.workers):
            if worker.connection in ready:
                self._take(worker)
            trouble = worker.trouble()
            if trouble:
                self.workers[place] = self._replace(worker, trouble)

    def _take(self, worker: Worker) -> None:
        try:
            counts, trouble = worker.connection.recv()
        except EOFError:
            worker.process.join(5)
            return
        worker.last_word = time.monotonic()
        self.counts += counts
        if trouble:
            self._fail(trouble)

    def _replace(self, worker: Worker, trouble: str) -> Worker:
        number = worker.at.value
        worker.stop()
        save_failure(started(self.seed, number), trouble, FOLDER)
        self._fail(f"case {number}: {trouble}")
        return Worker(self.seed, number + worker.step, worker.step)

    def _fail(self, trouble: str) -> None:
        self.failures.append(trouble)
        _say(f"FAILURE (written to {FOLDER}):\n{trouble}")

    def stop(self) -> None:
        for worker in self.workers:
            worker.stop()


def run_cases(seed: int, first: int, workers: int, seconds: float) -> Run:
    """Cases until the time is over."""
    run = Run(seed, first, workers)
    start = time.monotonic()
    said = start
    try:
        while (now := time.monotonic()) - start < seconds:
            run.listen(min(1.0, seconds - (now - start)))
            if now - said > PROGRESS_SECONDS:
                said = now
                _progress(run.counts, now - start)
    finally:
        run.stop()
    return run


def _progress(counts: Counter[str], seconds: float) -> None:
    cases = counts["cases"]
    share = 100 * cases / GOAL
    _say(
        f"{seconds:6.0f} s  {cases} rule sets, {cases * ORDERS} orders ({share:.1f} % of the goal), "
        f"{counts['FAILED']} failed",
    )


def _try(name: str, failures: list[str], part: Any) -> None:
    start = time.monotonic()
    try:
        said = part()
    except Exception:  # noqa: BLE001  # as above
        failures.append(traceback.format_exc())
        said = f"FAILED\n{failures[-1]}"
    _say(f"{name} ({time.monotonic() - start:.0f} s): {said}")


def main() -> int:
    seed = int(os.environ.get("FUZZ_SEED") or time.time())
    seconds = float(os.environ.get("FUZZ_SECONDS") or 600)
    first = int(os.environ.get("FUZZ_FROM") or 0)
    workers = int(os.environ.get("FUZZ_WORKERS") or max(1, (os.cpu_count() or 2) - 1))
    _say(f"seed {seed}, from case {first}, {workers} workers, {seconds:.0f} seconds of cases")
    run = run_cases(seed, first, workers, seconds)
    for outcome, count in run.counts.most_common():
        _say(f"{count:9d}  {outcome}")
    _try("bombs", run.failures, bombs.run_apart)
    _try("requests", run.failures, lambda: requests.run(seed, 3_000))
    _try("reloads", run.failures, lambda: reloading.run_apart(3_000))
    _say(f"{len(run.failures)} failures; FUZZ_SEED={seed} repeats this run")
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main())
