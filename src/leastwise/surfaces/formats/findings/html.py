"""Findings as one HTML file that opens anywhere: no script, no outside address, plots with their tables beside them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from html import escape
from math import log1p
from typing import Final

from leastwise.findings.exceptions import Told
from leastwise.findings.finding import SEVERITIES
from leastwise.findings.surplus import Surplus
from leastwise.surfaces.formats.findings import Report

NAME = "html"
_MOST: Final = 1_500
"""Findings that are shown one by one, which keeps the file under two megabytes."""

_BARS: Final = 25
_AGES: Final = ((30, "to 30 days"), (90, "to 90 days"), (365, "to a year"), (10**6, "older"))
_LADDERS: Final = 12
_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1a1d21;--dim:#4d5560;--line:#c9ced6;--paper:#fff;--soft:#f3f5f8;--bar:#1f5fa8;
--rest:#9db6d3;--critical:#8b0015;--high:#a33b00;--medium:#6b5200;--low:#1f5fa8;--info:#4d5560}
@media(prefers-color-scheme:dark){:root{--ink:#e8eaed;--dim:#b3bac4;--line:#454c55;--paper:#14171a;--soft:#1e2327;
--bar:#7fb2ec;--rest:#3d5876;--critical:#ff9aa8;--high:#ffb38a;--medium:#e8cf78;--low:#9cc7f5;--info:#b3bac4}}
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
main,header,footer{max-width:72rem;margin:0 auto;padding:0 1rem}h1{font-size:1.6rem}h2{margin-top:2.5rem}
summary:focus-visible,.wide:focus-visible{outline:3px solid var(--bar);outline-offset:2px}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
caption{text-align:left;color:var(--dim);padding:.3rem 0}
th,td{text-align:left;vertical-align:top;padding:.35rem .7rem .35rem 0;border-bottom:1px solid var(--line)}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}code{overflow-wrap:anywhere;font-size:.9em}
.counts{display:flex;flex-wrap:wrap;gap:.8rem;padding:0;list-style:none}.counts li{
background:var(--soft);padding:.5rem 1rem;border-left:.3rem solid var(--line)}.counts b{font-size:1.4rem;display:block}
.critical{color:var(--critical)}.high{color:var(--high)}.medium{color:var(--medium)}.low{color:var(--low)}
.info{color:var(--info)}
.severity{font-weight:700}details{margin:.2rem 0}ol.ladder{border-left:.2rem solid var(--line);padding-left:2rem}
svg{max-width:100%;height:auto}svg text{fill:var(--ink);font:13px system-ui,sans-serif}
.bar{fill:var(--bar)}.rest{fill:var(--rest)}
@media print{details{display:block}}@media(max-width:40rem){body{font-size:15px}th,td{padding-right:.4rem}}
"""


def written(report: Report) -> str:
    """The page; every text of the estate in it is escaped, and shown with direction marks as numbers."""
    return "".join(_page(report))


def _page(report: Report) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield f"<title>leastwise scan, {_text(report.day)}</title><style>{_STYLE}</style></head><body>"
    yield "<header><h1>leastwise scan</h1><p>"
    yield f"{report.accounts:,} accounts, {report.principals:,} principals, as of {_text(report.day)}; use of "
    yield f"{report.days} days.</p></header><main>"
    yield from _counts(report)
    yield from _plots(report)
    yield from _checks(report.told)
    yield from _not_asked(report)
    yield "</main><footer><p>Made by leastwise. This file holds no script and asks for nothing.</p></footer>"
    yield "</body></html>\n"


def _counts(report: Report) -> Iterator[str]:
    counts = Counter(one.finding.severity for one in report.told if one.is_open)
    yield '<section aria-labelledby="counts"><h2 id="counts">Findings by severity</h2><ul class="counts">'
    for severity in SEVERITIES:
        yield f'<li><b class="{severity}">{counts[severity]:,}</b>{severity}</li>'
    yield "</ul>"
    if report.excepted:
        yield f"<p>{report.excepted:,} more are excepted.</p>"
    yield "</section>"


def _plots(report: Report) -> Iterator[str]:
    if report.surplus:
        yield from _surplus(report.surplus[:_BARS])
    yield from _ages(report)
    ladders = [one for one in report.told if one.finding.group == "escalation" and one.finding.found.ladder]
    if ladders:
        yield '<section aria-labelledby="ladders"><h2 id="ladders">Ways to climb</h2>'
        yield from (_ladder(one) for one in ladders[:_LADDERS])
        yield "</section>"


def _surplus(several: Sequence[Surplus]) -> Iterator[str]:
    """A bar for each principal, what it used in front of what it is granted; and the same as a table."""
    most, height = log1p(max(one.granted for one in several)) or 1.0, 22
    yield '<section aria-labelledby="surplus"><h2 id="surplus">Granted and used, by principal</h2>'
    yield f'<svg viewBox="0 0 720 {height * len(several)}" role="img" '
    yield 'aria-label="Bars of granted and used actions on a logarithmic scale, '
    yield 'the same as the table below">'
    for place, one in enumerate(several):
        top, whole, used = place * height, 420 * log1p(one.granted) / most, 420 * log1p(one.used) / most
        yield f'<text x="0" y="{top + 15}">{_text(_short(one.principal))}</text>'
        yield f'<rect class="rest" x="280" y="{top + 3}" width="{whole:.1f}" height="16"/>'
        yield f'<rect class="bar" x="280" y="{top + 3}" width="{used:.1f}" height="16"/>'
    yield "</svg>"
    yield '<details><summary>The same as a table</summary><div class="wide" tabindex="0" role="region" '
    yield 'aria-label="Granted and used actions"><table><caption>Known actions granted, and those used in the window'
    yield '</caption><thead><tr><th scope="col">principal</th><th scope="col" class="n">granted</th>'
    yield '<th scope="col" class="n">used</th></tr></thead><tbody>'
    for one in several:
        yield f'<tr><th scope="row"><code>{_text(one.principal)}</code></th><td class="n">{one.granted:,}</td>'
        yield f'<td class="n">{one.used:,}</td></tr>'
    yield "</tbody></table></div></details></section>"


