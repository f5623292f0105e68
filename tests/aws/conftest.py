"""Fixtures: one embedded AWS for the run, seeded once, and the function under the emulator.

The function only reads EC2 and CloudWatch, so the resources outlive a test;
faults, counts and messages do not.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import signal
from typing import Any, Callable, Iterator

import pytest

import inbox
import seed
from emulator import Answer, Emulator, emulator, function_environment
from seed_large import seed_large
from server import EmbeddedAws, embedded_aws

ROOT = pathlib.Path(__file__).resolve().parents[2]
EVENTS = ROOT / "events"
CLEAN = ("eu-north-1", "eu-west-3")


def pytest_configure() -> None:
    # pytest unwinds fixtures on Ctrl-C only; a `timeout` or a CI runner sends SIGTERM.
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)


@dataclasses.dataclass(frozen=True)
class World:
    """An embedded AWS, what is expected of it, and the function to put in front of it."""

    aws: EmbeddedAws
    expected: dict[str, Any]
    bootstrap: pathlib.Path | None

    @property
    def topic(self) -> str:
        return self.expected["topics"]["standard"]["arn"]

    @contextlib.contextmanager
    def function(self, region: str = seed.HOME, **variables: str) -> Iterator[Emulator]:
        """The function with VPCE_GUARD_<NAME> from the keywords; the topic is set, an empty text unsets it."""
        settings = {"TOPIC_ARN": self.topic, "REGIONS": ",".join(seed.REGIONS), **variables}
        prefixed = {
            name if name.startswith("AWS_") else f"VPCE_GUARD_{name}": value
            for name, value in settings.items()
            if value
        }
        if self.bootstrap is None:
            pytest.fail("no bootstrap; build it (cargo build --bin bootstrap) or set VPCE_GUARD_BOOTSTRAP")
        with emulator(self.bootstrap, function_environment(self.aws.endpoint, region, prefixed)) as running:
            yield running

    def invoke(self, event: Any = None, **variables: str) -> Answer:
        """One invocation in a function of its own."""
        with self.function(**variables) as function:
            return function.invoke(event if isinstance(event, bytes) else json.dumps(event).encode())

    def report(self, event: Any = None, **variables: str) -> dict[str, Any]:
        """The answer of an invocation that must succeed."""
        with self.function(**variables) as function:
            answer = function.invoke(event if isinstance(event, bytes) else json.dumps(event).encode())
            assert not answer.failed, f"{answer.text}\n{function.logs()}"
            return answer.value

    def clean_report(self, *, regions: tuple[str, ...] = CLEAN, **request: Any) -> dict[str, Any]:
        """A full report on Regions in which everything is right."""
        return self.report({"response": "full", **request}, REGIONS=",".join(regions))

    def received(self, topic: str = "standard") -> list[dict[str, Any]]:
        """The SNS envelopes that have arrived in the topic's queue since the last look."""
        return inbox.receive(self.aws.endpoint, self.expected["topics"][topic])

    def accepted(self) -> list[dict[str, Any]]:
        return [publish for publish in self.aws.publishes() if publish["accepted"]]


@pytest.fixture(scope="session")
def bootstrap() -> pathlib.Path | None:
    path = pathlib.Path(os.environ.get("VPCE_GUARD_BOOTSTRAP", ROOT / "target" / "debug" / "bootstrap"))
    return path if path.exists() else None


@pytest.fixture(scope="session")
def _messy_world(bootstrap: pathlib.Path | None) -> Iterator[World]:
    with embedded_aws() as aws:
        expected = seed.seed(aws.endpoint)
        for region in CLEAN:
            seed.seed_clean(aws.endpoint, region)
        yield World(aws, expected, bootstrap)


@pytest.fixture
def world(_messy_world: World) -> World:
    """The messy account in eu-west-1 and us-east-1, and the clean Regions CLEAN."""
    _messy_world.aws.reset()
    for topic in _messy_world.expected["topics"]:
        _messy_world.received(topic)
    _messy_world.aws.reset()
    return _messy_world


@pytest.fixture(scope="session")
def _large_world(bootstrap: pathlib.Path | None) -> Iterator[World]:
    with embedded_aws() as aws:
        expected = seed_large(aws.endpoint, seed.HOME)
        expected["topics"] = seed.topics(aws.endpoint)
        yield World(aws, expected, bootstrap)


@pytest.fixture
def large_world(_large_world: World) -> World:
    """1,000 subnets on 100 tables in eu-west-1."""
    _large_world.aws.reset()
    _large_world.received()
    _large_world.aws.reset()
    return _large_world


@pytest.fixture
def event() -> Callable[[str], bytes]:
    """The bytes of a file in events/."""
    return lambda name: (EVENTS / name).read_bytes()
