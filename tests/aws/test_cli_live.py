"""The command line against a live account: what can go wrong is said, and nothing is half judged.

Every run is the real binary as a process of its own, with an environment of its own.
"""

from __future__ import annotations

import contextlib
import json
import pathlib
import socket
import subprocess
import threading
import time
from typing import Any, Iterator

import pytest

import seed
from conftest import CLEAN, World
from server import CREDENTIALS

CHECK = ("check", "--format", "json")
#: Members of a report that tell when it was made.
TIMES = ("started_at", "finished_at")


class Cli:
    """`vpce-guard` in front of one embedded AWS."""

    def __init__(self, binary: pathlib.Path, endpoint: str, home: pathlib.Path) -> None:
        self._binary = binary
        self.home = home
        self.environment = {
            "HOME": str(home), "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": seed.HOME,
            "AWS_EC2_METADATA_DISABLED": "true", **CREDENTIALS,
        }

    def command(self, *arguments: str) -> list[str]:
        return [str(self._binary), *arguments]

    def run(self, *arguments: str, **variables: str | None) -> subprocess.CompletedProcess[str]:
        """Runs it to its end; a variable that is None is taken out of the environment."""
        environment = {k: v for k, v in {**self.environment, **variables}.items() if v is not None}
        return subprocess.run(
            self.command(*arguments), env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=120, cwd=self.home,
        )

    def without_credentials(self, *arguments: str, **variables: str | None) -> subprocess.CompletedProcess[str]:
        return self.run(*arguments, **{**dict.fromkeys(CREDENTIALS), **variables})


@pytest.fixture
def cli(world: World, bootstrap: pathlib.Path | None, tmp_path: pathlib.Path) -> Cli:
    binary = bootstrap.with_name("vpce-guard") if bootstrap else None
    if binary is None or not binary.exists():
        pytest.fail("no vpce-guard; build it (cargo build) or set VPCE_GUARD_BOOTSTRAP to the bootstrap beside it")
    return Cli(binary, world.aws.endpoint, tmp_path)


def fails(result: subprocess.CompletedProcess[str], *parts: str) -> None:
    """The run ended with 2, said nothing on stdout, and named every part on stderr, once."""
    assert result.returncode == 2, result
    assert result.stdout == ""
    for part in parts:
        assert part in result.stderr, result.stderr
    assert len(result.stderr.strip().splitlines()) <= 4, result.stderr


def at_regions(regions: tuple[str, ...]) -> list[str]:
    return [word for region in regions for word in ("--region", region)]


@contextlib.contextmanager
def silence() -> Iterator[str]:
    """A server that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        held: list[socket.socket] = []

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    held.append(server.accept()[0])

        threading.Thread(target=take, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for connection in held:
                connection.close()


@pytest.mark.parametrize("command", [("check",), ("snapshot",)])
class TestNothingCanBeAsked:
    def test_no_credentials(self, cli: Cli, command: tuple[str, ...]) -> None:
        fails(cli.without_credentials(*command), "NoCredentials", "AWS_PROFILE")

    def test_no_credentials_where_nobody_answers_for_the_instance(self, cli: Cli, command: tuple[str, ...]) -> None:
        """As on a machine that is no instance, behind a firewall that swallows packets."""
        with silence() as address:
            began = time.monotonic()
            result = cli.without_credentials(
                *command, AWS_EC2_METADATA_DISABLED=None, AWS_EC2_METADATA_SERVICE_ENDPOINT=address
            )
            took = time.monotonic() - began
        fails(result, "NoCredentials")
        assert took < 6, f"it took {took:.1f} s"

    def test_expired_credentials(self, cli: Cli, world: World, command: tuple[str, ...]) -> None:
        world.aws.set_faults({"fault": "expired"})
        fails(cli.run(*command), "Expired", "renew the credentials")

    def test_an_unknown_profile(self, cli: Cli, command: tuple[str, ...]) -> None:
        (cli.home / "mine").write_text("[profile prod]\nregion = eu-west-1\n")
        fails(
            cli.run(*command, "--profile", "pord", AWS_CONFIG_FILE=str(cli.home / "mine")),
            "no profile `pord`", str(cli.home / "mine"), str(cli.home / ".aws" / "credentials"),
        )
        fails(cli.without_credentials(*command, AWS_PROFILE="pord"), "no profile `pord`")

    def test_no_region(self, cli: Cli, command: tuple[str, ...]) -> None:
        fails(cli.run(*command, AWS_REGION=None), "no Region", "--region")
        fails(cli.run(*command, "--all-regions", AWS_REGION=None), "no Region", "--region")

    def test_a_malformed_region(self, cli: Cli, command: tuple[str, ...]) -> None:
        fails(cli.run(*command, "--region", "Ireland"), "Ireland", "eu-west-1")

    def test_a_region_that_is_not_enabled(self, cli: Cli, world: World, command: tuple[str, ...]) -> None:
        world.aws.set_faults({"fault": "auth_failure", "region": "eu-west-9"})
        fails(cli.run(*command, "--region", "eu-west-9"), "eu-west-9", "AuthFailure")

    def test_a_region_that_does_not_exist(self, cli: Cli, command: tuple[str, ...]) -> None:
        """Without the embedded AWS's address the SDK makes up one, which resolves to nothing."""
        began = time.monotonic()
        result = cli.run(*command, "--region", "eu-west-9", AWS_ENDPOINT_URL=None)
        fails(result, "in eu-west-9 failed (ConnectionError)", "check the Region's name")
        assert time.monotonic() - began < 30

    def test_everything_is_denied(self, cli: Cli, world: World, command: tuple[str, ...]) -> None:
        world.aws.set_faults({"fault": "deny"})
        fails(cli.run(*command), "is not authorized", "allow ")


