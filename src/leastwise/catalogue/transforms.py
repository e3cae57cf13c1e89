"""Named functions that turn a request parameter's value into a template variable's value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlsplit


def _after_last_slash(value: str) -> str:
    return value.rsplit("/", 1)[-1]


def _after_last_colon(value: str) -> str:
    return value.rsplit(":", 1)[-1]


def _before_colon(value: str) -> str:
    name = value.rsplit("/", 1)[-1] if value.startswith("arn:") else value
    return name.split(":", 1)[0]


def _after_colon(value: str) -> str | None:
    return value.split(":", 1)[1] if ":" in value else None


def _strip_leading_slash(value: str) -> str:
    return value.lstrip("/")


def _absolute_path(value: str) -> str | None:
    """What follows the leading slash, of a value that has one."""
    return value[1:] if value.startswith("/") else None


def _account_of_queue_url(value: str) -> str | None:
    parts = urlsplit(value).path.strip("/").split("/")
    return parts[-2] if len(parts) >= 2 else None


def _copy_source(value: str) -> str:
    path = unquote(value.split("?", 1)[0]).lstrip("/")
    return path if not path.startswith("arn:") else path.split(":", 5)[-1]


def _bucket_of_copy_source(value: str) -> str:
    return _copy_source(value).split("/", 1)[0]


def _key_of_copy_source(value: str) -> str | None:
    _, slash, key = _copy_source(value).partition("/")
    return key if slash else None


def _version_of_copy_source(value: str) -> str | None:
    found = re.search(r"[?&]versionId=([^&]+)", value)
    return found.group(1) if found else None


def _id_of_arn(value: str) -> str:
    return re.split("[/:]", value)[-1] if value.startswith("arn:") else value


def _arn(value: str) -> str | None:
    return value if value.startswith("arn:") else None


def _resource_of_arn(value: str) -> str:
    """What follows the type in an ARN's resource part, paths included."""
    if not value.startswith("arn:"):
        return value
    return re.split("[/:]", value.split(":", 5)[-1], maxsplit=1)[-1]


def _lambda_name(value: str) -> str:
    return value.split(":function:", 1)[-1].split(":", 1)[0]


def _lambda_qualified(value: str) -> str:
    """A function's name with its qualifier: a qualified call is authorized on the qualified ARN.

    Source: AWS Lambda Developer Guide, "Fine-tuning the Resources and Conditions sections of policies".
    """
    return value.split(":function:", 1)[-1]


def _lambda_qualifier(value: str) -> str | None:
    parts = value.split(":function:", 1)[-1].split(":")
    return parts[-1] if len(parts) == 2 else None


def _secret_name(value: str) -> str:
    return value if value.startswith("arn:") else f"{value}-??????"


def _alias_name(value: str) -> str | None:
    found = re.search(r"(?:^|:)alias/(.+)$", value)
    return found.group(1) if found else None


def _key_id(value: str) -> str | None:
    if _alias_name(value):
        return None
    return _after_last_slash(value)


def _stack_name(value: str) -> str:
    return value.split("/")[1] if value.startswith("arn:") and "/" in value else value


def _topic_of_subscription(value: str) -> str | None:
    parts = value.split(":")
    return parts[5] if len(parts) == 7 else None


def _name_of_table(value: str) -> str:
    """A table's name, out of any ARN below `table/`."""
    return value.split(":table/", 1)[-1].split("/", 1)[0]


def _lambda_alias(value: str) -> str | None:
    qualifier = _lambda_qualifier(value) if ":" in value else value
    return None if qualifier is None or qualifier.isdigit() or qualifier == "$LATEST" else qualifier


def _lambda_version(value: str) -> str | None:
    qualifier = _lambda_qualifier(value) if ":" in value else value
    return qualifier if qualifier and (qualifier.isdigit() or qualifier == "$LATEST") else None


def _lambda_layer(value: str) -> str:
    return value.split(":layer:", 1)[-1].split(":", 1)[0]


def _without_scheme(value: str) -> str:
    return value.split("://", 1)[-1].rstrip("/")


def _log_group_name(value: str) -> str | None:
    if not value.startswith("arn:"):
        return value
    found = re.search(r":log-group:([^:]+)", value)
    return found.group(1) if found else None


def _event_bus_name(value: str) -> str | None:
    if not value.startswith("arn:"):
        return value
    return value.split(":event-bus/", 1)[1] if ":event-bus/" in value else None


def _custom_event_bus(value: str) -> str | None:
    name = _event_bus_name(value)
    return None if name == "default" else name


def _state_machine_name(value: str) -> str | None:
    found = re.search(r":(?:stateMachine|execution|express|mapRun):([^:/]+)", value)
    return found.group(1) if found else None


def _task_family(value: str) -> str:
    return value.rsplit("task-definition/", 1)[-1].split(":", 1)[0]


def _task_revision(value: str) -> str | None:
    tail = value.rsplit("task-definition/", 1)[-1]
    return tail.split(":", 1)[1] if ":" in tail else None


