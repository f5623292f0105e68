"""The SNS message: when it is sent, what it holds, how large it is, and what happens when it cannot be sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import CLEAN, World
from contract import SEVERITIES, check_report
from server import SNS_LIMIT, as_received


def only_publish(world: World) -> dict[str, Any]:
    (publish,) = world.accepted()
    return publish


class TestContents:
    def test_the_subject_says_what_and_where(self, world: World) -> None:
        world.report({})
        subject = only_publish(world)["subject"]
        assert 0 < len(subject) < 100 and subject.isprintable() and subject.isascii()
        assert any(character.isdigit() for character in subject)

    def test_each_protocol_gets_its_variant(self, world: World) -> None:
        answer = world.report({})
        publish = only_publish(world)
        assert publish["message_structure"] == "json"
        for protocol in ("sqs", "lambda", "http", "https"):
            document = json.loads(as_received(publish, protocol))
            check_report(document)
            assert "subnets" not in document
            assert document["summary"] == answer["summary"]
        for protocol in ("email", "default"):
            text = as_received(publish, protocol)
            with pytest.raises(ValueError):
                json.loads(text)
            worst = next(f for f in answer["findings"] if f["severity"] == "high" and not f["exemption"])
            assert worst["subnet_id"] in text and worst["vpc_id"] in text
            assert "aws ec2 " in text, "the exact command"

    def test_the_machine_gets_the_report_from_sqs(self, world: World) -> None:
        answer = world.report({})
        (envelope,) = world.received()
        document = json.loads(envelope["Message"])
        assert document["status"] == "violations"
        assert {f["fingerprint"] for f in document["findings"]} == {f["fingerprint"] for f in answer["findings"]}

    def test_attributes_for_filter_policies(self, world: World) -> None:
        world.report({})
        attributes = only_publish(world)["attributes"]
        assert attributes["schema"] == {"Type": "String", "Value": "vpce-guard/report/1"}
        assert attributes["status"] == {"Type": "String", "Value": "violations"}
        assert attributes["highest_severity"] == {"Type": "String", "Value": "high"}
        assert attributes["account_id"]["Value"].strip('[]"') == "123456789012"
        assert attributes["region"]["Type"] == "String.Array"
        assert json.loads(attributes["region"]["Value"]) == ["eu-west-1", "us-east-1"]


class TestSize:
    def test_a_thousand_subnets_fit(self, large_world: World) -> None:
        answer = large_world.report({}, REGIONS="eu-west-1", SERVICES="s3,dynamodb")
        publish = only_publish(large_world)
        assert publish["message_bytes"] + publish["attribute_bytes"] <= SNS_LIMIT
        document = json.loads(as_received(publish, "sqs"))
        assert document["summary"] == answer["summary"]
        kept = [finding["severity"] for finding in document["findings"]]
        assert 0 < len(kept) < answer["summary"]["findings"]
        assert kept[0] == "high" and kept == sorted(kept, key=SEVERITIES.index), "the worst first"
        text = as_received(publish, "email")
        assert any(word in text.lower() for word in ("more", "left out", "omitted")), "it says how many are left out"

    def test_the_full_answer_fits_into_lambdas_limit(self, large_world: World) -> None:
        answer = large_world.invoke({"response": "full", "dry_run": True}, REGIONS="eu-west-1", SERVICES="s3,dynamodb")
        assert not answer.failed and len(answer.text.encode()) <= 6 * 1024 * 1024


class TestWhen:
    def test_a_clean_run_is_silent_by_default(self, world: World) -> None:
        report = world.clean_report()
        assert report["notification"]["published"] is False and report["notification"]["reason"]
        assert world.aws.publishes() == []

    def test_always_is_always(self, world: World) -> None:
        report = world.report({}, REGIONS=",".join(CLEAN), NOTIFY="always")
        assert report["status"] == "compliant" and report["notification"]["published"] is True
        assert only_publish(world)["attributes"]["status"]["Value"] == "compliant"


class TestTopics:
    def test_fifo(self, world: World) -> None:
        answer = world.report({}, TOPIC_ARN=world.expected["topics"]["fifo"]["arn"])
        publish = only_publish(world)
        assert publish["message_group_id"] and publish["message_deduplication_id"]
        assert answer["notification"]["published"] is True
        assert len(world.received("fifo")) == 1

    def test_a_standard_topic_gets_no_deduplication_id(self, world: World) -> None:
        world.report({})
        assert only_publish(world)["message_deduplication_id"] is None

    def test_a_topic_in_another_region(self, world: World) -> None:
        topic = world.expected["topics"]["other_region"]
        world.report({}, TOPIC_ARN=topic["arn"], REGIONS="eu-west-1")
        assert only_publish(world)["region"] == topic["region"]
        assert len(world.received("other_region")) == 1


class TestFailures:
    def test_denied(self, world: World) -> None:
        world.aws.set_faults({"fault": "deny", "service": "sns"})
        answer = world.invoke({})
        assert answer.failed
        assert "Publish" in answer.text and "AuthorizationError" in answer.text and world.topic in answer.text

    def test_a_topic_that_does_not_exist(self, world: World) -> None:
        answer = world.invoke({}, TOPIC_ARN=f"{world.topic}-gone")
        assert answer.failed and f"{world.topic}-gone" in answer.text

    @pytest.mark.parametrize("kind", ["throttle", "server_error", "reset"])
    def test_a_failure_that_stays_fails_the_invocation(self, world: World, kind: str) -> None:
        world.aws.set_faults({"fault": kind, "service": "sns"})
        assert world.invoke({}).failed

    def test_a_refusal_that_passes_is_tried_again(self, world: World) -> None:
        world.aws.set_faults({"fault": "throttle", "service": "sns", "times": 1})
        assert world.report({})["notification"]["published"] is True
        assert len(world.received()) == 1

    def test_a_lost_answer_does_not_lead_to_a_second_mail(self, world: World) -> None:
        """The topic took the message, and only its answer got lost; nobody can tell from here."""
        world.aws.set_faults({"fault": "reset_after", "service": "sns", "times": 1})
        world.invoke({})
        assert len(world.received()) == 1

    def test_a_lost_answer_on_fifo_may_be_retried_with_the_same_id(self, world: World) -> None:
        world.aws.set_faults({"fault": "reset_after", "service": "sns", "times": 1})
        world.invoke({}, TOPIC_ARN=world.expected["topics"]["fifo"]["arn"])
        assert len({p["message_deduplication_id"] for p in world.aws.publishes()}) == 1
