"""Saves what the embedded AWS says as a folder of AWS CLI answers, and lets `vpce-guard` judge it."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
from typing import Any, Iterable

from seed import client
from server import ACCOUNT

ROOT = pathlib.Path(__file__).resolve().parents[2]


def program() -> pathlib.Path:
    """The command line, as `cargo build --no-default-features --features cli` makes it."""
    path = pathlib.Path(os.environ.get("VPCE_GUARD", ROOT / "target" / "debug" / "vpce-guard"))
    assert path.exists(), f"no {path}: build it (cargo build --bin vpce-guard) or set VPCE_GUARD"
    return path


def save(endpoint: str, regions: Iterable[str], folder: pathlib.Path) -> pathlib.Path:
    """Writes <folder>/<account>/<region>/*.json."""
    for region in regions:
        ec2 = client("ec2", endpoint, region)
        place = folder / ACCOUNT / region
        place.mkdir(parents=True)
        lists = ec2.describe_managed_prefix_lists()
        answers = {
            "vpcs": ec2.describe_vpcs(),
            "subnets": ec2.describe_subnets(),
            "route-tables": ec2.describe_route_tables(),
            "vpc-endpoints": ec2.describe_vpc_endpoints(),
            "prefix-lists": ec2.describe_prefix_lists(),
            "managed-prefix-lists": lists,
        }
        for item in lists["PrefixLists"]:
            if item["OwnerId"] != "AWS":
                list_id = item["PrefixListId"]
                answers[f"entries-{list_id}"] = ec2.get_managed_prefix_list_entries(PrefixListId=list_id)
        for name, answer in answers.items():
            answer.pop("ResponseMetadata", None)
            (place / f"{name}.json").write_text(json.dumps(answer, default=str))
    return folder


@dataclasses.dataclass(frozen=True)
class Checked:
    """What `vpce-guard check` ended with."""

    code: int
    output: str

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.output)


def check(folder: pathlib.Path, *arguments: str) -> Checked:
    """Judges a saved account."""
    done = subprocess.run(
        [program(), "check", "--snapshot", folder, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode in (0, 1, 3), done.stderr
    return Checked(done.returncode, done.stdout)
