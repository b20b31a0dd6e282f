"""A page that opens with no network: one file without scripts, its pictures inside, ready to be printed."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

from gongche.press.picture import checked
from gongche.press.wording import cell_align, cell_text, date_text, shown, words
from oversight.document import (
    Block,
    Cell,
    Column,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Particulars,
    Picture,
    Table,
    digest_of,
    freeze,
)

_STYLE = (files("gongche") / "press" / "page.css").read_text(encoding="utf-8")
_SHORT = 9  # a plate, a date: better a wider column than two lines
_PROLOG = re.compile(r"^\s*<\?xml[^>]*\?>\s*")


def html_of(document: Document) -> bytes:
    """The document as a page, UTF-8. It names its own Content-Security-Policy: a style of its own and nothing else."""
    said = words(document)
    digest = f"{said['digest']} {digest_of(freeze(document))}"
    style = _STYLE.replace("DIGEST", digest)
    body = "\n".join([*_head(document), *map(_block, document.blocks), *_foot(document, digest)])
    language = "zh-CN" if document.language == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="content-security-policy" content="{_policy(style)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_said(document.title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    ).encode()


def policy_of(document: Document) -> str:
    """The Content-Security-Policy for the document's page where it is served."""
    return _policy(_STYLE.replace("DIGEST", f"{words(document)['digest']} {digest_of(freeze(document))}"))


def _policy(style: str) -> str:
    known = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{known}'; base-uri 'none'; form-action 'none'"


def _head(document: Document) -> Iterable[str]:
    if document.number is not None:
        yield f'<p class="mark">{_said(document.issuer)}</p>\n<p class="number">{_said(document.number)}</p>'
    yield f"<h1>{_said(document.title)}</h1>"
    if document.addressee is not None:
        yield f'<p class="addressee">{_said(document.addressee)}</p>'


def _foot(document: Document, digest: str) -> Iterable[str]:
    day = date_text(document.issued_on, document.language)
    yield f'<p class="signature"><span>{_said(document.issuer)}<br>{day}</span></p>'
    if document.notes:
        yield '<ol class="notes">' + "".join(f"<li>{_said(note)}</li>" for note in document.notes) + "</ol>"
    yield f'<p class="digest">{escape(digest)}</p>'


def _block(block: Block) -> str:
    match block:
        case Heading():
            level = min(max(block.level, 1), 4) + 1
            return f"<h{level}>{_said(block.text)}</h{level}>"
        case Paragraph():
            return f"<p>{_said(block.text)}</p>"
        case Table():
            return _table(block)
        case Particulars():
            rows = (f"<tr><th>{_said(name)}</th><td>{_said(cell_text(value))}</td></tr>" for name, value in block.rows)
            return f'<div class="wide"><table class="particulars"><tbody>{"".join(rows)}</tbody></table></div>'
        case Picture():
            caption = f"<figcaption>{_said(block.caption)}</figcaption>" if block.caption else ""
            drawn = _PROLOG.sub("", checked(block.svg))
            return f'<figure><div role="img" aria-label="{_said(block.description)}">{drawn}</div>{caption}</figure>'
        case PageBreak():
            return '<div class="page-break"></div>'


def _table(table: Table) -> str:
    caption = f"<caption>{_said(table.caption)}</caption>" if table.caption else ""
    titles = "".join(f'<th scope="col">{_said(column.title)}</th>' for column in table.columns)
    rows = "".join(_row(row, table.columns) for row in table.rows)
    totals = "" if table.totals is None else f"<tfoot>{_row(table.totals, table.columns, unknown='')}</tfoot>"
    share = sum(column.width for column in table.columns)
    widths = "".join(f'<col width="{100 * column.width / share:.1f}%">' for column in table.columns)
    return (
        f'<div class="wide"><table>{caption}<colgroup>{widths}</colgroup>'
        f"<thead><tr>{titles}</tr></thead><tbody>{rows}</tbody>{totals}</table></div>"
    )


def _row(row: Iterable[Cell], columns: Sequence[Column], unknown: str | None = None) -> str:
    cells = []
    for cell, column in zip(row, columns, strict=True):
        text = unknown if cell is None and unknown is not None else cell_text(cell, column.decimals)
        short = " short" if len(text) <= _SHORT else ""
        cells.append(f'<td class="{cell_align(cell, column).value}{short}">{_said(text)}</td>')
    return f"<tr>{''.join(cells)}</tr>"


def _said(text: str) -> str:
    return escape(shown(text)).replace("\n", "<br>")
