"""What an action can do in the wrong hands: its risk class, and its weight beside other actions.

The weights are this project's choice, published here and in the guide: nobody has measured them. The classes are those
under which risk reports of the field sort actions; which actions are in them is listed below by what AWS's API
references say that they do.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, Literal

from leastwise.catalogue.load import Catalogue, load_catalogue
from leastwise.catalogue.services import AccessLevel

Risk = Literal[
    "privilege escalation",
    "credentials exposure",
    "resource exposure",
    "data exfiltration",
    "infrastructure modification",
    "tagging",
    "reading",
    "listing",
]

WEIGHTS: Final[Mapping[Risk, int]] = {
    "privilege escalation": 100,
    "credentials exposure": 60,
    "resource exposure": 40,
    "data exfiltration": 15,
    "infrastructure modification": 10,
    "tagging": 4,
    "reading": 3,
    "listing": 1,
}

SENSITIVE: Final = 40
"""Actions of this weight and more are never granted without use, unless somebody accepts them by name."""

_BY_LEVEL: Final[Mapping[AccessLevel, Risk]] = {
    "Permissions management": "resource exposure",
    "Write": "infrastructure modification",
    "Tagging": "tagging",
    "Read": "reading",
    "List": "listing",
}


def risk_of(action: str, catalogue: Catalogue | None = None) -> Risk:
    """The worst that the action is known for; an action that the catalogue has not counts as a write."""
    known = catalogue or load_catalogue()
    return _risk_of(action.lower(), known)


def weight_of(action: str, catalogue: Catalogue | None = None) -> int:
    """How much the action weighs, from 1 to 100."""
    return WEIGHTS[risk_of(action, catalogue)]


def is_sensitive(action: str, catalogue: Catalogue | None = None) -> bool:
    """Whether the action is never granted without use, unless somebody accepts it by name."""
    return weight_of(action, catalogue) >= SENSITIVE


@lru_cache(maxsize=65_536)
def _risk_of(action: str, catalogue: Catalogue) -> Risk:
    listed = _LISTED.get(action)
    if listed is not None:
        return listed
    found = catalogue.action(action)
    return _BY_LEVEL[found.access_level] if found else "infrastructure modification"


ESCALATING: Final = frozenset(
    {
        "apprunner:updateservice",
        "bedrock-agentcore:startcodeinterpretersession",
        "cloudformation:createchangeset",
        "cloudformation:createstack",
        "cloudformation:createstackset",
        "cloudformation:updatestack",
        "cloudformation:updatestackset",
        "codebuild:startbuild",
        "codebuild:startbuildbatch",
        "codebuild:updateproject",
        "datapipeline:putpipelinedefinition",
        "ec2:createlaunchtemplateversion",
        "ec2:modifyinstanceattribute",
        "ec2:modifylaunchtemplate",
        "ec2-instance-connect:sendserialconsolesshpublickey",
        "ec2-instance-connect:sendsshpublickey",
        "ecs:executecommand",
        "glue:createdevendpoint",
        "glue:updatedevendpoint",
        "glue:updatejob",
        "iam:addroletoinstanceprofile",
        "iam:addusertogroup",
        "iam:attachgrouppolicy",
        "iam:attachrolepolicy",
        "iam:attachuserpolicy",
        "iam:createaccesskey",
        "iam:createloginprofile",
        "iam:createpolicyversion",
        "iam:deactivatemfadevice",
        "iam:deletegrouppolicy",
        "iam:deleterolepermissionsboundary",
        "iam:deleterolepolicy",
        "iam:deleteuserpermissionsboundary",
        "iam:deleteuserpolicy",
        "iam:detachgrouppolicy",
        "iam:detachrolepolicy",
        "iam:detachuserpolicy",
        "iam:passrole",
        "iam:putgrouppolicy",
        "iam:putrolepermissionsboundary",
        "iam:putrolepolicy",
        "iam:putuserpermissionsboundary",
        "iam:putuserpolicy",
        "iam:setdefaultpolicyversion",
        "iam:updateassumerolepolicy",
        "iam:updateloginprofile",
        "lambda:createeventsourcemapping",
        "lambda:updatefunctioncode",
        "lambda:updatefunctionconfiguration",
        "organizations:attachpolicy",
        "organizations:detachpolicy",
        "organizations:leaveorganization",
        "organizations:updatepolicy",
        "sagemaker:createnotebookinstancelifecycleconfig",
        "sagemaker:createpresignednotebookinstanceurl",
        "sagemaker:updatenotebookinstancelifecycleconfig",
        "ssm:sendcommand",
        "ssm:startsession",
        "sso:attachmanagedpolicytopermissionset",
        "sso:createaccountassignment",
        "sso:putinlinepolicytopermissionset",
        "sso:putpermissionsboundarytopermissionset",
        "sts:assumerole",
    }
)
"""With which a principal can get more than it has. Facts: pathfinding.cloud (Apache-2.0), Rhino Security Labs' list;
the removal of policies and boundaries, which may hold the Deny that binds, by the IAM API Reference."""

HANDING_OUT: Final = frozenset(
    {
        "chime:createapikey",
        "codeartifact:getauthorizationtoken",
        "codepipeline:pollforjobs",
        "cognito-identity:getcredentialsforidentity",
        "cognito-identity:getopenidtoken",
        "cognito-identity:getopenidtokenfordeveloperidentity",
        "connect:getfederationtoken",
        "ec2:getpassworddata",
        "ecr:getauthorizationtoken",
        "gamelift:getinstanceaccess",
        "gamelift:requestuploadcredentials",
        "iam:createservicespecificcredential",
        "iam:resetservicespecificcredential",
        "iam:uploadsigningcertificate",
        "iam:uploadsshpublickey",
        "lightsail:createkeypair",
        "lightsail:downloaddefaultkeypair",
        "lightsail:getinstanceaccessdetails",
        "lightsail:getrelationaldatabasemasteruserpassword",
        "mediapackage:rotatechannelcredentials",
        "mediapackage:rotateingestendpointcredentials",
        "rds-db:connect",
        "redshift-serverless:getcredentials",
        "redshift:getclustercredentials",
        "redshift:getclustercredentialswithiam",
        "secretsmanager:getsecretvalue",
        "secretsmanager:batchgetsecretvalue",
        "snowball:getjobunlockcode",
        "storagegateway:describechapcredentials",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:getfederationtoken",
    }
)
"""In whose answer, or by whose doing, somebody holds keys, tokens or passwords. API reference of each service."""

EXPOSING: Final = frozenset(
    {
        "ec2:modifyimageattribute",
        "es:updatedomainconfig",
        "ram:associateresourceshare",
        "ram:createresourceshare",
        "rds:modifydbclustersnapshotattribute",
        "rds:modifydbsnapshotattribute",
    }
)
"""That open a resource to others and that the Service Authorization Reference does not count as permissions
management, as it does the other ones."""

READING_DATA: Final = frozenset(
    {
        "athena:getqueryresults",
        "athena:getqueryresultsstream",
        "codecommit:getblob",
        "codecommit:getfile",
        "codecommit:gitpull",
        "dynamodb:batchgetitem",
        "dynamodb:exporttabletopointintime",
        "dynamodb:getitem",
        "dynamodb:getrecords",
        "dynamodb:partiqlselect",
        "dynamodb:query",
        "dynamodb:scan",
        "ebs:getsnapshotblock",
        "ec2:copysnapshot",
        "ecr:batchgetimage",
        "ecr:getdownloadurlforlayer",
        "es:eshttpget",
        "es:eshttppost",
        "glacier:getjoboutput",
        "kinesis:getrecords",
        "kms:decrypt",
        "kms:reencryptfrom",
        "lambda:getfunction",
        "lambda:getlayerversion",
        "logs:filterlogevents",
        "logs:getlogevents",
        "logs:getqueryresults",
        "logs:startlivetail",
        "neptune-db:readdataviaquery",
        "rds-data:batchexecutestatement",
        "rds-data:executestatement",
        "rds:copydbclustersnapshot",
        "rds:copydbsnapshot",
        "rds:downloadcompletedblogfile",
        "rds:startexporttask",
        "redshift-data:getstatementresult",
        "s3-object-lambda:getobject",
        "s3-object-lambda:getobjectversion",
        "s3:getobject",
        "s3:getobjecttorrent",
        "s3:getobjectversion",
        "s3:getobjectversiontorrent",
        "s3express:createsession",
        "sagemaker:invokeendpoint",
        "sqs:receivemessage",
        "ssm:getparameter",
        "ssm:getparameterhistory",
        "ssm:getparameters",
        "ssm:getparametersbypath",
        "ssm:getdocument",
        "timestream:select",
        "workmailmessageflow:getrawmessagecontent",
        "xray:gettracesummaries",
    }
)
"""Whose answer is what is stored: objects, items, messages, secrets, code. API reference of each service."""

_LISTED: Final[Mapping[str, Risk]] = {
    **dict.fromkeys(READING_DATA, "data exfiltration"),
    **dict.fromkeys(EXPOSING, "resource exposure"),
    **dict.fromkeys(HANDING_OUT, "credentials exposure"),
    **dict.fromkeys(ESCALATING, "privilege escalation"),
}
