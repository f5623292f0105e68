"""A saved account, audited by the program, in every format."""

from __future__ import annotations

import dataclasses
import functools
import json
import pathlib
import subprocess
from typing import Any

import account


@dataclasses.dataclass(frozen=True)
class Audited:
    """One saved account, in every format."""

    program: pathlib.Path
    folder: pathlib.Path

    @functools.cache
    def text(self, form: str) -> str:
        command = [self.program, "check", "--snapshot", self.folder / "account", "--format", form,
                   "--config", self.folder / "config.toml", "--service", "s3", "--service", "dynamodb"]
        for vpc in account.VPCS:
            command += ["--vpc", vpc]
        done = subprocess.run(command, capture_output=True, timeout=60)
        assert done.returncode == 1, done.stderr.decode()
        return done.stdout.decode()

    @functools.cached_property
    def report(self) -> dict[str, Any]:
        return json.loads(self.text("json"))

    def verdicts(self, verdict: str) -> int:
        return sum(subnet["verdict"] == verdict for subnet in self.report["subnets"])

    def weights(self) -> dict[str, int]:
        """How many findings there are of each kind, by what the contract says of the report alone."""
        counts = {"violation": 0, "exempt": 0, "unverifiable": 0, "note": 0}
        for found in self.report["findings"]:
            if found["rule"] == "subnet-unverifiable":
                counts["unverifiable"] += 1
            elif found["exemption"]:
                counts["exempt"] += 1
            elif found["severity"] == "info":
                counts["note"] += 1
            else:
                counts["violation"] += 1
        return counts
