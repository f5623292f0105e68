"""Fixtures: the program, one saved account, and its report in every format.

The program is `VPCE_GUARD`, else target/debug/vpce-guard; nothing is built here. The validators that are not Python
packages are looked for in `VPCE_GUARD_NODE`, else .venv/node, both folders into which
`npm install --prefix FOLDER` was run after tests/formats/package.json was copied there.
"""

from __future__ import annotations

import os
import pathlib

import pytest

import account
from audited import Audited

ROOT = pathlib.Path(__file__).resolve().parents[2]


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
