"""Reads the SQS queue behind an SNS topic, as a machine that subscribes to it would."""

from __future__ import annotations

import json
from typing import Any, Mapping

from seed import client


def receive(endpoint: str, topic: Mapping[str, str]) -> list[dict[str, Any]]:
    """Takes all envelopes out of the topic's queue; `Message` stays text, as SNS delivers it."""
    sqs = client("sqs", endpoint, topic["queue_region"])
    envelopes: list[dict[str, Any]] = []
    while True:
        answer = sqs.receive_message(QueueUrl=topic["queue_url"], MaxNumberOfMessages=10, WaitTimeSeconds=0)
        messages = answer.get("Messages", [])
        if not messages:
            return envelopes
        for message in messages:
            envelopes.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=topic["queue_url"], ReceiptHandle=message["ReceiptHandle"])
