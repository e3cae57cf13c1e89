"""Which properties of CloudFormation's resources hold a policy document, and of which type."""

from __future__ import annotations

from collections.abc import Mapping

from leastwise.model.policy import Kind

_IDENTITY: Mapping[str, Kind] = {"PolicyDocument": "identity"}
_RESOURCE: Mapping[str, Kind] = {"PolicyDocument": "resource"}
_POLICY: Mapping[str, Kind] = {"Policy": "resource"}
_OWN_POLICY: Mapping[str, Kind] = {"ResourcePolicy": "resource"}
_KEY_POLICY: Mapping[str, Kind] = {"KeyPolicy": "resource"}
_ACCESS_POLICIES: Mapping[str, Kind] = {"AccessPolicies": "resource"}
_PERMISSIONS: Mapping[str, Kind] = {"PermissionsPolicyDocument": "resource"}
_REPOSITORY: Mapping[str, Kind] = {"RepositoryPolicyText": "resource"}

PROPERTIES: Mapping[str, Mapping[str, Kind]] = {
    "AWS::ApiGateway::RestApi": _POLICY,
    "AWS::Backup::BackupVault": {"AccessPolicy": "resource"},
    "AWS::CodeArtifact::Domain": _PERMISSIONS,
    "AWS::CodeArtifact::Repository": _PERMISSIONS,
    "AWS::DynamoDB::Table": {"ResourcePolicy.PolicyDocument": "resource"},
    "AWS::EC2::VPCEndpoint": {"PolicyDocument": "endpoint"},
    "AWS::ECR::PublicRepository": _REPOSITORY,
    "AWS::ECR::RegistryPolicy": {"PolicyText": "resource"},
    "AWS::ECR::Repository": _REPOSITORY,
    "AWS::EFS::FileSystem": {"FileSystemPolicy": "resource"},
    "AWS::Elasticsearch::Domain": _ACCESS_POLICIES,
    "AWS::IAM::Group": {"Policies[].PolicyDocument": "identity"},
    "AWS::IAM::GroupPolicy": _IDENTITY,
    "AWS::IAM::ManagedPolicy": _IDENTITY,
    "AWS::IAM::Policy": _IDENTITY,
    "AWS::IAM::Role": {"AssumeRolePolicyDocument": "trust", "Policies[].PolicyDocument": "identity"},
    "AWS::IAM::RolePolicy": _IDENTITY,
    "AWS::IAM::User": {"Policies[].PolicyDocument": "identity"},
    "AWS::IAM::UserPolicy": _IDENTITY,
    "AWS::KMS::Key": _KEY_POLICY,
    "AWS::KMS::ReplicaKey": _KEY_POLICY,
    "AWS::Kinesis::ResourcePolicy": _OWN_POLICY,
    "AWS::Logs::ResourcePolicy": _RESOURCE,
    "AWS::OpenSearchService::Domain": _ACCESS_POLICIES,
    "AWS::Organizations::ResourcePolicy": {"Content": "resource"},
    "AWS::RolesAnywhere::Profile": {"SessionPolicy": "session"},
    "AWS::S3::AccessPoint": _POLICY,
    "AWS::S3::BucketPolicy": _RESOURCE,
    "AWS::S3::MultiRegionAccessPointPolicy": _POLICY,
    "AWS::S3Express::BucketPolicy": _RESOURCE,
    "AWS::S3ObjectLambda::AccessPointPolicy": _RESOURCE,
    "AWS::S3Outposts::BucketPolicy": _RESOURCE,
    "AWS::S3Tables::TableBucketPolicy": _OWN_POLICY,
    "AWS::S3Tables::TablePolicy": _OWN_POLICY,
    "AWS::SNS::TopicInlinePolicy": _RESOURCE,
    "AWS::SNS::TopicPolicy": _RESOURCE,
    "AWS::SQS::QueueInlinePolicy": _RESOURCE,
    "AWS::SQS::QueuePolicy": _RESOURCE,
    "AWS::SSO::PermissionSet": {"InlinePolicy": "identity"},
    "AWS::SecretsManager::ResourcePolicy": _OWN_POLICY,
    "AWS::Serverless::Function": {
        "AssumeRolePolicyDocument": "trust",
        "Policies[]": "identity",
        "Policies": "identity",
    },
    "AWS::Serverless::StateMachine": {"Policies[]": "identity", "Policies": "identity"},
    "AWS::VpcLattice::AuthPolicy": _POLICY,
}
"""Resource type → property, `[]` for each of a list → policy type. CloudFormation Template Reference; AWS SAM."""

ORGANIZATIONS_POLICY = "AWS::Organizations::Policy"
"""The resource whose `Type` says of which policy type its `Content` is."""
