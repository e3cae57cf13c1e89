"""A matrix of risk scenarios as one HTML page: no script, no outside address, light and dark, every name escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from leastwise.model.request import Principal, Request
from leastwise.surfaces.formats.shown import safe
from leastwise.synthesize.guardrails.matrix import LAYERS
from leastwise.synthesize.guardrails.standings import ORDER, Group, Standings

_MEMBERS: Final = 20
_MASK: Final = "********"

_STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b1b1b;--paper:#fff;--line:#c8c8c8;--soft:#f2f2f2;--bad:#9b1c1c;--good:#1d5c2a}
@media(prefers-color-scheme:dark){
:root{--ink:#ececec;--paper:#161616;--line:#4a4a4a;--soft:#242424;--bad:#ff9d9d;--good:#8fdc9f}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);
margin:2rem auto;max-width:78rem;padding:0 1rem}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}
caption{text-align:left;font-weight:600;padding:.5rem 0}
th,td{border:1px solid var(--line);padding:.3rem .6rem;text-align:left;vertical-align:top}
thead th{background:var(--soft)}td.number{text-align:right;font-variant-numeric:tabular-nums}
.gap{color:var(--bad);font-weight:600}.all{color:var(--good);font-weight:600}
details{border-top:1px solid var(--line);padding:.5rem 0}summary{cursor:pointer;font-weight:600}
code{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}@media print{details{break-inside:avoid}}
"""


def page(
    of_principals: Sequence[Standings],
    of_outsiders: Sequence[Standings],
    *,
    notes: Iterable[str] = (),
    secrets: Iterable[str] = (),
) -> str:
    """The whole page."""
    body = "\n".join(_body(of_principals, of_outsiders, tuple(notes), tuple(secrets)))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>Risk matrix</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>"
    )


def _body(
    of_principals: Sequence[Standings], of_outsiders: Sequence[Standings], notes: Sequence[str], secrets: Sequence[str]
) -> Iterator[str]:
    yield "<h1>Risk matrix</h1>"
    yield "<p>Which policy types stop which risk scenarios. A cell is about every request of a scenario.</p>"
    tables = (
        (of_principals, "Principals of the snapshot by scenario: how many are stopped, and by how many layers"),
        (of_outsiders, "Accounts by scenario: whether everybody outside the organisation is stopped"),
    )
    for held, caption in tables:
        if held:
            yield from _summary(held, caption)
    for held, _ in tables:
        for one in held:
            yield from _scenario(one, secrets)
    if notes:
        yield "<h2>Notes</h2>\n<ul>"
        yield from (f"<li>{_text(note)}</li>" for note in notes)
        yield "</ul>"


def _summary(held: Sequence[Standings], caption: str) -> Iterator[str]:
    yield f'<div class="wide"><table>\n<caption>{_text(caption)}</caption>\n<thead><tr><th scope="col">scenario</th>'
    yield "".join(f'<th scope="col">{name}</th>' for name in (*ORDER, "no second line of defence"))
    yield "</tr></thead>\n<tbody>"
    for one in held:
        counts = "".join(_count(standing, one.counts.get(standing, 0)) for standing in ORDER)
        alone = ", ".join(f"only {layer}: {many:,}" for layer, many in one.alone.items())
        link = f'<a href="#{_text(one.risk.name)}">{_text(one.risk.title)}</a>'
        yield f'<tr><th scope="row">{link}</th>{counts}<td>{_text(alone)}</td></tr>'
    yield "</tbody>\n</table></div>"


def _count(standing: str, count: int) -> str:
    is_gap = standing == "gap" and count
    return f'<td class="number{" gap" if is_gap else ""}">{count:,}</td>'


def _scenario(one: Standings, secrets: Sequence[str]) -> Iterator[str]:
    risk = one.risk
    is_open = " open" if one.counts.get("gap", 0) else ""
    yield f'<details id="{_text(risk.name)}"{is_open}><summary>{_text(risk.title)}</summary>'
    yield f"<p>{_text(risk.why)}</p>"
    actions = " ".join(f"<code>{_text(name)}</code>" for name in risk.actions)
    yield f"<p>Actions: {actions}</p>\n<p>Sources: {_text('; '.join(risk.sources))}</p>"
    yield f'<div class="wide"><table>\n<caption>{_text(risk.title)}: who stands alike</caption>\n<thead><tr>'
    yield "".join(f'<th scope="col">{name}</th>' for name in ("standing", "how many", "where", *LAYERS, "shown by"))
    yield "</tr></thead>\n<tbody>"
    for group in one.groups:
        yield _group(group, secrets)
    yield "</tbody>\n</table></div></details>"


def _group(one: Group, secrets: Sequence[str]) -> str:
    where = ", ".join(f"{name}: {count:,}" for name, count in one.places.items())
    members = ", ".join(one.members[:_MEMBERS])
    more = f" and {len(one.members) - _MEMBERS:,} more" if len(one.members) > _MEMBERS else ""
    cells = "".join(f'<td class="{cell.split()[0]}">{_text(cell)}</td>' for cell in one.answer.cells)
    shown = _witness(one.answer.witness, secrets) if one.answer.witness is not None else ""
    why = "".join(f"<br>{_text(text)}" for text in one.answer.why)
    return (
        f'<tr><th scope="row" class="{one.answer.standing.split()[0]}">{_text(one.answer.standing)}</th>'
        f'<td class="number">{len(one.members):,}</td><td>{_text(where)} in {len(one.accounts):,} accounts'
        f"<details><summary>names</summary>{_text(members)}{more}</details></td>{cells}<td>{shown}{why}</td></tr>"
    )


def _witness(witness: Request, secrets: Sequence[str]) -> str:
    who = witness.principal.arn if isinstance(witness.principal, Principal) else witness.principal
    context = json.dumps(dict(witness.context), default=str, ensure_ascii=False)
    for secret in sorted(secrets, key=len, reverse=True):
        context = context.replace(json.dumps(secret, ensure_ascii=False)[1:-1], _MASK)
    told = f"{who} {witness.action} {witness.resource}"
    return f"<code>{_text(told)}</code><br><code>{_text(context)}</code>"


def _text(text: str) -> str:
    """The text as HTML shows it, control and direction characters as escapes that can be read."""
    return escape(safe(text), quote=True)