def test_one_region_of_two_that_does_not_exist_is_not_complete(cli: Cli, world: World) -> None:
    world.aws.set_faults({"fault": "auth_failure", "region": "eu-west-9"})
    result = cli.run(*CHECK, *at_regions((CLEAN[0], "eu-west-9")))
    assert result.returncode == 3
    report = json.loads(result.stdout)
    assert report["complete"] is False and {e["region"] for e in report["errors"]} == {"eu-west-9"}


def test_a_profile_wins_over_keys_in_the_environment(cli: Cli, world: World) -> None:
    """Else the wrong account would be audited."""
    folder = cli.home / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text("[other]\naws_access_key_id = OTHERKEY\naws_secret_access_key = x\n")
    result = cli.run(*CHECK, "--profile", "other")
    assert result.returncode in (0, 1), result.stderr
    assert result.stdout
    with silence() as address:
        # Keys of the environment would need nobody.
        (folder / "config").write_text("[profile slow]\ncredential_source = Ec2InstanceMetadata\nrole_arn = arn:aws:iam::1:role/x\n")
        result = cli.run(*CHECK, "--profile", "slow", AWS_EC2_METADATA_SERVICE_ENDPOINT=address)
    fails(result, "NoCredentials")


@pytest.mark.parametrize("command", [CHECK, ("snapshot",)])
def test_a_closed_pipe_ends_quietly_and_is_no_verdict(cli: Cli, command: tuple[str, ...]) -> None:
    process = subprocess.Popen(
        cli.command(*command), env=cli.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout and process.stderr
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(timeout=60) == 2
    assert "panicked" not in said


def test_an_output_that_cannot_be_written(cli: Cli) -> None:
    for command in ("check", "snapshot"):
        fails(cli.run(command, "--output", "no/such/folder/report.json"), "no/such/folder/report.json")
    taken = cli.home / "taken"
    taken.write_text("")
    fails(cli.run("snapshot", "--output", "taken"), "taken", "not a directory")
    assert taken.read_text() == ""
    fails(cli.run("snapshot", "--output", "taken/below"), "taken/below")


def test_a_full_disk_leaves_nothing_that_reads_as_an_account(cli: Cli) -> None:
    full = pathlib.Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("w") as out:
        for command in (CHECK, ("snapshot",)):
            result = subprocess.run(
                cli.command(*command), env=cli.environment, stdout=out, stderr=subprocess.PIPE, text=True, timeout=60
            )
            assert result.returncode == 2 and "cannot be written" in result.stderr


def test_a_folder_that_holds_answers_already_is_left_alone(cli: Cli) -> None:
    folder = cli.home / "saved"
    folder.mkdir()
    (folder / "vpcs.json").write_text('{"Vpcs": []}')
    fails(cli.run("snapshot", "--output", "saved"), "vpcs.json", "new folder")
    assert [path.name for path in folder.iterdir()] == ["vpcs.json"]
    (folder / "vpcs.json").rename(folder / "README")
    assert cli.run("snapshot", "--output", "saved").returncode == 0
    assert sorted(path.name for path in folder.iterdir()) == ["123456789012", "README"]


def without_times(text: str) -> str:
    """The report as it was written, byte for byte, without the two lines that say when."""
    report = json.loads(text)
    for key in TIMES:
        text = text.replace(json.dumps(report[key]), '"then"')
    return text


def windows(text: str) -> set[str]:
    """The ends of the times that were asked about: a second run may ask about a later second."""
    return {
        endpoint["traffic"]["window"][side]
        for endpoint in json.loads(text)["endpoints"] if endpoint["traffic"]
        for side in ("start", "end")
    }


def without_windows(text: str) -> str:
    for window in windows(text):
        text = text.replace(window, "then")
    return text


FAULTS: dict[str, list[dict[str, Any]]] = {
    "nothing": [],
    "route tables denied in one Region": [
        {"fault": "deny", "service": "ec2", "operation": "DescribeRouteTables", "region": seed.HOME}
    ],
    "prefix lists cut": [{"fault": "cut", "service": "ec2", "operation": "DescribePrefixLists", "region": seed.AWAY}],
    "metrics denied": [{"fault": "deny", "service": "cloudwatch", "region": seed.HOME}],
    "metrics in part": [{"fault": "partial_data", "operation": "GetMetricData", "region": seed.AWAY}],
    "nobody knows whose account it is": [{"fault": "deny", "service": "sts"}],
    "a Region that is not enabled": [{"fault": "auth_failure", "service": "ec2", "region": seed.AWAY}],
    "lists of customers denied": [{"fault": "deny", "operation": "GetManagedPrefixListEntries"}],
}


@pytest.mark.parametrize("form", ["folder", "one.json"])
@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_a_snapshot_gives_the_report_of_the_live_account(
    cli: Cli, world: World, faults: list[dict[str, Any]], form: str
) -> None:
    asked = (*at_regions((*seed.REGIONS, CLEAN[0])), "--service", "s3", "--service", "dynamodb")
    world.aws.set_faults(*faults)
    live = cli.run(*CHECK, *asked)
    world.aws.set_faults(*faults)
    taken = cli.run("snapshot", *asked, "--output", form)
    assert taken.returncode == (3 if faults else 0), taken.stderr
    world.aws.reset()
    # No Region is named: the snapshot says them itself.
    read = cli.run(*CHECK, "--snapshot", form, "--service", "s3", "--service", "dynamodb")
    assert world.aws.calls() == []
    assert read.stderr == ""
    assert read.returncode == live.returncode
    assert without_windows(without_times(read.stdout)) == without_windows(without_times(live.stdout))
    report = json.loads(read.stdout)
    assert report["complete"] is not bool(faults)
    assert len(windows(read.stdout)) in (0, 2), "the window is the snapshot's own"


def test_a_snapshot_of_every_region_and_its_document_on_stdout(cli: Cli) -> None:
    live = cli.run(*CHECK, "--all-regions", "--no-metrics")
    taken = cli.run("snapshot", "--all-regions", "--no-metrics")
    assert taken.returncode == 0, taken.stderr
    (cli.home / "all").write_text(taken.stdout)
    read = cli.run(*CHECK, "--snapshot", "all")
    assert without_times(read.stdout) == without_times(live.stdout)


def test_metrics_for_another_service_are_not_taken_for_silence(cli: Cli) -> None:
    assert cli.run("snapshot", "--output", "one.json").returncode == 0
    read = cli.run(*CHECK, "--snapshot", "one.json", "--service", "dynamodb")
    assert "the saved metrics are about s3" in read.stderr
    rules = {finding["rule"] for finding in json.loads(read.stdout)["findings"]}
    assert not rules & {"endpoint-idle", "endpoint-unobserved"}


def test_a_redacted_snapshot_does_not_name_the_account(cli: Cli, world: World) -> None:
    denied = {"fault": "deny", "service": "ec2", "operation": "DescribeRouteTables", "region": seed.AWAY}
    world.aws.set_faults(denied)
    assert cli.run("snapshot", *at_regions(seed.REGIONS), "--redact", "--output", "shown").returncode == 3
    written = [path for path in (cli.home / "shown").rglob("*") if path.is_file()]
    text = "".join(str(path.relative_to(cli.home)) + path.read_text() for path in written)
    assert "123456789012" not in text
    # A role's session may be called after a person.
    assert "assumed-role/[redacted]" in text and "000000000001" in text
    world.aws.reset()
    report = json.loads(cli.run(*CHECK, "--snapshot", "shown").stdout)
    world.aws.set_faults(denied)
    live = json.loads(cli.run(*CHECK, *at_regions(seed.REGIONS)).stdout)
    assert report["summary"] == live["summary"]
    assert report["scope"]["accounts"] == ["000000000001"]
