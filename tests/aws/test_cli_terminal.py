"""The command line on a real terminal, against the embedded AWS: progress, width, colours."""

from __future__ import annotations

import fcntl
import os
import pathlib
import pty
import re
import select
import struct
import subprocess
import termios

import pytest

import seed
from conftest import ROOT, World
from server import CREDENTIALS

VPCE_GUARD = pathlib.Path(os.environ.get("VPCE_GUARD", ROOT / "target" / "debug" / "vpce-guard"))
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def environment(world: World, **more: str) -> dict[str, str]:
    settings = {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": world.aws.endpoint, "TERM": "xterm", **CREDENTIALS}
    return {**settings, **more}


def on_a_terminal(world: World, *arguments: str, columns: int = 100, **more: str) -> tuple[int, str]:
    """Runs a command with stdout and stderr on one terminal; gives exit code and what the terminal got."""
    own, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    command = [str(VPCE_GUARD), *arguments]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment(world, **more)
    )
    os.close(theirs)
    got = b""
    try:
        while select.select([own], [], [], 60)[0]:
            try:
                part = os.read(own, 65536)
            except OSError:  # Linux says so when the other end is closed.
                break
            if not part:
                break
            got += part
        return process.wait(timeout=60), got.decode()
    finally:
        process.kill()
        os.close(own)


REGIONS = [argument for region in seed.REGIONS for argument in ("--region", region)]


def test_a_person_sees_how_far_a_live_run_is(world: World) -> None:
    world.aws.reset()
    code, shown = on_a_terminal(world, "check", *REGIONS)
    assert code == 1
    last = re.search(r"(\d+) of (\d+) Regions, (\d+) calls, (\d+) findings in", ESCAPE.sub("", shown))
    assert last, shown
    assert last[1] == last[2] == str(len(seed.REGIONS))
    assert int(last[3]) == sum(call["count"] for call in world.aws.calls())


def test_a_pipe_gets_the_report_alone(world: World) -> None:
    command = [str(VPCE_GUARD), "check", *REGIONS]
    piped = subprocess.run(command, capture_output=True, env=environment(world), timeout=60)
    assert piped.returncode == 1
    assert piped.stderr == b""
    assert piped.stdout.startswith(b"{")


def test_quiet_shows_no_progress_on_a_terminal(world: World) -> None:
    _, shown = on_a_terminal(world, "check", "--quiet", *REGIONS)
    assert "calls" not in ESCAPE.sub("", shown)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_the_table_fits_the_terminal(world: World, columns: int) -> None:
    _, shown = on_a_terminal(world, "check", "--quiet", *REGIONS, columns=columns)
    for line in ESCAPE.sub("", shown).replace("\r", "").split("\n"):
        longest = max(map(len, line.split()), default=0)
        assert len(line) <= columns or line.startswith("     ") or longest + 3 > columns, line


def test_colours_are_for_terminals_and_not_with_no_color(world: World) -> None:
    _, coloured = on_a_terminal(world, "check", "--quiet", *REGIONS)
    assert "\x1b[31mviolation" in coloured
    _, plain = on_a_terminal(world, "check", "--quiet", *REGIONS, NO_COLOR="1")
    assert "\x1b" not in plain
