"""Faults that the embedded AWS can be told to show, and what they look like on the wire."""

from __future__ import annotations

import dataclasses
import json
import re
import threading
import xml.etree.ElementTree as ElementTree
from typing import Any, Iterable, Literal

Protocol = Literal["ec2", "query", "json", "cbor"]

#: Every fault and what it does.
KINDS: dict[str, str] = {
    "deny": "the caller lacks the permission (EC2: UnauthorizedOperation, others: AccessDenied)",
    "throttle": "too many requests (EC2: RequestLimitExceeded, others: Throttling)",
    "auth_failure": "as in a Region that is not enabled (EC2: AuthFailure, others: InvalidClientTokenId)",
    "expired": "the credentials have expired (EC2: RequestExpired, others: ExpiredToken)",
    "server_error": "HTTP 500, InternalError",
    "cut": "the first half of the body with a Content-Length that agrees with it",
    "garbage": "HTTP 200 with a page of HTML",
    "hang": "the answer comes after `seconds`",
    "reset": "the connection is reset without any answer, nothing is done",
    "reset_after": "the request is carried out, then the connection is reset without any answer",
    "paged": "EC2 answers come in pages of `page_size` items, the first page empty, as AWS may do",
    "endless_pages": "every answer holds a NextToken; `same_token` says whether it is always the same one",
    "delay_ms": "the answer comes `milliseconds` later",
    "partial_data": "every GetMetricData result has the status PartialData",
    "forbidden": "every GetMetricData result has the status Forbidden and no values",
    "replay": "EC2's answers are kept and given again, which takes moto's own time out of a benchmark",
    "replace": "`replacements`, pairs of pattern and text, are applied to the XML or JSON body",
}


@dataclasses.dataclass
class Fault:
    """One fault. None for `service`, `operation` or `region` means any.

    It is shown `times` times (None: always), after the first `skip` requests.
    """

    fault: str
    service: str | None = None
    operation: str | None = None
    region: str | None = None
    times: int | None = None
    skip: int = 0
    seconds: float = 5.0
    milliseconds: float = 50.0
    same_token: bool = False
    page_size: int = 1000
    replacements: list[tuple[str, str]] = dataclasses.field(default_factory=list)

    @classmethod
    def from_json(cls, members: dict[str, Any]) -> Fault:
        """Raises ValueError for a member or a fault that does not exist: a typo must not pass a test."""
        unknown = set(members) - {field.name for field in dataclasses.fields(cls)}
        if unknown:
            raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
        result = cls(**members)
        if result.fault not in KINDS:
            raise ValueError(f"no fault {result.fault!r}; there are: {', '.join(KINDS)}")
        for pattern, _ in result.replacements:
            re.compile(pattern)
        return result

    def concerns(self, service: str, operation: str, region: str) -> bool:
        wanted = ((self.service, service), (self.operation, operation), (self.region, region))
        return self.times != 0 and all(want in (None, have) for want, have in wanted)


