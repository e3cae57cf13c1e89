"""Why a call was not answered, and whether that may pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from leastwise.model.errors import InputError

_LONGEST: Final = 300
_SIGNED_OUT: Final = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired", "UnauthorizedSSOTokenError"}
    | {"SSOTokenLoadError", "TokenRetrievalError", "NoAuthTokenError", "LoginRefreshRequired", "LoginTokenLoadError"}
)
_NO_CREDENTIALS: Final = frozenset({"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"})
_PASSING: Final = frozenset(
    {"Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException"}
    | {"TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException"}
    | {"ProvisionedThroughputExceededException", "PriorRequestNotComplete", "TransactionInProgressException"}
    | {"SlowDown", "InternalError", "InternalFailure", "InternalServerError", "InternalServerException"}
    | {"ServiceUnavailable", "ServiceUnavailableException", "RequestTimeout", "RequestTimeoutException"}
    | {"EndpointConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ConnectionClosedError"}
    | {"HTTPClientError", "ProxyConnectionError", "ResponseStreamingError", "ServiceException"}
    | {"ResponseParserError"}
)
UNREACHABLE: Final = "EndpointConnectionError"
NOT_ENABLED: Final = frozenset({"UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "OptInRequired"})
"""What is answered by a Region that is not enabled for the account. Account Management Guide, "AWS Regions"."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """AWS's or the SDK's error code, the reason on one line, and whether another try may do."""

    code: str
    reason: str
    is_passing: bool


def refusal_of(error: Exception, profile: str) -> Refusal:
    """What an error of the SDK says; raises it where it is a fault of ours, InputError where nobody is signed in."""
    from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
    from botocore.parsers import ResponseParserError

    if isinstance(error, ClientError):
        told = error.response.get("Error", {})
        code, message = str(told.get("Code", "")), str(told.get("Message", ""))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    elif isinstance(error, BotoCoreError) and not isinstance(error, ParamValidationError):
        code, message, status = type(error).__name__, str(error), 0
    elif isinstance(error, ResponseParserError):  # what stands between answered, and not AWS
        code, message, status = type(error).__name__, "the answer is not AWS's", 0
    else:
        raise error
    if code in _SIGNED_OUT or code in _NO_CREDENTIALS:
        raise signed_out(code, message, profile) from None
    return Refusal(code, _one_line(message) or code, code in _PASSING or status >= 500)


def signed_out(code: str, message: str, profile: str) -> InputError:
    """The error that nobody is signed in, or no longer."""
    of_profile = f" of profile `{profile}`" if profile else ""
    option = f" --profile {profile}" if profile else ""
    if code in _NO_CREDENTIALS:
        return InputError(
            f"there are no AWS credentials{of_profile}: {_one_line(message)}",
            help="sign in to AWS, or name a profile with `--profile`",
        )
    return InputError(
        f"the sign-in{of_profile} has expired", help=f"run `aws sso login{option}`, then repeat the command"
    )


def _one_line(text: str) -> str:
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
