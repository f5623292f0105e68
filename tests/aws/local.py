"""Runs the real function on this machine: `make demo` and `make invoke` call this.

    python tests/aws/local.py demo --bootstrap target/debug/bootstrap
    python tests/aws/local.py invoke --bootstrap target/debug/bootstrap --event events/manual-all.json

Both start an embedded AWS, seed it, run the function under AWS's runtime
interface emulator and stop everything again. No AWS account, no Docker, no
network beyond 127.0.0.1.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import pathlib
import signal
import sys
import textwrap
import time
from typing import Any, Iterator

import expectations
import inbox
import seed
from emulator import Answer, Emulator, emulator, function_environment
from server import EmbeddedAws, as_received, embedded_aws

ROOT = pathlib.Path(__file__).resolve().parents[2]
WIDTH = 78
SERVICES = ["s3", "dynamodb"]


def demo(bootstrap: pathlib.Path, mail_lines: int) -> bool:
    """Shows a whole scheduled run; True when every verdict is as expected."""
    event = ROOT / "events" / "scheduled-rule.json"
    with _world(bootstrap) as (aws, expected, function):
        step(f"invoking it with {event.relative_to(ROOT)}")
        answer = function.invoke(event.read_bytes())
        if answer.failed:
            return _failed(answer, function)
        step(f"answered in {answer.seconds:.2f} s, cold start included")
        publishes = [p for p in aws.publishes() if p["accepted"]]
        envelopes = inbox.receive(aws.endpoint, expected["topics"]["standard"])
        if not publishes or not envelopes:
            print(f"demo: no message arrived; the answer says: {answer.value.get('notification')}")
            return False
        _show_mail(publishes[0], mail_lines)
        _show_envelope(envelopes[0])
        heading("What Lambda answers (shortened)")
        print(pretty(answer.value))

        heading("Is it right?")
        step(f"asking for the full report on {' and '.join(SERVICES)} (a dry run)")
        request = {"services": SERVICES, "response": "full", "dry_run": True}
        full = function.invoke(json.dumps(request).encode())
        if full.failed:
            return _failed(full, function)
    result = expectations.compare(expected, full.value, SERVICES)
    for difference in result.differences:
        print(textwrap.fill(difference, WIDTH, initial_indent="  wrong: ", subsequent_indent="    "))
    print(f"demo: {result.right} of {result.subnets} subnets judged as expected")
    return not result.differences


def invoke(bootstrap: pathlib.Path, event: pathlib.Path) -> bool:
    """Sends one event and prints the answer; True unless the invocation failed."""
    with _world(bootstrap, progress=sys.stderr) as (_, _, function):
        step(f"invoking it with {event}", sys.stderr)
        answer = function.invoke(event.read_bytes())
        print(json.dumps(answer.value, indent=2, ensure_ascii=False) if answer.value else answer.text)
        if answer.failed:
            print(_tail(function), file=sys.stderr)
        return not answer.failed


@contextlib.contextmanager
def _world(
    bootstrap: pathlib.Path, progress: Any = sys.stdout
) -> Iterator[tuple[EmbeddedAws, dict[str, Any], Emulator]]:
    with contextlib.ExitStack() as stack:
        step("starting the embedded AWS", progress)
        aws = stack.enter_context(embedded_aws())
        step(f"seeding account {seed.ACCOUNT} in {' and '.join(seed.REGIONS)}", progress)
        expected = seed.seed(aws.endpoint)
        aws.reset()
        count = len({s["subnet_id"] for s in expected["subnets"]})
        step(f"made {count} subnets, {len(expected['endpoints'])} endpoints, a topic and its inbox", progress)
        step(f"starting {bootstrap.name} under the runtime interface emulator", progress)
        variables = {
            "VPCE_GUARD_TOPIC_ARN": expected["topics"]["standard"]["arn"],
            "VPCE_GUARD_REGIONS": ",".join(seed.REGIONS),
        }
        environment = function_environment(aws.endpoint, seed.HOME, variables)
        yield aws, expected, stack.enter_context(emulator(bootstrap, environment))


def _show_mail(publish: dict[str, Any], limit: int) -> None:
    heading("What a person gets by e-mail")
    print(f"Subject: {publish['subject']}\n")
    lines = as_received(publish, "email").splitlines()
    for line in lines[:limit]:
        print(_wrapped(line))
    if len(lines) > limit:
        print(f"\n[{len(lines) - limit} more lines; --mail-lines shows them]")


def _wrapped(line: str) -> str:
    """The line as a mail program breaks it; a command stays whole, so that it can be copied."""
    indent = " " * (len(line) - len(line.lstrip()))
    if not line.strip() or line.strip().startswith("aws "):
        return line
    return textwrap.fill(line, WIDTH, subsequent_indent=indent + "  ", break_long_words=False, break_on_hyphens=False)


def _show_envelope(envelope: dict[str, Any]) -> None:
    heading("What a machine gets from SQS (shortened)")
    shown = {key: envelope[key] for key in ("Type", "TopicArn", "Subject", "MessageAttributes") if key in envelope}
    print(pretty({**shown, "Message": json.loads(envelope["Message"])}))
    print("\n(Message is one string of JSON in the envelope; it is unpacked here.)")


def pretty(document: Any, keep: int = 1) -> str:
    """Indented JSON with only the first items of the top lists and long texts cut to the page."""
    return json.dumps(_shorten(document, keep), indent=2, ensure_ascii=False)


def _shorten(value: Any, keep: int, depth: int = 0) -> Any:
    if isinstance(value, dict):
        return {key: _shorten(item, keep, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        if not value or not isinstance(value[0], dict):
            return [_shorten(item, keep, depth + 1) for item in value]
        rest = [f"... {len(value) - keep} more"] if len(value) > keep else []
        return [_shorten(item, keep, depth + 1) for item in value[:keep]] + rest
    if isinstance(value, str):
        room = 60 - 2 * depth
        return value if len(value) <= room else value[: room - 3] + "..."
    return value


def step(text: str, stream: Any = None) -> None:
    """A progress line with the seconds since the start."""
    print(f"[{time.monotonic() - _BEGAN:5.1f} s] {text}", file=stream or sys.stdout, flush=True)


def heading(text: str) -> None:
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def _failed(answer: Answer, function: Emulator) -> bool:
    print(f"demo: the invocation failed: {answer.text or 'no answer'}\n{_tail(function)}")
    return False


def _tail(function: Emulator, lines: int = 20) -> str:
    return "\n".join(["last lines of the function's log:", *function.logs().splitlines()[-lines:]])


def _stop_like_ctrl_c(*_: object) -> None:
    raise KeyboardInterrupt


_BEGAN = time.monotonic()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in [("demo", "a whole scheduled run, shown and checked"), ("invoke", "one event and its answer")]:
        command = commands.add_parser(name, help=text)
        command.add_argument("--bootstrap", type=pathlib.Path, required=True, help="the function's binary")
        if name == "invoke":
            command.add_argument("--event", type=pathlib.Path, required=True, help="file with the event")
        else:
            command.add_argument("--mail-lines", type=int, default=40, help="lines of the e-mail to show")
    arguments = parser.parse_args()
    # However this ends, the `with` blocks must get their turn to stop what they started.
    signal.signal(signal.SIGTERM, _stop_like_ctrl_c)
    signal.signal(signal.SIGHUP, _stop_like_ctrl_c)
    try:
        if arguments.command == "demo":
            return 0 if demo(arguments.bootstrap, arguments.mail_lines) else 1
        return 0 if invoke(arguments.bootstrap, arguments.event) else 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    except FileNotFoundError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