def _job_definition_name(value: str) -> str:
    return value.rsplit("job-definition/", 1)[-1].split(":", 1)[0]


def _after_colon_number(value: str) -> str | None:
    tail = value.rsplit(":", 1)[-1]
    return tail if tail.isdigit() else None


def _type_of_arn(value: str) -> str | None:
    return re.split("[/:]", value.split(":", 5)[-1])[0] if value.startswith("arn:") else None


def _account_of_arn(value: str) -> str | None:
    return value.split(":")[4] if value.startswith("arn:") else None


def _app_instance_of_arn(value: str) -> str | None:
    found = re.search(r":app-instance/([^/]+)", value)
    return found.group(1) if found else None


def _wafv2_scope(value: str) -> str | None:
    return {"REGIONAL": "regional", "CLOUDFRONT": "global"}.get(value.upper())


def _after_first_dash(value: str) -> str:
    return value.split("-", 1)[-1] if not value.startswith("arn:") else value


def _account_id(value: str) -> str | None:
    return value if re.fullmatch(r"\d{12}", value) else None


def _ou_id(value: str) -> str | None:
    return value[3:] if value.startswith("ou-") else None


def _root_id(value: str) -> str | None:
    return value[2:] if value.startswith("r-") else None


_PROFILE_AREAS = re.compile(r"(?:us|eu|apac|jp|au|ca|sa|me|af|us-gov|global)\.")


def _hosted_zone_id(value: str) -> str | None:
    return value if re.fullmatch(r"Z[0-9A-Z]+", value) else None


def _uuid(value: str) -> str | None:
    return value if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value.lower()) else None


def _foundation_model_id(value: str) -> str | None:
    if value.startswith("arn:") or _PROFILE_AREAS.match(value) or "." not in value:
        return None
    return value


def _inference_profile_id(value: str) -> str | None:
    return value if _PROFILE_AREAS.match(value) else None


def _true(value: str) -> str | None:
    return value if value.lower() == "true" else None


def _part_of_arn(value: str, index: int) -> str | None:
    parts = value.split(":", 5)[-1].split("/") if value.startswith("arn:") else []
    return parts[index] if len(parts) > index else None


Transform = Callable[[str], str | None]
TRANSFORMS: Mapping[str, Transform] = {
    "absolute-path": _absolute_path,
    "account-id": _account_id,
    "account-of-arn": _account_of_arn,
    "account-of-queue-url": _account_of_queue_url,
    "after-colon": _after_colon,
    "after-colon-number": _after_colon_number,
    "after-first-dash": _after_first_dash,
    "after-last-colon": _after_last_colon,
    "after-last-slash": _after_last_slash,
    "alias-name": _alias_name,
    "app-instance-of-arn": _app_instance_of_arn,
    "arn": _arn,
    "before-colon": _before_colon,
    "bucket-of-copy-source": _bucket_of_copy_source,
    "custom-event-bus": _custom_event_bus,
    "event-bus-name": _event_bus_name,
    "foundation-model-id": _foundation_model_id,
    "hosted-zone-id": _hosted_zone_id,
    "id-of-arn": _id_of_arn,
    "inference-profile-id": _inference_profile_id,
    "job-definition-name": _job_definition_name,
    "key-id": _key_id,
    "key-of-copy-source": _key_of_copy_source,
    "lambda-alias": _lambda_alias,
    "lambda-layer": _lambda_layer,
    "lambda-name": _lambda_name,
    "lambda-qualified": _lambda_qualified,
    "lambda-version": _lambda_version,
    "log-group-name": _log_group_name,
    "name-of-table": _name_of_table,
    "ou-id": _ou_id,
    "resource-of-arn": _resource_of_arn,
    "root-id": _root_id,
    "secret-name": _secret_name,
    "stack-name": _stack_name,
    "state-machine-name": _state_machine_name,
    "strip-leading-slash": _strip_leading_slash,
    "task-family": _task_family,
    "task-revision": _task_revision,
    "topic-of-subscription": _topic_of_subscription,
    "true": _true,
    "type-of-arn": _type_of_arn,
    "uuid": _uuid,
    "version-of-copy-source": _version_of_copy_source,
    "wafv2-scope": _wafv2_scope,
    "without-scheme": _without_scheme,
}
_ONLY = "only:"
_PART = "part:"
_IS = "is:"


def transformed(name: str, value: str) -> str | None:
    """`value` put through the named function; None when it holds no such part.

    `is:text` keeps just that text; `only:i` keeps an id whose prefix is `i-`, and no other; `part:2` is the
    second part, counted from the type, of an ARN's path.
    """
    if name.startswith(_IS):
        return value if value == name.removeprefix(_IS) else None
    if name.startswith(_PART):
        return _part_of_arn(value, int(name.removeprefix(_PART)))
    if name.startswith(_ONLY):
        prefix = re.escape(name.removeprefix(_ONLY))
        return value if re.fullmatch(f"{prefix}-[0-9A-Za-z]+", value) else None
    return TRANSFORMS[name](value) or None
