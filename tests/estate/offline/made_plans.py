"""Plans, states and a template made for tests."""

from __future__ import annotations

import json

ACCOUNT = "111122223333"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        ],
    }
)
READ = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'
OPEN = READ.replace('"Action"', '"Principal":"*","Action"')
ROLE = "aws_iam_role.app.name"
UNNAMED = {"name": True, "arn": True}
Json = dict[str, object]


def change(address: str, after: Json, unknown: Json | None = None, module: str = "", mode: str = "managed") -> Json:
    kind, name = address.removeprefix(f"{module}.").removeprefix("data.").split(".")[:2]
    told = {"module_address": module} if module else {}
    found = {"after": after, "after_unknown": unknown or {}}
    return {"address": address, "mode": mode, "type": kind, "name": name.partition("[")[0], "change": found, **told}


def refers(address: str, **references: list[str]) -> Json:
    kind, name = address.removeprefix("data.").split(".")[:2]
    mode = "data" if address.startswith("data.") else "managed"
    expressions = {attribute: {"references": found} for attribute, found in references.items()}
    return {"address": address, "mode": mode, "type": kind, "name": name, "expressions": expressions}


def plan(changes: list[Json], configured: list[Json] = [], calls: Json | None = None) -> Json:  # noqa: B006
    root = {"resources": configured, "module_calls": calls or {}}
    return {"format_version": "1.2", "resource_changes": changes, "configuration": {"root_module": root}}


def state(*resources: Json) -> Json:
    return {"format_version": "1.0", "values": {"root_module": {"resources": list(resources)}}}


def held(address: str, **values: object) -> Json:
    kind, name = address.split(".")[:2]
    return {"address": address, "mode": "managed", "type": kind, "name": name, "values": values}


PLAN = plan(
    [
        change("aws_iam_role.app", {"name_prefix": "app-", "assume_role_policy": TRUST}, {"name": True, "arn": True}),
        change("aws_iam_policy.read", {"name": "read", "path": "/", "policy": READ}, {"arn": True}),
        change("aws_iam_role_policy_attachment.a", {}, {"role": True, "policy_arn": True}),
        change("aws_iam_role_policy_attachment.b", {"policy_arn": "arn:aws:iam::aws:policy/A"}, {"role": True}),
        change("aws_iam_role_policy.inline", {"name": "own", "policy": READ}, {"role": True}),
        change("aws_iam_instance_profile.app", {"name": "app", "path": "/"}, {"role": True, "arn": True}),
        change("aws_iam_user.ann", {"name": "ann", "path": "/people/"}, {"arn": True}),
        change("aws_iam_group.staff", {"name": "staff", "path": "/"}, {"arn": True}),
        change("aws_iam_user_group_membership.ann", {"user": "ann", "groups": ["staff"]}),
        change(
            "aws_iam_policy_attachment.all",
            {"name": "x", "users": ["ann"], "groups": ["staff"]},
            {"policy_arn": True},
        ),
    ],
    [
        refers(
            "aws_iam_role_policy_attachment.a",
            role=[ROLE],
            policy_arn=["aws_iam_policy.read.arn"],
        ),
        refers("aws_iam_role_policy_attachment.b", role=["aws_iam_role.app"]),
        refers("aws_iam_role_policy.inline", role=["aws_iam_role.app.id"]),
        refers("aws_iam_instance_profile.app", role=[ROLE]),
        refers("aws_iam_policy_attachment.all", policy_arn=["aws_iam_policy.read.arn", "aws_iam_policy.read"]),
    ],
)

TEMPLATE = """
Parameters:
  Stage: {Type: String, Default: test}
  Bucket: {Type: String}
  Extra: {Type: CommaDelimitedList, Default: ""}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsTest: !Not [!Condition IsProd]
Mappings:
  Keys:
    prod: {Key: "arn:aws:kms:eu-west-1:111122223333:key/prod"}
Resources:
  App:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Sub "app-${Stage}"
      Path: /team/
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
            Action: sts:AssumeRole
      ManagedPolicyArns:
        - arn:aws:iam::aws:policy/ReadOnlyAccess
        - !Ref Shared
        - !If [IsProd, arn:aws:iam::aws:policy/PowerUserAccess, !Ref "AWS::NoValue"]
      PermissionsBoundary: !Ref Shared
      Policies:
        - PolicyName: own
          PolicyDocument:
            Version: 2012-10-17
            Statement:
              - {Effect: Allow, Action: "s3:GetObject", Resource: !Sub "arn:aws:s3:::${Bucket}/*"}
              - {Effect: Allow, Action: "kms:Decrypt", Resource: !FindInMap [Keys, !Ref Stage, Key]}
      Tags: [{Key: stage, Value: !Ref Stage}, {Key: team, Value: core}]
  Shared:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Users: [!Ref Ann]
      PolicyDocument:
        Version: 2012-10-17
        Statement: {Effect: Allow, Action: "sqs:*", Resource: !GetAtt Jobs.Arn}
  More:
    Type: AWS::IAM::Policy
    Condition: IsProd
    Properties:
      PolicyName: more
      Roles: [!Ref App]
      PolicyDocument: {Version: 2012-10-17, Statement: {Effect: Allow, Action: "logs:*", Resource: "*"}}
  Ann: {Type: AWS::IAM::User, Properties: {UserName: ann, Groups: [!Ref Staff]}}
  Staff: {Type: AWS::IAM::Group, Properties: {GroupName: staff}}
  Added: {Type: AWS::IAM::UserToGroupAddition, Properties: {GroupName: others, Users: [ann]}}
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {InstanceProfileName: app, Roles: [!Ref App]}}
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  JobsPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument:
        Version: 2012-10-17
        Statement: {Effect: Allow, Principal: "*", Action: "sqs:SendMessage", Resource: !GetAtt Jobs.Arn}
  Work: {Type: AWS::Lambda::Function, Properties: {FunctionName: work}}
  Allowed:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !GetAtt Work.Arn
      Action: lambda:InvokeFunction
      Principal: s3.amazonaws.com
      SourceAccount: !Ref AWS::AccountId
      SourceArn: !Sub "arn:aws:s3:::${Bucket}"
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: 2012-10-17
        Statement: {Effect: Allow, Principal: {AWS: !GetAtt App.Arn}, Action: "kms:*", Resource: "*"}
"""
