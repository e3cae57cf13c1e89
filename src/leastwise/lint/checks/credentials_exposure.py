"""Actions that hand out credentials."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.breadth import allows, among, is_all, is_every_action, told
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements, named_actions

_HANDED_OUT = named_actions(
    "credentials-exposure",
    "cognito-identity:getcredentialsforidentity",
    "cognito-identity:getid",
    "cognito-identity:getopenidtoken",
    "cognito-identity:getopenidtokenfordeveloperidentity",
    "codeartifact:getauthorizationtoken",
    "connect:getfederationtoken",
    "ec2:getpassworddata",
    "ecr:getauthorizationtoken",
    "gamelift:getinstanceaccess",
    "gamelift:requestuploadcredentials",
    "iam:createaccesskey",
    "iam:createloginprofile",
    "iam:createservicespecificcredential",
    "iam:resetservicespecificcredential",
    "iam:updateloginprofile",
    "lightsail:createkeypair",
    "lightsail:downloaddefaultkeypair",
    "lightsail:getinstanceaccessdetails",
    "lightsail:getrelationaldatabasemasteruserpassword",
    "rds-db:connect",
    "redshift:getclustercredentials",
    "redshift:getclustercredentialswithiam",
    "redshift-serverless:getcredentials",
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:getfederationtoken",
    "sts:getsessiontoken",
    "chime:createapikey",
    "codepipeline:pollforjobs",
    "mediapackage:rotatechannelcredentials",
    "mediapackage:rotateingestendpointcredentials",
    "snowball:getjobunlockcode",
    "storagegateway:describechapcredentials",
)
"""In whose answer are keys, tokens or passwords; by the API reference of each service."""


@check_statements(
    "LW414",
    "credentials-exposure",
    severity="suggestion",
    kinds=("identity", "session"),
    source='IAM User Guide, "Security best practices in IAM"',
)
def credentials_exposure(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """An Allow of actions whose answer holds credentials.

    Keys, tokens or passwords that the caller gets can be used elsewhere and by others. It is told of actions that are
    named and of patterns within a service, so that each is allowed on purpose; a condition on the statement settles it.
    """
    if not allows(statement) or statement.said.conditions:
        return
    for written, names in among(statement, _HANDED_OUT):
        if not is_every_action(written.text) and not is_all(written.text.partition(":")[2]):
            yield Found(f"{told(names)} hands out credentials", written, "add a condition, or leave it out")