class Faults:
    """The faults in force; safe to use from many request threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._pages = 0

    def set(self, faults: Iterable[Fault]) -> None:
        with self._lock:
            self._faults = list(faults)
            self._pages = 0

    def take(self, service: str, operation: str, region: str) -> list[Fault]:
        """The faults for this request, each counted as shown once."""
        with self._lock:
            found = []
            for fault in self._faults:
                if not fault.concerns(service, operation, region):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                found.append(fault)
            return found

    def next_page_token(self, fault: Fault) -> str:
        with self._lock:
            self._pages += 1
            return "endless" if fault.same_token else f"endless-{self._pages}"


def error(fault: str, service: str, operation: str) -> tuple[int, str, str] | None:
    """(HTTP status, code, message) of the faults that are error answers, else None."""
    ec2 = service == "ec2"
    action = f"{service}:{operation}"
    match fault:
        case "deny":
            code = "UnauthorizedOperation" if ec2 else "AuthorizationError" if service == "sns" else "AccessDenied"
            return 403, code, (
                "User: arn:aws:sts::123456789012:assumed-role/vpce-guard/vpce-guard is not authorized "
                f"to perform: {action} because no identity-based policy allows the {action} action"
            )
        case "throttle":
            code = "RequestLimitExceeded" if ec2 else "Throttling"
            return (503 if ec2 else 400), code, "Request limit exceeded."
        case "auth_failure":
            if ec2:
                return 401, "AuthFailure", "AWS was not able to validate the provided access credentials"
            return 403, "InvalidClientTokenId", "The security token included in the request is invalid."
        case "expired":
            if ec2:
                return 400, "RequestExpired", "Request has expired."
            return 403, "ExpiredToken", "The security token included in the request is expired"
        case "server_error":
            return 500, "InternalError", "An internal error has occurred"
    return None


def error_body(protocol: Protocol, code: str, message: str) -> tuple[str, bytes]:
    """(content type, body) of an error in an XML or JSON protocol."""
    if protocol == "json":
        body = json.dumps({"__type": code, "message": message})
        return "application/x-amz-json-1.0", body.encode()
    inner = f"<Code>{code}</Code><Message>{message}</Message>"
    if protocol == "ec2":
        body = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>fault</RequestID></Response>"
    else:
        body = f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error><RequestId>fault</RequestId></ErrorResponse>"
    return "text/xml;charset=UTF-8", f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()


def change_body(fault: Fault, faults: Faults, protocol: Protocol, body: bytes) -> bytes:
    """The body of moto's successful answer with the fault worked in.

    `body` is XML or JSON; CBOR answers are still JSON at this point.
    """
    match fault.fault:
        case "replace":
            text = body.decode()
            for pattern, replacement in fault.replacements:
                text, matches = re.subn(pattern, replacement, text, flags=re.DOTALL)
                if not matches:
                    # An overlay that changes nothing would let its test pass for nothing.
                    raise LookupError(f"nothing matches the pattern {pattern!r} of a replacement")
            return text.encode()
        case "endless_pages":
            return _with_token(protocol, body, faults.next_page_token(fault))
        case "partial_data" | "forbidden":
            return _with_status(body, forbidden=fault.fault == "forbidden")
    return body


def page(fault: Fault, body: bytes, token: str | None) -> bytes:
    """One page of EC2's whole XML answer; the token is the number of the page asked for."""
    root = ElementTree.fromstring(body)
    namespace = root.tag.rpartition("}")[0].lstrip("{")
    ElementTree.register_namespace("", namespace)
    items = next(child for child in root if child.tag.endswith("Set"))
    number = int(token or 0)
    everything = list(items)
    kept = everything[(number - 1) * fault.page_size : number * fault.page_size] if number else []
    for item in everything:
        items.remove(item)
    items.extend(kept)
    for child in [child for child in root if child.tag.endswith("nextToken")]:
        root.remove(child)
    if number * fault.page_size < len(everything):
        ElementTree.SubElement(root, f"{{{namespace}}}nextToken").text = str(number + 1)
    return ElementTree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _with_token(protocol: Protocol, body: bytes, token: str) -> bytes:
    if protocol in ("json", "cbor"):
        return json.dumps({**json.loads(body), "NextToken": token}).encode()
    text = re.sub(r"<nextToken>.*?</nextToken>|<nextToken */>", "", body.decode(), flags=re.IGNORECASE)
    head, end, tail = text.rpartition("</")
    return f"{head}<nextToken>{token}</nextToken>{end}{tail}".encode()


def _with_status(body: bytes, *, forbidden: bool) -> bytes:
    answer = json.loads(body)
    for result in answer.get("MetricDataResults", []):
        result["StatusCode"] = "Forbidden" if forbidden else "PartialData"
        if forbidden:
            result["Values"], result["Timestamps"] = [], []
    return json.dumps(answer).encode()
