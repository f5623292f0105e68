"""Measures the release build of the function; `make bench-lambda` calls this.

    python benches/lambda.py --bootstrap target/release/bootstrap --empty target/release/examples/empty_function

The function runs under AWS's runtime interface emulator, against the embedded
AWS of tests/aws. Every figure is the median of several runs, with the lowest
and the highest beside it. A target that is missed is marked and fails nothing,
since times depend on the machine; a wrong verdict does fail. What the figures
mean: docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import dataclasses
import json
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import time
from typing import Any, Iterator, Sequence

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "aws"))

import expectations  # noqa: E402
import seed  # noqa: E402
import seed_large  # noqa: E402
from emulator import Emulator, emulator, function_environment  # noqa: E402
from figures import heading, show  # noqa: E402
from server import EmbeddedAws, embedded_aws  # noqa: E402

SERVICES = ["s3", "dynamodb"]
SCHEDULED = (ROOT / "events" / "scheduled-rule.json").read_bytes()
#: Publishes as a scheduled run does, and answers with every subnet, so that the answer can be checked.
FULL = json.dumps({"response": "full"}).encode()
DELAY = {"fault": "delay_ms", "milliseconds": 50}
#: Takes the time that moto needs for EC2's answers out of the measurement.
REPLAY = {"fault": "replay", "service": "ec2"}
#: Ten, each with 1,000 subnets and 100 tables: AWS's largest page of each, so moto's answers have the size of AWS's.
REGIONS = [
    "ap-northeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-3",
    "us-east-1", "us-east-2", "us-west-2",
]
MB = 1_000_000


@dataclasses.dataclass(frozen=True)
class Usage:
    """What a function has used since its process began: CPU in seconds, peak memory in MB."""

    cpu: float
    peak: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", type=pathlib.Path, required=True, help="the function's release binary")
    parser.add_argument("--empty", type=pathlib.Path, required=True, help="examples/empty_function.rs, built likewise")
    parser.add_argument("--runs", type=int, default=9, help="runs per figure; starts are measured five times as often")
    arguments = parser.parse_args()

    measure_binary(arguments.bootstrap)
    measure_start(arguments.bootstrap, arguments.empty, arguments.runs * 5)
    right = measure_region(arguments.bootstrap, arguments.runs)
    measure_memory(arguments.bootstrap, arguments.runs)
    return 0 if right else 1


def measure_binary(bootstrap: pathlib.Path) -> None:
    heading("The binary")
    content = bootstrap.read_bytes()
    show("size", [len(content) / MB], "MB", below=15)
    newest = max((int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)", content)), default=0)
    print(f"  needs glibc 2.{newest}; provided.al2023 has 2.34{'' if newest <= 34 else '  MISSED'}")


def measure_start(bootstrap: pathlib.Path, empty: pathlib.Path, runs: int) -> None:
    heading(f"From the start of the process to its first request for an event ({runs} runs each, in turn)")
    ours, base = [], []
    for _ in range(runs):
        base.append(start_seconds(empty) * 1000)
        ours.append(start_seconds(bootstrap) * 1000)
    show("an empty function", base, "ms")
    show("vpce-guard", ours, "ms")
    show("difference of the medians", [statistics.median(ours) - statistics.median(base)], "ms", below=25)


def measure_region(bootstrap: pathlib.Path, runs: int) -> bool:
    """Whether every verdict was right in every run."""
    heading(f"One Region with 1,000 subnets on 100 tables, {' and '.join(SERVICES)} ({runs} runs)")
    with embedded_aws() as aws:
        expected = seed_large.seed_large(aws.endpoint, seed.HOME)
        topic = seed.topics(aws.endpoint)["standard"]["arn"]
        aws.reset()
        right = set()
        with function(bootstrap, aws, topic) as running:
            right.add(judged_right(expected, invoke(running, FULL)[0]))
        print(f"  AWS calls: {calls(aws)}")
        for label, faults, below in [
            ("moto's own time included", [], None),
            ("EC2's answers kept", [REPLAY], None),
            ("EC2's answers kept, 50 ms per call", [REPLAY, DELAY], 0.5),
        ]:
            aws.set_faults(*faults)
            first, warm = [], []
            with function(bootstrap, aws, topic) as running:
                invoke(running, FULL)  # fills what is kept
            for _ in range(runs):
                with function(bootstrap, aws, topic) as running:
                    answer, wall = invoke(running, FULL)
                    used = usage(running)
                    right.add(judged_right(expected, answer))
                    first.append((wall, used.cpu, used.peak))
                    answer, wall = invoke(running, FULL)
                    right.add(judged_right(expected, answer))
                    warm.append((wall, usage(running).cpu - used.cpu, usage(running).peak))
            print(f"  {label}")
            for name, figures in [("first", first), ("second", warm)]:
                walls, cpus, peaks = zip(*figures)
                show(f"  {name} invocation, wall time", walls, "s", below=below)
                show(f"  {name} invocation, CPU time", cpus, "s", below=0.15)
                show(f"  {name} invocation, peak memory", peaks, "MB")
    print(f"  subnets judged right: {', '.join(map(str, sorted(right)))}")
    return right == {1000}


def measure_memory(bootstrap: pathlib.Path, runs: int) -> None:
    heading(f"Ten Regions with 1,000 subnets on 100 tables each ({runs} runs)")
    with embedded_aws() as aws:
        for region in REGIONS:
            seed_large.seed_large(aws.endpoint, region)
        topic = seed.topics(aws.endpoint)["standard"]["arn"]
        peaks, cpus = [], []
        for _ in range(runs):
            aws.reset()
            with function(bootstrap, aws, topic, REGIONS) as running:
                answer, _ = invoke(running, SCHEDULED)
                used = usage(running)
            if answer["summary"]["subnets"] != 10_000 or not answer["complete"]:
                raise SystemExit(f"not everything was read: {answer['summary']} {answer['errors']}")
            peaks.append(used.peak)
            cpus.append(used.cpu)
        print(f"  AWS calls: {calls(aws)}")
        show("first invocation, peak memory", peaks, "MB", below=64)
        show("first invocation, CPU time", cpus, "s")


@contextlib.contextmanager
def function(
    bootstrap: pathlib.Path, aws: EmbeddedAws, topic: str, regions: Sequence[str] = (seed.HOME,)
) -> Iterator[Emulator]:
    variables = {
        "VPCE_GUARD_TOPIC_ARN": topic,
        "VPCE_GUARD_REGIONS": ",".join(regions),
        "VPCE_GUARD_SERVICES": ",".join(SERVICES),
    }
    with emulator(bootstrap, function_environment(aws.endpoint, seed.HOME, variables)) as running:
        yield running


def invoke(running: Emulator, event: bytes) -> tuple[dict[str, Any], float]:
    """The answer, and the seconds until it was there."""
    answer = running.invoke(event)
    if answer.failed:
        raise SystemExit(f"the invocation failed: {answer.text}\n{running.logs()}")
    return answer.value, answer.seconds


def judged_right(expected: dict[str, Any], report: dict[str, Any]) -> int:
    result = expectations.compare(expected, report, SERVICES)
    for difference in result.differences[:5]:
        print(f"  wrong: {difference}")
    return result.right


def calls(aws: EmbeddedAws) -> str:
    made: collections.Counter[str] = collections.Counter()
    for call in aws.calls():
        made[call["operation"]] += call["count"]
    return f"{sum(made.values())} ({', '.join(f'{name} {count}' for name, count in made.items())})"


def usage(running: Emulator) -> Usage:
    (pid,) = running.function_pids()
    # The clock of another process's CPU time, as clock_getcpuclockid(3) makes it. It counts all of the process's
    # threads in nanoseconds, where /proc/PID/stat counts in hundredths of a second.
    cpu = time.clock_gettime(~pid << 3 | 2)
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    (kibibytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return Usage(cpu, int(kibibytes) * 1024 / MB)


def start_seconds(binary: pathlib.Path) -> float:
    """Plays the runtime API up to the request for the first event, then ends the process."""
    environment = function_environment("http://127.0.0.1:9", seed.HOME, {
        "VPCE_GUARD_TOPIC_ARN": f"arn:aws:sns:{seed.HOME}:{seed.ACCOUNT}:bench",
    })
    with socket.create_server(("127.0.0.1", 0)) as api:
        api.settimeout(10)
        address = f"127.0.0.1:{api.getsockname()[1]}"
        began = time.perf_counter()
        process = subprocess.Popen(
            [binary.resolve()], env={**environment, "AWS_LAMBDA_RUNTIME_API": address},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        try:
            connection, _ = api.accept()
            with connection:
                request = connection.recv(4096)
                seconds = time.perf_counter() - began
        finally:
            process.kill()
            process.wait()
    if b"/runtime/invocation/next" not in request:
        raise SystemExit(f"{binary} asked for something else: {request!r}")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
