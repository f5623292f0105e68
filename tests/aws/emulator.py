"""Runs a `bootstrap` binary under AWS's own Lambda runtime interface emulator.

The emulator is a file inside the aws-sam-cli package; it is copied, never
downloaded. It takes care of the runtime API, the deadline header and the
function's logs, so the binary under test is the one that AWS would run.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import json
import os
import pathlib
import platform
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from typing import Any, Iterator, Mapping

from server import CREDENTIALS

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_INVOKE = "/2015-03-31/functions/function/invocations"


@dataclasses.dataclass(frozen=True)
class Answer:
    """What an invocation came back with."""

    text: str
    seconds: float

    @property
    def value(self) -> Any:
        """The answer as JSON; the emulator itself sometimes answers with plain text."""
        try:
            return json.loads(self.text)
        except ValueError:
            return self.text

    @property
    def failed(self) -> bool:
        """Whether Lambda counts the invocation as failed: an error document, or no JSON at all."""
        value = self.value
        return not isinstance(value, dict) or "errorType" in value or "errorMessage" in value


class Emulator:
    """A function that waits for invocations."""

    def __init__(self, url: str, log: pathlib.Path, process: subprocess.Popen[bytes]) -> None:
        self._url = url
        self._log = log
        self._process = process

    def invoke(self, event: bytes, *, timeout: float = 330) -> Answer:
        """Sends the event as it is, JSON or not, and waits for the answer."""
        request = urllib.request.Request(self._url + _INVOKE, data=event, method="POST")
        began = time.monotonic()
        try:
            with _DIRECT.open(request, timeout=timeout) as response:
                text = response.read().decode()
        except urllib.error.HTTPError as error:
            text = error.read().decode()
        return Answer(text, time.monotonic() - began)

    def logs(self) -> str:
        """Everything that the function and the emulator have written so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def function_pids(self) -> list[int]:
        """Processes of the function itself, for measurements."""
        return [pid for pid in _session(self._process.pid) if pid != self._process.pid]


def function_environment(endpoint: str, region: str, variables: Mapping[str, str]) -> dict[str, str]:
    """The whole environment of a function: what Lambda would set, the embedded AWS and `variables`.

    Nothing is inherited, so that no profile, proxy or real credential of the
    caller can reach the function.
    """
    return {
        "PATH": "/usr/bin:/bin",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_NAME": "vpce-guard",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "300",
        **CREDENTIALS,
        **variables,
    }


@contextlib.contextmanager
def emulator(bootstrap: pathlib.Path, environment: Mapping[str, str]) -> Iterator[Emulator]:
    """Runs `bootstrap` for the length of the `with` block; nothing of it is left afterwards."""
    if not os.access(bootstrap, os.X_OK):
        raise FileNotFoundError(f"no bootstrap at {bootstrap}; build it with: cargo build --bin bootstrap")
    with tempfile.TemporaryDirectory(prefix="vpce-guard-") as folder:
        home = pathlib.Path(folder)
        binary = shutil.copy(_binary(), home / "aws-lambda-rie")
        os.chmod(binary, 0o755)
        log = home / "function.log"
        port, runtime_port = _free_ports(2)
        command = [
            binary,
            "--runtime-interface-emulator-address", f"127.0.0.1:{port}",
            "--runtime-api-address", f"127.0.0.1:{runtime_port}",
            "--log-level", "warn",
            str(bootstrap.resolve()),
        ]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=home, env={"HOME": folder, **environment}, stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT,
                start_new_session=True,  # the emulator gives the function its own process group; a session holds both
            )
        try:
            # The emulator may open its own port first, and an invocation before the runtime's port is open fails.
            for opened in (runtime_port, port):
                _wait_for(opened, process, log)
            yield Emulator(f"http://127.0.0.1:{port}", log, process)
        finally:
            _stop(process)


def _binary() -> pathlib.Path:
    package = importlib.util.find_spec("samcli")
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError("aws-sam-cli is not installed; see tests/aws/requirements.txt")
    machine = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")
    return pathlib.Path(package.submodule_search_locations[0], "local", "rapid", f"aws-lambda-rie-{machine}")


def _free_ports(count: int) -> list[int]:
    """Ports that the OS calls free now; held together so that they differ."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _wait_for(port: int, process: subprocess.Popen[bytes], log: pathlib.Path) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None:
            break
        time.sleep(0.01)
    raise RuntimeError(f"the runtime interface emulator did not start:\n{log.read_text(errors='replace')}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Asks the emulator to end, then ends whatever is left of its session."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=1)
    for pid in _session(process.pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def _session(leader: int) -> list[int]:
    """The processes of the session that `leader` began, read from /proc."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                # The command in parentheses may hold spaces; the session is the 4th field after it.
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == leader:
                    found.append(int(entry.name))
    return found
