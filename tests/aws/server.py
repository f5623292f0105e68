"""The embedded AWS: moto over HTTP on 127.0.0.1, with a guard layer in front.

The guard layer lets the Rust CloudWatch client in (see `rpc_v2_cbor`), counts
requests, records what is published to SNS and shows faults on demand (see
`faults`):

    GET  /_guard/calls      [{"service", "operation", "region", "count"}]
    GET  /_guard/peak       the highest number of requests in flight at once
    GET  /_guard/publishes  every SNS Publish, as `Publish` below
    POST /_guard/faults     [{"fault": "deny", "service": "ec2", ...}], replaces those in force
    POST /_guard/reset      forgets counts, publishes and faults; moto's state stays
    POST /moto-api/reset    moto's own: forgets all resources

Run by hand: `python server.py [--port 0]`; prints one line of JSON with the
endpoint and serves until SIGTERM, Ctrl-C or the end of its standard input
(`--until-stdin-closes`, so that it cannot outlive the program that started it).
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import dataclasses
import io
import json
import logging
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Callable, Iterable, Iterator

import faults as faults_module
import rpc_v2_cbor
from faults import Fault, Faults, Protocol

ACCOUNT = "123456789012"  # moto's default account

#: A caller of the embedded AWS needs credentials to sign with; nobody checks them.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_SESSION_TOKEN": "testing"}

SNS_LIMIT = 262_144  # bytes of message and attributes together

_SIGNING_NAMES = {"monitoring": "cloudwatch"}
_SCOPE = re.compile(r"Credential=[^/]+/[0-9]+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")

Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]


@dataclasses.dataclass(frozen=True)
class Call:
    """Which operation a request is for, read from the SigV4 scope and the protocol."""

    service: str
    operation: str
    region: str
    protocol: Protocol
    target: str = ""


@dataclasses.dataclass(frozen=True)
class Publish:
    """An SNS Publish request as it arrived. Sizes are in bytes, as SNS counts them."""

    region: str
    topic_arn: str
    subject: str
    message: str
    message_structure: str
    attributes: dict[str, dict[str, str]]
    message_group_id: str | None
    message_deduplication_id: str | None
    message_bytes: int
    attribute_bytes: int
    accepted: bool


class GuardLayer:
    """The WSGI application around moto's."""

    def __init__(self, inner: Callable[[dict[str, Any], StartResponse], Iterable[bytes]]) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._calls: collections.Counter[tuple[str, str, str]] = collections.Counter()
        self._in_flight = 0
        self._peak = 0
        self._publishes: list[Publish] = []
        self._faults = Faults()
        self._kept: dict[tuple[Call, bytes], tuple[str, Headers, bytes]] = {}
        self.stopping = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        if path.startswith("/_guard/"):
            status, headers, answer = self._control(environ["REQUEST_METHOD"], path, body)
        elif path.startswith("/moto-api/"):
            status, headers, answer = self._ask_moto(environ, body)
        else:
            call = _call(environ, path, body)
            with self._counted(call):
                status, headers, answer = self._serve(call, environ, body)
        headers = [(k, v) for k, v in headers if k.lower() != "content-length"]
        start_response(status, [*headers, ("Content-Length", str(len(answer)))])
        return [answer]

    @contextlib.contextmanager
    def _counted(self, call: Call) -> Iterator[None]:
        with self._lock:
            self._calls[call.service, call.operation, call.region] += 1
            self._in_flight += 1
            self._peak = max(self._peak, self._in_flight)
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1

    def _serve(self, call: Call, environ: dict[str, Any], body: bytes) -> tuple[str, Headers, bytes]:
        faults = self._faults.take(call.service, call.operation, call.region)
        names = [fault.fault for fault in faults]
        for fault in faults:
            if fault.fault == "hang":
                self.stopping.wait(fault.seconds)
            if fault.fault == "delay_ms":
                self.stopping.wait(fault.milliseconds / 1000)
        if "reset" in names:
            _reset_connection(environ)
        refusal = next(filter(None, (faults_module.error(n, call.service, call.operation) for n in names)), None)
        publish = _publish(call.region, body) if (call.service, call.operation) == ("sns", "Publish") else None
        if publish and not refusal:
            refusal = sns_refusal(publish)
        if refusal:
            self._record(publish)
            return _refusal(call, *refusal)

        token = None
        if {"endless_pages", "paged"} & set(names) and call.protocol in ("ec2", "query"):
            token = urllib.parse.parse_qs(body.decode()).get("NextToken", [None])[0]
            # moto made none of these tokens and would refuse them.
            body = re.sub(rb"&?NextToken=[^&]*", b"", body)
        status, headers, answer = self._answer(call, environ, body, faults)
        for fault in faults:
            if fault.fault == "paged" and call.protocol == "ec2" and status.startswith("200"):
                answer = faults_module.page(fault, answer, token)
        if publish:
            self._record(dataclasses.replace(publish, accepted=status.startswith("200")))
        if "reset_after" in names:
            _reset_connection(environ)
        if "garbage" in names:
            return "200 OK", [("Content-Type", "text/html")], b"<html><body>captive portal</body></html>"
        if "cut" in names:
            answer = answer[: len(answer) // 2]
        return status, headers, answer

    def _answer(
        self, call: Call, environ: dict[str, Any], body: bytes, faults: list[Fault]
    ) -> tuple[str, Headers, bytes]:
        """moto's answer in the caller's protocol, with the body-changing faults worked in."""
        if call.protocol == "cbor":
            body = rpc_v2_cbor.request_to_json(body)
            if any(fault.fault == "endless_pages" for fault in faults):
                body = json.dumps({k: v for k, v in json.loads(body).items() if k != "NextToken"}).encode()
            environ = {
                **environ,
                "PATH_INFO": "/",
                "RAW_URI": "/",
                "REQUEST_URI": "/",
                "CONTENT_TYPE": "application/x-amz-json-1.0",
                "HTTP_X_AMZ_TARGET": f"{call.target}.{call.operation}",
            }
            environ.pop("HTTP_SMITHY_PROTOCOL", None)
        kept = self._kept.get((call, body)) if any(fault.fault == "replay" for fault in faults) else None
        status, headers, answer = kept or self._ask_moto(environ, body)
        if call.protocol == "ec2" and any(fault.fault == "replay" for fault in faults):
            self._kept[call, body] = status, headers, answer
        if not status.startswith("200"):
            if call.protocol != "cbor":
                return status, headers, answer
            failure = json.loads(answer)
            code = failure.get("__type", "InternalFailure").rpartition("#")[2]
            message = failure.get("message") or failure.get("Message") or ""
            return status, rpc_v2_cbor.headers(code), rpc_v2_cbor.error_to_cbor(code, message)
        for fault in faults:
            try:
                answer = faults_module.change_body(fault, self._faults, call.protocol, answer)
            except LookupError as error:
                return _refusal(call, 400, "BrokenTest", str(error.args[0]))
        if call.protocol == "cbor":
            return status, rpc_v2_cbor.headers(), rpc_v2_cbor.answer_to_cbor(call.target, call.operation, answer)
        return status, headers, answer

    def _ask_moto(self, environ: dict[str, Any], body: bytes) -> tuple[str, Headers, bytes]:
        environ = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        began: list[tuple[str, Headers]] = []

        def start_response(status: str, headers: Headers, exc_info: Any = None) -> None:
            began.append((status, headers))

        chunks = self._inner(environ, start_response)
        try:
            answer = b"".join(chunks)
        finally:
            if close := getattr(chunks, "close", None):
                close()
        status, headers = began[-1]
        return status, headers, answer

    def _record(self, publish: Publish | None) -> None:
        if publish:
            with self._lock:
                self._publishes.append(publish)

    def _control(self, method: str, path: str, body: bytes) -> tuple[str, Headers, bytes]:
        match method, path:
            case "GET", "/_guard/calls":
                with self._lock:
                    counted = sorted(self._calls.items())
                keys = ("service", "operation", "region")
                return _json("200 OK", [{**dict(zip(keys, k)), "count": n} for k, n in counted])
            case "GET", "/_guard/peak":
                with self._lock:
                    return _json("200 OK", self._peak)
            case "GET", "/_guard/publishes":
                with self._lock:
                    return _json("200 OK", [dataclasses.asdict(publish) for publish in self._publishes])
            case "POST", "/_guard/faults":
                try:
                    self._faults.set([Fault.from_json(members) for members in json.loads(body)])
                except (TypeError, ValueError, re.error) as error:
                    return _json("400 Bad Request", {"error": str(error)})
                return _json("200 OK", {})
            case "POST", "/_guard/reset":
                self._faults.set([])
                self._kept.clear()
                with self._lock:
                    self._calls.clear()
                    self._peak = self._in_flight
                    self._publishes.clear()
                return _json("200 OK", {})
        return _json("404 Not Found", {"error": f"no {method} {path}"})


def _json(status: str, value: Any) -> tuple[str, Headers, bytes]:
    return status, [("Content-Type", "application/json")], json.dumps(value).encode()


def _call(environ: dict[str, Any], path: str, body: bytes) -> Call:
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    service, region = (scope["service"], scope["region"]) if scope else ("unsigned", "none")
    service = _SIGNING_NAMES.get(service, service)
    if cbor := rpc_v2_cbor.match(path):
        return Call(service, cbor[1], region, "cbor", target=cbor[0])
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return Call(service, target.rpartition(".")[2], region, "json")
    action = urllib.parse.parse_qs(body.decode(errors="replace")).get("Action", ["unknown"])[0]
    return Call(service, action, region, "ec2" if service == "ec2" else "query")


def _refusal(call: Call, status: int, code: str, message: str) -> tuple[str, Headers, bytes]:
    if call.protocol == "cbor":
        return f"{status} Refused", rpc_v2_cbor.headers(code), rpc_v2_cbor.error_to_cbor(code, message)
    content_type, body = faults_module.error_body(call.protocol, code, message)
    return f"{status} Refused", [("Content-Type", content_type)], body


def _reset_connection(environ: dict[str, Any]) -> None:
    """Closes the TCP connection with an RST, as a dying load balancer does."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
    raise ConnectionResetError("reset by a fault")


def sns_refusal(publish: Publish) -> tuple[int, str, str] | None:
    """(HTTP status, code, message) where SNS refuses what moto accepts."""
    if publish.topic_arn.split(":")[3:4] not in ([publish.region], []):
        return 400, "InvalidParameter", "Invalid parameter: TopicArn"
    if publish.message_bytes + publish.attribute_bytes > SNS_LIMIT:
        return 400, "InvalidParameter", "Invalid parameter: Message too long"
    if publish.message_structure == "json" and "default" not in json.loads(publish.message):
        return 400, "InvalidParameter", "Invalid parameter: Message Structure - No default entry in JSON message body"
    return None


def _publish(region: str, body: bytes) -> Publish:
    form = {key: values[0] for key, values in urllib.parse.parse_qs(body.decode()).items()}
    attributes: dict[str, dict[str, str]] = {}
    size = 0
    for key, name in form.items():
        if found := re.fullmatch(r"MessageAttributes\.entry\.(\d+)\.Name", key):
            value = f"MessageAttributes.entry.{found[1]}.Value"
            kind = form.get(f"{value}.DataType", "")
            text = form.get(f"{value}.StringValue") or form.get(f"{value}.BinaryValue", "")
            attributes[name] = {"Type": kind, "Value": text}
            size += sum(len(part.encode()) for part in (name, kind, text))
    message = form.get("Message", "")
    return Publish(
        region=region,
        topic_arn=form.get("TopicArn", ""),
        subject=form.get("Subject", ""),
        message=message,
        message_structure=form.get("MessageStructure", ""),
        attributes=attributes,
        message_group_id=form.get("MessageGroupId"),
        message_deduplication_id=form.get("MessageDeduplicationId"),
        message_bytes=len(message.encode()),
        attribute_bytes=size,
        accepted=False,
    )


def as_received(publish: dict[str, Any], protocol: str) -> str:
    """The text that a subscriber of this protocol gets: SNS's own choice for MessageStructure json."""
    if publish["message_structure"] != "json":
        return publish["message"]
    variants = json.loads(publish["message"])
    return variants.get(protocol, variants["default"])


class EmbeddedAws:
    """A handle on a running embedded AWS."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def calls(self) -> list[dict[str, Any]]:
        return self._request("GET", "/_guard/calls")

    def peak(self) -> int:
        """The highest number of requests in flight at once since the last reset."""
        return self._request("GET", "/_guard/peak")

    def publishes(self) -> list[dict[str, Any]]:
        return self._request("GET", "/_guard/publishes")

    def set_faults(self, *faults: dict[str, Any]) -> None:
        """Puts these faults in force, in place of those before."""
        self._request("POST", "/_guard/faults", faults)

    def reset(self) -> None:
        """Forgets counts, publishes and faults; resources stay."""
        self._request("POST", "/_guard/reset")

    def reset_resources(self) -> None:
        self._request("POST", "/moto-api/reset")

    def _request(self, method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body).encode() if method == "POST" else None
        request = urllib.request.Request(self.endpoint + path, data=data, method=method)
        try:
            with _DIRECT.open(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ValueError(error.read().decode()) from error


#: Opens URLs without regard to proxy variables: everything here is on the loopback.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextlib.contextmanager
def embedded_aws() -> Iterator[EmbeddedAws]:
    """Runs an embedded AWS in a process of its own for the length of the `with` block."""
    process = subprocess.Popen(
        [sys.executable, __file__, "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C reaches the caller alone, whose `with` block ends this process
        env={**os.environ, **CREDENTIALS},
    )
    assert process.stdin and process.stdout
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError("the embedded AWS did not start; its error output says why")
        yield EmbeddedAws(json.loads(line)["endpoint"])
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(timeout=3)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def serve(port: int, until_stdin_closes: bool) -> None:
    """Serves until SIGTERM, Ctrl-C or, on request, the end of standard input."""
    # moto looks for credentials when it starts a service; imported here so that
    # users of `embedded_aws` need not wait for it.
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    import moto_gaps

    class QuietHandler(MotoRequestHandler):
        def log_request(self, *args: object, **kwargs: object) -> None:
            """One line per request would bury the tests' own output."""

        def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
            self.close_connection = True  # a client that gave up, or the fault "reset"

    moto_gaps.patch()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    layer = GuardLayer(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", port, layer, threaded=True, request_handler=QuietHandler)
    server.daemon_threads = True

    def stop(*_: object) -> None:
        layer.stopping.set()
        threading.Thread(target=server.shutdown, daemon=True).start()

    def stop_at_end_of_stdin() -> None:
        # Unbuffered: a buffer's lock, held by this thread, would block the interpreter's end.
        while os.read(sys.stdin.fileno(), 4096):
            pass
        stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if until_stdin_closes:
        threading.Thread(target=stop_at_end_of_stdin, daemon=True).start()
    try:
        print(json.dumps({"endpoint": f"http://127.0.0.1:{server.server_port}"}), flush=True)
        server.serve_forever(poll_interval=0.05)
    except BrokenPipeError:
        pass  # whoever started this is gone already
    # Hanging answers sit in daemon threads; there is nothing to wait for or to save.
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with the standard input")
    arguments = parser.parse_args()
    serve(arguments.port, arguments.until_stdin_closes)


if __name__ == "__main__":
    main()
