"""Copy the demo's real logs into the package with every credential blanked: `bundle_logs.py SOURCE_DIR`.

Records keep every byte of their source but the blanked values. The same sources give the same files.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src/leastwise/surfaces/demo_logs"
MARK = "BLANKED"
SETS = {
    "invictus-stratus-2023": 2_900,
    "opensearch-loghub-2021": 840,
    "grycap-student-account-2017": 142,
    "stratus-detonations-2024": 310,
}
SECRET_FIELDS = frozenset(
    """
    accesstoken authcode authorization authorizationdata authorizationtoken bearertoken ciphertext
    ciphertextblob ciphertextforrecipient clientsecret credential idtoken jwt keymaterial mfacode nexttoken
    otp plaintext privatekey privatekeyplaintext refreshtoken samlassertion secret secretaccesskey
    secretbinary secretstring securitytoken sessiontoken signature signedurl signintoken token tokencode
    tokenvalue userdata webidentitytoken x-amz-security-token x-amz-signature
    """.split()  # noqa: SIM905
)
"""Field names, in small letters, whose text is a credential or a sealed token."""

PATTERNS = (
    (re.compile(r"\b((?:AKIA|ASIA|ABIA|ACCA))[A-Z0-9]{12,}\b"), r"\1" + MARK),
    (re.compile(r"(Encoded authorization failure message:\s*)\S+"), r"\1" + MARK),
    (
        re.compile(
            r"((?:X-Amz-(?:Security-Token|Signature|Credential)|SigninToken|Signature|cell-number)=)[^&\s]+",
            re.I,
        ),
        r"\1" + MARK,
    ),
    (re.compile(r"(://[^/\s:@]+:)[^@\s/]+(?=@)"), r"\1" + MARK),
    (re.compile(r"\b((?:Bearer|Basic) )[A-Za-z0-9+/=._-]{16,}"), r"\1" + MARK),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]+)?"), MARK),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*", re.DOTALL), MARK),
)
"""What is a credential wherever it stands, and what is left of it."""

_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]')


@dataclass(frozen=True, slots=True)
class Value:
    """A text in a JSON source: its place, and the names of the fields that lead to it."""

    start: int
    end: int
    path: tuple[str, ...]


def blank(source: str) -> tuple[str, Counter[str]]:
    """`source` with its credentials blanked and nothing else changed; how many at which path."""
    pieces: list[str] = []
    blanked: Counter[str] = Counter()
    done = 0
    for value in texts(source):
        before = json.loads(source[value.start : value.end])
        after = _blanked(value.path, before)
        if after != before:
            pieces += [source[done : value.start], json.dumps(after, ensure_ascii=False)]
            done = value.end
            blanked[".".join(value.path)] += 1
    return "".join([*pieces, source[done:]]), blanked


def texts(source: str) -> Iterator[Value]:
    """Every text value of a JSON source in its order; a list adds `[]` to the path."""
    path: list[str] = []
    is_key = False
    for found in _TOKENS.finditer(source):
        token = found[0]
        if token in "{[":
            path.append("" if token == "{" else "[]")
            is_key = token == "{"
        elif token in "}]":
            path.pop()
        elif token == ",":
            is_key = path[-1] != "[]"
        elif token == ":":
            is_key = False
        elif is_key:
            path[-1] = json.loads(token)
        else:
            yield Value(found.start(), found.end(), tuple(path))


def records(source: str) -> Iterator[str]:
    """The text of each record of a delivered log, as it stands in the source."""
    decoder, at = json.JSONDecoder(), source.index("[") + 1
    while True:
        at = re.compile(r"[\s,]*").match(source, at).end()  # type: ignore[union-attr]
        if source[at] == "]":
            return
        _, end = decoder.raw_decode(source, at)
        yield source[at:end]
        at = end


def _blanked(path: tuple[str, ...], text: str) -> str:
    fields = [field.lower() for field in path]
    if fields and fields[-1] == "accesskeyid":
        return re.sub(r"^(AKIA|ASIA|ABIA|ACCA)?.+$", lambda kept: (kept[1] or "") + MARK, text)
    if any(field in SECRET_FIELDS or "password" in field for field in fields):
        return MARK if text else text
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def bundle(source: Path, name: str, expected: int) -> Counter[str]:
    """The set `name` is in the package as one file of `expected` records; what was blanked in it."""
    kept: list[str] = []
    blanked: Counter[str] = Counter()
    for path in sorted((source / name).rglob("*.json.gz")):
        for record in records(gzip.decompress(path.read_bytes()).decode("utf-8")):
            clean, found = blank(record)
            kept.append(clean)
            blanked += found
    if len(kept) != expected:
        raise SystemExit(f"{name}: {len(kept)} records, expected {expected}")
    text = '{"Records":[' + ",".join(kept) + "]}"
    (TARGET / f"{name}.json.gz").write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))
    return blanked


def report(blanked: dict[str, Counter[str]]) -> str:
    """What was blanked, as a page."""
    lines = ["# What was blanked in the demo's logs", ""]
    lines += ["Written by `scripts/bundle_logs.py`. Each value became `BLANKED`; an access key id keeps the four"]
    lines += [
        "letters that tell its kind; a message keeps the text before what was sealed. The rest is as it was.",
        "",
    ]
    for name, counts in blanked.items():
        lines += [f"## {name}", "", "| field | values |", "|---|---|"]
        lines += [f"| `{path}` | {count:,} |" for path, count in sorted(counts.items())]
        lines += [""]
    return "\n".join(lines)


def main() -> None:
    """Bundle all sets, print and keep the list of what was blanked."""
    source = Path(sys.argv[1])
    page = report({name: bundle(source, name, expected) for name, expected in SETS.items()})
    (TARGET / "BLANKED.md").write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