def _ages(report: Report) -> Iterator[str]:
    """How long findings are so, of those of which it is known."""
    today = date.fromisoformat(report.day)
    ages = [
        (today - date.fromisoformat(one.finding.found.since)).days for one in report.told if one.finding.found.since
    ]
    if not ages:
        return
    counts, low = [], -(10**6)
    for high, name in _AGES:
        counts.append((name, sum(low < age <= high for age in ages)))
        low = high
    most = max(count for _, count in counts) or 1
    yield '<section aria-labelledby="ages"><h2 id="ages">Age of findings</h2>'
    yield '<svg viewBox="0 0 720 96" role="img" aria-label="Bars of findings by age, the same as the table below">'
    for place, (name, count) in enumerate(counts):
        yield f'<text x="0" y="{place * 24 + 16}">{name}</text>'
        yield f'<rect class="bar" x="140" y="{place * 24 + 3}" width="{500 * count / most:.1f}" height="17"/>'
    yield '</svg><div class="wide" tabindex="0" role="region" aria-label="Findings by age"><table><caption>Findings of '
    yield "which it is known since when they are so</caption><tbody>"
    for name, count in counts:
        yield f'<tr><th scope="row">{name}</th><td class="n">{count:,}</td></tr>'
    yield "</tbody></table></div></section>"


def _ladder(one: Told) -> str:
    steps = "".join(f"<li><code>{_text(step)}</code></li>" for step in one.finding.found.ladder)
    return f'<h3><code>{_text(_short(one.finding.found.subject))}</code></h3><ol class="ladder">{steps}</ol>'


def _checks(told: Sequence[Told]) -> Iterator[str]:
    by_check: dict[tuple[int, str], list[Told]] = {}
    for one in told[:_MOST]:
        by_check.setdefault((one.finding.rank, one.finding.code), []).append(one)
    yield '<section aria-labelledby="findings"><h2 id="findings">Findings by check</h2>'
    for _, several in sorted(by_check.items()):
        yield from _check(several)
    if len(told) > _MOST:
        yield f"<p>{len(told) - _MOST:,} more are not shown here: <code>leastwise scan -f json</code> has them all.</p>"
    yield "</section>"


def _check(several: Sequence[Told]) -> Iterator[str]:
    first = several[0].finding
    yield f'<h3><span class="severity {first.severity}">{first.severity}</span> {_text(first.code)} '
    yield f"{_text(first.name)}: {len(several):,}</h3>"
    yield f'<div class="wide" tabindex="0" role="region" aria-label="{_text(first.name)}"><table>'
    yield f"<caption>{_text(first.name)}</caption><thead><tr>"
    yield '<th scope="col">about</th><th scope="col">finding</th><th scope="col">what to do</th></tr></thead><tbody>'
    for one in several:
        found = one.finding.found
        yield f'<tr><th scope="row"><code>{_text(found.subject)}</code>{_mark(one)}</th>'
        yield f"<td>{_text(found.message)}{_details(one)}<br><code>{_text(one.finding.id)}</code></td>"
        yield f"<td>{_text(found.remedy.says)}"
        yield f"<br><code>{_text(found.remedy.cli)}</code></td></tr>" if found.remedy.cli else "</td></tr>"
    yield "</tbody></table></div>"


def _mark(one: Told) -> str:
    if one.accepted:
        told = f"excepted until {one.accepted.until.isoformat()} by {one.accepted.owner}: {one.accepted.reason}"
        return f"<br><em>{_text(told)}</em>"
    return "<br><em>an exception has run out</em>" if one.run_out else ""


def _details(one: Told) -> str:
    found = one.finding.found
    lines = [*found.ladder, *found.evidence, *([f"not certain: {found.unknown}"] if found.unknown else [])]
    if not lines:
        return ""
    items = "".join(f"<li><code>{_text(line)}</code></li>" for line in lines)
    return f"<details><summary>what shows it</summary><ul>{items}</ul></details>"


def _not_asked(report: Report) -> Iterator[str]:
    if not report.not_asked and not report.notes:
        return
    yield '<section aria-labelledby="unknown"><h2 id="unknown">What is not known</h2><ul>'
    for one in report.not_asked:
        yield f"<li>{_text(one.check.code)} {_text(one.check.name)} was not asked: {_text(one.reason)}</li>"
    yield from (f"<li>{_text(note)}</li>" for note in report.notes)
    yield "</ul></section>"


def _short(arn: str) -> str:
    text = arn.partition(":role/")[2] or arn.partition(":user/")[2] or arn
    return text if len(text) < 34 else f"…{text[-32:]}"


_SURROGATES: Final = range(0xD800, 0xE000)
_UNSEEN: Final = frozenset(
    (*_SURROGATES, *range(0x20), *range(0x7F, 0xA0), 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
)


def _text(text: str) -> str:
    """The text as HTML shows it letter by letter; signs that are not seen are shown by their number."""
    return escape("".join(f"\\u{ord(sign):04x}" if ord(sign) in _UNSEEN else sign for sign in text), quote=True)
