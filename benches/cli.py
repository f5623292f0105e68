"""Measures the release build of the command line; `make bench-cli` calls this.

    python benches/cli.py --vpce-guard target/release/vpce-guard

Whole processes are measured, the reading of files and the writing of the
report included. Every figure is the median of several runs, with the lowest
and the highest beside it. A target that is missed is marked and fails nothing,
since times depend on the machine; a wrong answer does fail. What the figures
mean: docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from typing import Any, Iterable

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "aws"))

import expectations  # noqa: E402
import large_account  # noqa: E402
import seed  # noqa: E402
import seed_large  # noqa: E402
from figures import heading, show  # noqa: E402
from server import CREDENTIALS, EmbeddedAws, embedded_aws  # noqa: E402

MIB = 1024 * 1024
#: Takes the time that moto needs for EC2's answers out of the measurement.
REPLAY = {"fault": "replay", "service": "ec2"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vpce-guard", type=pathlib.Path, required=True, help="the release binary")
    parser.add_argument("--runs", type=int, default=9, help="runs per figure")
    parser.add_argument("--saved-only", action="store_true", help="leave out what needs a build with the AWS SDK")
    arguments = parser.parse_args()
    binary = arguments.vpce_guard.resolve()

    heading(f"--help ({arguments.runs * 5} runs)")
    figures = [process(binary, ["--help"], expected=0) for _ in range(arguments.runs * 5)]
    show("wall time", [wall * 1000 for wall, _, _ in figures], "ms", below=10)
    measure_saved(binary, arguments.runs)
    if not arguments.saved_only:
        measure_live(binary, arguments.runs)
    return 0


def measure_saved(binary: pathlib.Path, runs: int) -> None:
    heading(f"check --snapshot: 1,000 VPCs, 20,000 subnets, 5,000 tables ({runs} runs)")
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        large_account.write(path, vpcs=1_000, subnets=20_000, tables=5_000)
        size = sum(file.stat().st_size for file in path.rglob("*.json"))
        print(f"  {size / MIB:.0f} MiB of answers")
        for kind, below in [("json", 1), ("html", 2), ("table", None), ("csv", None), ("sarif", None)]:
            out = path.parent / f"{path.name}.{kind}"
            command = ["check", "--quiet", "--snapshot", folder, "--format", kind, "--output", str(out)]
            figures = [process(binary, command, expected=1) for _ in range(runs)]
            print(f"  --format {kind}: {out.stat().st_size / MIB:.1f} MiB")
            out.unlink()
            show("  wall time", [wall for wall, _, _ in figures], "s", below=below)
            show("  peak memory", [peak for _, _, peak in figures], "MiB", below=200 if kind == "json" else None)


def measure_live(binary: pathlib.Path, runs: int) -> None:
    heading(f"check, live: one Region with 1,000 subnets on 100 tables ({runs} runs)")
    with embedded_aws() as aws:
        expected = seed_large.seed_large(aws.endpoint, seed.HOME)
        command = ["check", "--quiet", "--region", seed.HOME, "--format", "json"]
        judged_right(expected, binary, command, aws)
        aws.set_faults(REPLAY)
        environment = live_environment(aws)
        process(binary, command, expected=1, environment=environment)  # fills what is kept
        figures = [process(binary, command, expected=1, environment=environment) for _ in range(runs)]
        show("CPU time", [cpu for _, cpu, _ in figures], "s", below=0.15)
        show("peak memory", [peak for _, _, peak in figures], "MiB", below=40)
        show("wall time", [wall for wall, _, _ in figures], "s")


def judged_right(expected: dict[str, Any], binary: pathlib.Path, command: list[str], aws: EmbeddedAws) -> None:
    output = subprocess.run([binary, *command], capture_output=True, env=live_environment(aws), timeout=120)
    result = expectations.compare(expected, json.loads(output.stdout), ["s3"])
    if result.differences:
        raise SystemExit(f"wrong: {result.differences[:5]}")
    print(f"  subnets judged right: {result.right}")


def live_environment(aws: EmbeddedAws) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": aws.endpoint, **CREDENTIALS}


#: Runs a command and prints its exit code, wall time, CPU time and peak memory. A process of its own, and a small one:
#: Linux counts the memory of the process that starts another as that one's first.
MEASURE = """
import json, os, subprocess, sys, time
began = time.perf_counter()
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
_, status, used = os.wait4(child.pid, 0)
child.returncode = os.waitstatus_to_exitcode(status)
wall = time.perf_counter() - began
print(json.dumps([child.returncode, wall, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024]))
"""


def process(
    binary: pathlib.Path, arguments: Iterable[str], expected: int, environment: dict[str, str] | None = None
) -> tuple[float, float, float]:
    """Seconds of wall time, seconds of CPU time and MiB of peak memory of one process."""
    command = [sys.executable, "-I", "-S", "-c", MEASURE, str(binary), *arguments]
    output = subprocess.run(command, stdout=subprocess.PIPE, env=environment or {"PATH": ""}, timeout=120, check=True)
    code, wall, cpu, peak = json.loads(output.stdout)
    if code != expected:
        raise SystemExit(f"{binary} {' '.join(arguments)} ended with {code}, not {expected}")
    return wall, cpu, peak / MIB


if __name__ == "__main__":
    sys.exit(main())
