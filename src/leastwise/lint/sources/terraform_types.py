"""Which attributes of Terraform's resources hold a policy document, and of which type."""

from __future__ import annotations

from collections.abc import Mapping

from leastwise.model.policy import Kind

_RESOURCE_POLICIES = (
    "aws_acmpca_policy",
    "aws_api_gateway_rest_api",
    "aws_api_gateway_rest_api_policy",
    "aws_backup_vault_policy",
    "aws_cloudwatch_event_bus_policy",
    "aws_codebuild_resource_policy",
    "aws_ecr_registry_policy",
    "aws_ecr_repository_policy",
    "aws_ecrpublic_repository_policy",
    "aws_efs_file_system_policy",
    "aws_glue_resource_policy",
    "aws_kms_external_key",
    "aws_kms_key",
    "aws_kms_key_policy",
    "aws_kms_replica_external_key",
    "aws_kms_replica_key",
    "aws_msk_cluster_policy",
    "aws_redshift_resource_policy",
    "aws_s3_access_point",
    "aws_s3_bucket_policy",
    "aws_s3control_access_point_policy",
    "aws_s3control_bucket_policy",
    "aws_s3control_object_lambda_access_point_policy",
    "aws_schemas_registry_policy",
    "aws_secretsmanager_secret_policy",
    "aws_ses_identity_policy",
    "aws_sesv2_email_identity_policy",
    "aws_sns_topic_policy",
    "aws_sqs_queue_policy",
    "aws_vpclattice_auth_policy",
)
_IDENTITY_POLICIES = ("aws_iam_group_policy", "aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy")

ATTRIBUTES: Mapping[str, Mapping[str, Kind]] = {
    **{name: {"policy": "resource"} for name in _RESOURCE_POLICIES},
    **{name: {"policy": "identity"} for name in _IDENTITY_POLICIES},
    "aws_cloudwatch_log_destination_policy": {"access_policy": "resource"},
    "aws_cloudwatch_log_resource_policy": {"policy_document": "resource"},
    "aws_codeartifact_domain_permissions_policy": {"policy_document": "resource"},
    "aws_codeartifact_repository_permissions_policy": {"policy_document": "resource"},
    "aws_dynamodb_resource_policy": {"policy": "resource"},
    "aws_elasticsearch_domain_policy": {"access_policies": "resource"},
    "aws_glacier_vault": {"access_policy": "resource"},
    "aws_iam_role": {"assume_role_policy": "trust", "inline_policy.policy": "identity"},
    "aws_kinesis_resource_policy": {"policy": "resource"},
    "aws_networkfirewall_resource_policy": {"policy": "resource"},
    "aws_opensearch_domain_policy": {"access_policies": "resource"},
    "aws_organizations_resource_policy": {"content": "resource"},
    "aws_rolesanywhere_profile": {"session_policy": "session"},
    "aws_s3tables_table_bucket_policy": {"resource_policy": "resource"},
    "aws_s3tables_table_policy": {"resource_policy": "resource"},
    "aws_ssoadmin_permission_set_inline_policy": {"inline_policy": "identity"},
    "aws_transfer_access": {"policy": "session"},
    "aws_transfer_user": {"policy": "session"},
    "aws_vpc_endpoint": {"policy": "endpoint"},
    "aws_vpc_endpoint_policy": {"policy": "endpoint"},
}
"""Resource type → attribute, as `block.attribute` in a block → policy type. Terraform AWS provider documentation.

Attributes that the provider fills from another resource are left out, such as `policy` of `aws_s3_bucket`: the
document is that resource's.
"""

FILLED_FROM: Mapping[str, str] = {
    "aws_api_gateway_rest_api": "aws_api_gateway_rest_api_policy",
    "aws_iam_role": "aws_iam_role_policy",
    "aws_kms_key": "aws_kms_key_policy",
    "aws_vpc_endpoint": "aws_vpc_endpoint_policy",
}
"""Resources of which the provider fills an attribute from another resource too, in a state."""

ORGANIZATIONS_POLICY = "aws_organizations_policy"
"""The resource whose `type` says of which policy type its `content` is; it is an SCP where it says none."""

DOCUMENT = "aws_iam_policy_document"
"""The data source that makes policy documents."""


def without_policy(path: str) -> str:
    """The path of an attribute without `policy`, which goes without saying, at its end."""
    return "" if path == "policy" else path.removesuffix(".policy")
