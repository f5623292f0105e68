"""Fixtures: the program, one saved account, and its report in every format.

The program is `VPCE_GUARD`, else target/debug/vpce-guard; nothing is built here. The validators that are not Python
packages are looked for in `VPCE_GUARD_NODE`, else .venv/node, both folders into which
`npm install --prefix FOLDER` was run after tests/formats/package.json was copied there.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import pathlib
import subprocess
from typing import Any

import pytest

import account

ROOT = pathlib.Path(__file__).resolve().parents[2]


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


@pytest.fixture(scope="session")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Audited:
    program = pathlib.Path(os.environ.get("VPCE_GUARD") or ROOT / "target/debug/vpce-guard").resolve()
    if not program.is_file():
        pytest.fail(f"there is no {program}; build it (cargo build --bin vpce-guard) or set VPCE_GUARD")
    folder = tmp_path_factory.mktemp("audited")
    account.save(folder / "account")
    (folder / "config.toml").write_text(account.CONFIG)
    return Audited(program, folder)


@pytest.fixture(scope="session")
def node_modules() -> pathlib.Path:
    """Where npm put the validators; without them a test is skipped, in CI it fails."""
    folder = pathlib.Path(os.environ.get("VPCE_GUARD_NODE") or ROOT / ".venv/node") / "node_modules"
    if not folder.is_dir():
        why = f"{folder} is missing, so SARIF is NOT validated: install Node.js, then run " \
              f"`cp tests/formats/package.json {folder.parent}/ && npm install --prefix {folder.parent}`"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return folder
