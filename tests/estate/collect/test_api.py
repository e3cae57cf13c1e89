"""What a collector may call, and what becomes of a call that is not answered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError, SSOTokenLoadError, UnauthorizedSSOTokenError
from botocore.parsers import ResponseParserError
from botocore.session import Session
from recorded import models

from leastwise.estate.collect.api import Api, Asked, Stopped
from leastwise.estate.collect.registry import collector
from leastwise.estate.collect.sdk import Account
from leastwise.estate.held import NotRead
from leastwise.model.errors import InputError

READS = (
    "sqs.ListQueues",
    "sqs.GetQueueAttributes",
    "codeartifact.ListDomains",
    "events.ListEventBuses",
    "s3.ListDirectoryBuckets",
    "s3novel.ListThings",
)
Answered = tuple[AWSResponse, object]


def api_of(answer: Callable[[], Answered], region: str = "eu-west-1", *, is_stopped: bool = False) -> Api:
    session = Session()
    session.register_component("data_loader", models())
    session.set_credentials("testing", "testing", "testing")
    session.register("before-call", lambda **_: answer())
    account = Account(session, number="111122223333", partition="aws", profile="prod")
    return Api(account, region, reads=READS, wait=lambda _: None, asked=Asked(), is_stopped=lambda: is_stopped)


def error(code: str, message: str = "no") -> Answered:
    parsed = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return AWSResponse("", 400, {}, None), parsed


def answer(**values: object) -> Answered:
    return AWSResponse("", 200, {}, None), {**values, "ResponseMetadata": {"HTTPStatusCode": 200}}


def raising(fault: Exception) -> Callable[[], Answered]:
    def raise_it() -> Answered:
        raise fault

    return raise_it


def test_a_call_that_is_not_declared_is_a_bug() -> None:
    with pytest.raises(ValueError, match=r"sqs\.DeleteQueue is not among the declared reads"):
        api_of(answer).call("sqs.DeleteQueue", QueueUrl="q")


def test_parameters_that_the_model_does_not_know_are_a_bug() -> None:
    with pytest.raises(Exception, match="Unknown parameter"):
        api_of(answer).call("sqs.ListQueues", QueueName="q")


def test_a_code_that_says_there_is_none_is_no_refusal() -> None:
    api = api_of(lambda: error("NoSuchPolicy"))
    assert None is api.call("sqs.ListQueues", absent=("NoSuchPolicy",))
    assert [] == api.not_read


def test_a_refusal_is_told_on_one_line() -> None:
    api = api_of(lambda: error("AccessDenied", "not\n you,\x1b[31m red " + "x" * 400))
    assert None is api.call("sqs.GetQueueAttributes", subject="arn:q", QueueUrl="q")
    (told,) = api.not_read
    assert ("sqs.GetQueueAttributes", "111122223333", "eu-west-1", "arn:q", "AccessDenied") == (
        told.what,
        told.account,
        told.region,
        told.subject,
        told.code,
    )
    assert told.reason.startswith("not you, [31m red xxx")
    assert told.reason.endswith("…")
    assert 300 == len(told.reason)
    assert not api.may_pass


@pytest.mark.parametrize("code", ["ThrottlingException", "ServiceUnavailable", "RequestLimitExceeded"])
def test_what_may_pass_is_known(code: str) -> None:
    api = api_of(lambda: error(code))
    api.call("sqs.ListQueues")
    assert api.may_pass


def test_a_region_that_is_not_enabled_is_named_so() -> None:
    api = api_of(lambda: error("UnrecognizedClientException", "the token is invalid"))
    api.call("sqs.ListQueues")
    assert ["the Region is not enabled for the account: the token is invalid"] == [one.reason for one in api.not_read]


def test_an_answer_that_is_not_from_aws_is_told() -> None:
    api = api_of(raising(ResponseParserError("<html>")))
    api.call("sqs.ListQueues")
    assert [("ResponseParserError", "the answer is not AWS's")] == [(one.code, one.reason) for one in api.not_read]
    assert api.may_pass


def test_a_service_that_is_listed_and_not_reached_is_told() -> None:
    api = api_of(raising(EndpointConnectionError(endpoint_url="https://sqs")))
    api.call("sqs.ListQueues")
    assert ["EndpointConnectionError"] == [one.code for one in api.not_read]


def test_a_service_that_is_neither_listed_nor_reached_is_not_there() -> None:
    """Of CodeArtifact in sa-east-1 the SDK's list knows nothing, and no endpoint answers."""
    api = api_of(raising(EndpointConnectionError(endpoint_url="https://codeartifact")), "sa-east-1")
    assert [] == list(api.rows("codeartifact.ListDomains", "domains"))
    assert [] == api.not_read
    assert api.is_nowhere


def test_what_has_endpoints_of_its_own_is_not_there_without_them() -> None:
    api = api_of(raising(EndpointConnectionError(endpoint_url="https://s3express-control")))
    assert [] == list(api.rows("s3.ListDirectoryBuckets", "Buckets"))
    assert [] == api.not_read


def test_a_service_that_is_not_listed_but_answers_is_read() -> None:
    answers = iter([answer(domains=[{"name": "a"}]), error("AccessDeniedException")])
    api = api_of(lambda: next(answers), "sa-east-1")
    assert ["a"] == [one.text("name") for one in api.rows("codeartifact.ListDomains", "domains")]
    assert [] == list(api.rows("codeartifact.ListDomains", "domains"))
    assert [NotRead] == [type(one) for one in api.not_read]


def test_a_service_that_answered_and_is_not_reached_later_is_told() -> None:
    answers = iter([answer(domains=[])])
    api = api_of(lambda: next(answers, None) or raising(ReadTimeoutError(endpoint_url="https://x"))(), "sa-east-1")
    list(api.rows("codeartifact.ListDomains", "domains"))
    list(api.rows("codeartifact.ListDomains", "domains"))
    assert ["ReadTimeoutError"] == [one.code for one in api.not_read]


def test_pages_without_a_paginator_end_when_a_token_comes_again() -> None:
    api = api_of(lambda: answer(EventBuses=[{"Name": "a"}], NextToken="same"))
    assert ["a", "a"] == [one.text("Name") for one in api.rows("events.ListEventBuses", "EventBuses")]


@pytest.mark.parametrize("fault", [UnauthorizedSSOTokenError(), SSOTokenLoadError(error_msg="none")])
def test_a_sign_in_that_has_ended_is_no_refusal(fault: Exception) -> None:
    with pytest.raises(InputError) as told:
        api_of(raising(fault)).call("sqs.ListQueues")
    assert "the sign-in of profile `prod` has expired" == told.value.message
    assert "run `aws sso login --profile prod`, then repeat the command" == told.value.help


def test_a_service_that_the_sdk_is_too_old_for_is_told() -> None:
    api = api_of(answer)
    assert [] == list(api.rows("s3novel.ListThings", "Things"))
    assert None is api.call("s3novel.ListThings")
    assert ["UnknownServiceError"] * 2 == [one.code for one in api.not_read]


def test_nothing_is_called_once_a_run_has_ended() -> None:
    with pytest.raises(Stopped):
        api_of(answer, is_stopped=True).call("sqs.ListQueues")


def test_a_name_that_is_taken_stops_the_import() -> None:
    with pytest.raises(ValueError, match="there is a collector sqs already"):
        collector("sqs", reads=())(lambda _: ())


def test_a_collector_says_what_it_reads() -> None:
    with pytest.raises(ValueError, match="collector nameless has no docstring"):
        collector("nameless", reads=())(lambda _: ())
