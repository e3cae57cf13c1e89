"""The codes of what can be wrong with a policy document, and of what is odd about it but no fault."""

from __future__ import annotations

FAULTS: dict[str, str] = {
    "LW-P01": "The document is not JSON.",
    "LW-P02": "The document is longer, deeper or of more parts than any policy.",
    "LW-P03": "There is no such condition operator.",
    "LW-P04": "The text is not UTF-8, or holds half of a surrogate pair.",
    "LW-P05": "An element has a JSON type that it cannot have.",
    "LW-P06": "There is no such element.",
    "LW-P07": "An element, or any key, stands twice in one object.",
    "LW-P08": "A required element is missing.",
    "LW-P09": "Two elements stand together that exclude each other, such as `Action` and `NotAction`.",
    "LW-P10": "An element does not belong in a policy of this type.",
    "LW-P11": "`Version` is neither 2012-10-17 nor 2008-10-17, or not the one that this policy type needs.",
    "LW-P12": "`Effect` is neither `Allow` nor `Deny`, in this case of letters.",
    "LW-P13": "A `Sid` has characters other than letters and digits.",
    "LW-P14": "A `Sid` stands twice in one document.",
    "LW-P15": "An action is neither `*` nor `service:Action`.",
    "LW-P16": "A resource is neither `*` nor an ARN.",
    "LW-P17": "An ARN has fewer than six parts where all six are needed.",
    "LW-P18": "There is no such type of principal.",
    "LW-P19": "A principal has none of the forms that AWS knows.",
    "LW-P20": "The principal must be `*` in a policy of this type.",
    "LW-P21": "A context key stands twice in one operator, in different case.",
    "LW-P22": "A context key has no value.",
    "LW-P23": "An RCP allows, and is not RCPFullAWSAccess.",
    "LW-P24": "A character is outside U+0009, U+000A, U+000D, U+0020 to U+00FF.",
    "LW-P25": "The document has so many faults that it is read no further.",
    "LW-P26": "An action of an RCP does not spell out its service, in lower case.",
    "LW-P27": "There is no such policy type.",
    "LW-P28": "A statement names no resource.",
}
"""What makes a document unusable, by code."""

OF_VALUES = frozenset(
    ("LW-P13", "LW-P14", "LW-P15", "LW-P16", "LW-P17", "LW-P19", "LW-P20", "LW-P23", "LW-P24", "LW-P26", "LW-P28")
)
"""The faults that leave no doubt what the document's parts are: a draft may have them."""

NOTES: dict[str, str] = {
    "LW-P51": "A policy variable is malformed.",
    "LW-P52": "A principal has a wildcard in part of it; AWS takes `*` for all principals alone.",
    "LW-P53": "The document has no statements.",
    "LW-P54": "`Id` stands in a policy of a type for which AWS documents none.",
    "LW-P55": "A context key has no prefix: it is in no request.",
    "LW-P56": "An action holds white space: it names nothing.",
    "LW-P57": "A resource is neither `*` nor an ARN; some services take such a form.",
    "LW-P58": "`null` in a list of resources is passed over, as AWS does.",
    "LW-P59": "An operator that does not exist has no keys; it is passed over, as AWS does.",
    "LW-P60": "A `Sid` has characters that not every service takes.",
    "LW-P61": "A federated principal stands outside a trust policy.",
    "LW-P62": "The service of an ARN holds a wildcard: it names nothing.",
    "LW-P63": "A list is empty: the statement matches nothing.",
    "LW-P64": "An operator is not in AWS's case of letters.",
    "LW-P65": "The account in a provider's ARN is not twelve digits: it names nobody.",
    "LW-Q01": "The document is over the default quota, which can be raised.",
    "LW-Q02": "The document is over the maximum that AWS grants.",
}
"""What a usable document may have against it, by code."""
