"""Names that made-up things go by."""

from __future__ import annotations

COMPANIES = ("larchway", "tidemill", "brackenfell", "copperline", "saltmarsh", "quillstone", "hazelport", "windrush")
REGIONS = (("eu-west-1", "eu-central-1"), ("us-east-1", "us-west-2"), ("eu-north-1", "eu-west-1"))
_DOMAINS = (
    "orders payments catalog search shipping returns ledger invoices loyalty accounts pricing inventory media mail "
    "identity fraud reviews booking claims fleet routing metering tariffs leads support content feeds"
)
DOMAINS = tuple(_DOMAINS.split())
_TEAMS = (
    "checkout fulfilment finance growth insight platform logistics customer partners mobile pricing risk supply "
    "content billing claims energy retail travel health"
)
TEAMS = tuple(_TEAMS.split())
VENDORS = (
    ("cloudlens", "612483905571"),
    ("costhawk", "734090218846"),
    ("patrolstack", "845517702391"),
    ("pagewise", "926304418857"),
)
_GIVEN = (
    "amara bea carlos dana elif farid greta hana igor jana kofi lena mateo nadia omar petra quentin rosa sami tara "
    "uma victor wanda ximena yusuf zoe anton birgit chidi dalia"
)
GIVEN = tuple(_GIVEN.split())
_FAMILY = (
    "abel brandt castro dietrich eriksen fofana grant haddad ito jansen keller lopez mensah novak okafor petrov "
    "quist rahman silva tanaka ueda varga weber xu yilmaz zeller ahlberg bianchi cohen duarte"
)
FAMILY = tuple(_FAMILY.split())
CI_ORGANIZATION = "{company}-engineering"
