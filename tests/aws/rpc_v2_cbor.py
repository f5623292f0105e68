"""Smithy RPC v2 CBOR, the protocol of the Rust CloudWatch client, over moto.

moto speaks CloudWatch's AWS JSON 1.0 protocol but not this one. The two carry
the same members, so a request is turned into JSON for moto and moto's answer
back into CBOR. The answer is walked along botocore's model of the operation,
since CBOR tells timestamps, integers and floats apart and JSON does not.

Specification: <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>
"""

from __future__ import annotations

import datetime
import json
import re
from functools import cache
from typing import Any

import botocore.model
import botocore.session
import cbor2

_PATH = re.compile(r"^/service/(?P<target>[^/]+)/operation/(?P<operation>[^/]+)$")

#: Smithy's service name, as it stands in the path, to botocore's.
_SERVICES = {"GraniteServiceVersion20100801": "cloudwatch"}


def match(path: str) -> tuple[str, str] | None:
    """The (target, operation) of a CBOR request's path, or None for any other path."""
    found = _PATH.match(path)
    return (found["target"], found["operation"]) if found else None


def request_to_json(body: bytes) -> bytes:
    """The JSON 1.0 body for a CBOR one; timestamps become epoch seconds."""
    members = cbor2.loads(body) if body else {}
    return json.dumps(members, default=_epoch_seconds).encode()


def answer_to_cbor(target: str, operation: str, body: bytes) -> bytes:
    """The CBOR body for a successful JSON 1.0 answer."""
    shape = _model(_SERVICES[target]).operation_model(operation).output_shape
    members = json.loads(body) if body.strip() else {}
    return cbor2.dumps(_typed(members, shape) if shape else {})


def error_to_cbor(code: str, message: str) -> bytes:
    """The CBOR body of an error: the absolute shape id in `__type`, and the message."""
    return cbor2.dumps({"__type": f"com.amazonaws.cloudwatch#{code}", "message": message})


def headers(error_code: str | None = None) -> list[tuple[str, str]]:
    """Answer headers; CloudWatch is "query compatible" and repeats an error's code in one."""
    result = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
    if error_code:
        result.append(("x-amzn-query-error", f"{error_code};Sender"))
    return result


@cache
def _model(service: str) -> botocore.model.ServiceModel:
    return botocore.session.Session().get_service_model(service)


def _epoch_seconds(value: object) -> float:
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    raise TypeError(f"no JSON form for {type(value).__name__}")


def _typed(value: Any, shape: botocore.model.Shape) -> Any:
    if value is None:
        return None
    if isinstance(shape, botocore.model.StructureShape):
        return {
            name: _typed(value[name], member)
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if isinstance(shape, botocore.model.ListShape):
        return [_typed(item, shape.member) for item in value]
    if isinstance(shape, botocore.model.MapShape):
        return {key: _typed(item, shape.value) for key, item in value.items()}
    if shape.type_name == "timestamp":
        return cbor2.CBORTag(1, float(value))
    if shape.type_name in ("double", "float"):
        return float(value)  # NaN and the infinities arrive as JSON's NaN, Infinity
    if shape.type_name in ("integer", "long"):
        return int(value)
    return value
