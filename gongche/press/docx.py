"""DOCX, by python-docx: what an office goes on writing in. Set as the PDF is, in the fonts that offices have."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as Word
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph as WordParagraph
from docx.text.run import Run

from gongche.press.archive import settled
from gongche.press.docx_table import table_element
from gongche.press.fonts import fonts_in
from gongche.press.picture import height_mm, png_of
from gongche.press.wording import cell_align, cell_text, date_text, shown, words
from oversight.document import (
    Align,
    Block,
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

_WIDTH_MM, _HEIGHT_MM = 156.0, 200.0
_RED = RGBColor(0xD4, 0x00, 0x0B)
_LATIN = "Times New Roman"
_TITLE, _BODY, _KAI, _HEI, _SONG = "方正小标宋简体", "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体"
_ALSO = {
    _TITLE: "方正小标宋_GBK,小标宋,华文中宋,STZhongsong",
    _BODY: "仿宋,FangSong",
    _KAI: "楷体,KaiTi",
    _HEI: "SimHei",
}
_ACROSS = {"left": WD_ALIGN_PARAGRAPH.LEFT, "right": WD_ALIGN_PARAGRAPH.RIGHT, "centre": WD_ALIGN_PARAGRAPH.CENTER}
_RUNS, _LONGEST_RUN = re.compile(r"[0-9A-Za-z]+"), 24


def docx_of(document: Document, font_folder: Path | None = None) -> bytes:
    """The document as DOCX. Raises Problem when it has pictures and no font with Chinese is found to draw them with."""
    made = io.BytesIO()
    _Setting(document, font_folder).word.save(made)
    return settled(made.getvalue(), document.issued_on)


class _Setting:
    """One document on its way into Word's."""

    def __init__(self, document: Document, font_folder: Path | None) -> None:
        self._document = document
        self._chinese = document.language == "zh"
        self._pictures = _drawn(document, font_folder)
        self._begins_page = False
        self.word: Word = docx.Document()
        self._properties()
        _name_other_fonts(self.word)
        self._page()
        self._styles()
        self._footers()
        self._head()
        for block in document.blocks:
            self._block(block)
        self._signature()
        self._notes()

    # what stands around the text

    def _properties(self) -> None:
        about, document = self.word.core_properties, self._document
        moment = datetime.combine(document.issued_on, time(), UTC)
        about.title, about.author = shown(document.title)[:255], shown(document.issuer)[:255]
        about.last_modified_by, about.comments, about.language = "", "", "zh-CN" if self._chinese else "en-GB"
        about.created = about.modified = moment

    def _page(self) -> None:
        section = self.word.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.left_margin = Mm(37), Mm(28)
        section.right_margin, section.bottom_margin = Mm(26), Mm(35)
        section.footer_distance = Mm(24)
        self.word.settings.odd_and_even_pages_header_footer = True

    def _styles(self) -> None:
        body, pitch = (16.0, 29.0) if self._chinese else (11.5, 17.0)
        [language] = self.word.styles.element.iter(qn("w:lang"))
        language.set(qn("w:eastAsia"), "zh-CN")  # by which Word breaks Chinese lines
        defaults: Any = language.getparent()
        _set_font(defaults, _LATIN, _BODY)
        for size in defaults.iter(qn("w:sz"), qn("w:szCs")):
            size.set(qn("w:val"), str(round(body * 2)))
        normal = self._style("Normal", _BODY, body)
        normal.paragraph_format.space_after = Pt(0) if self._chinese else Pt(6)
        normal.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        normal.paragraph_format.line_spacing = Pt(pitch)
        title = self._style("Title", _TITLE, 22 if self._chinese else 18, bold=not self._chinese)
        title.paragraph_format.line_spacing, title.paragraph_format.space_after = Pt(34), Pt(0)
        title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for level, font in ((1, _HEI), (2, _KAI), (3, _BODY)):
            heading = self._style(f"Heading {level}", font, body, bold=not self._chinese)
            heading.paragraph_format.space_before = Pt(0) if self._chinese else Pt(8)
            heading.paragraph_format.keep_with_next = True
        caption = self._style("Caption", _HEI, 10.5 if self._chinese else 9.5, bold=not self._chinese)
        caption.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        caption.paragraph_format.space_before = caption.paragraph_format.space_after = Pt(4)
        caption.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE

    def _style(self, name: str, font: str, size: float, *, bold: bool = False) -> ParagraphStyle:
        style: Any = self.word.styles[name]
        for tag in ("w:link", "w:pBdr", "w:rPr"):  # what the template's own style says beside ours
            for element in list(style.element.iter(qn(tag))):
                element.getparent().remove(element)
        _set_font(style.element.get_or_add_rPr(), font if font == _TITLE and self._chinese else _LATIN, font)
        style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
        style.font.color.rgb = RGBColor(0, 0, 0)
        found: ParagraphStyle = style
        return found

    def _footers(self) -> None:
        """Digest and page number, which stands outside: on the right of odd pages, on the left of even ones."""
        section = self.word.sections[0]
        said = words(self._document)
        digest = f"{said['digest']} {digest_of(freeze(self._document))}"
        for footer, is_odd in ((section.footer, True), (section.even_page_footer, False)):
            footer.is_linked_to_previous = False
            line = footer.paragraphs[0]
            line.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
            for stop in line.style.paragraph_format.tab_stops if line.style else ():
                line.paragraph_format.tab_stops.add_tab_stop(stop.position, WD_TAB_ALIGNMENT.CLEAR)
            line.paragraph_format.tab_stops.add_tab_stop(Mm(_WIDTH_MM), WD_TAB_ALIGNMENT.RIGHT)
            if is_odd:
                self._run(line, f"{digest}\t", _HEI, 7)
            self._run(line, "— ", _SONG, 14)
            _add_page_field(self._run(line, "", _SONG, 14))
            self._run(line, " —", _SONG, 14)
            if not is_odd:
                self._run(line, f"\t{digest}", _HEI, 7)

    def _head(self) -> None:
        document = self._document
        if document.number is not None:
            self._letterhead(document.number)
        self._line(shown(document.title), style="Title")
        self._line()
        if document.addressee is not None:
            self._line(shown(document.addressee))

    def _letterhead(self, number: str) -> None:
        issuer = shown(self._document.issuer)
        if self._chinese:
            mark = self._line()
            points = min(38.0, 0.97 * Mm(_WIDTH_MM).pt / max(1, len(issuer)))
            self._run(mark, issuer, _TITLE, points).font.color.rgb = _RED
            mark.paragraph_format.space_before, mark.paragraph_format.space_after = Mm(35), Pt(29)
            mark.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
            line = self._line(shown(number))
            mark.alignment = line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        else:
            line = self._line(f"{issuer}\t{shown(number)}")
            line.paragraph_format.tab_stops.add_tab_stop(Mm(_WIDTH_MM), WD_TAB_ALIGNMENT.RIGHT)
        line.paragraph_format.space_after = Pt(29 if self._chinese else 12)
        _underline(line, "D4000B" if self._chinese else "000000")

    def _signature(self) -> None:
        """Issuer and date below one another, kept together, two lines left for the seal."""
        document = self._document
        day = date_text(document.issued_on, document.language)
        issuer = shown(document.issuer)
        # As wide as the longer one, four characters from the edge, or two where the issuer is the longer one.
        for text, is_first in ((issuer, True), (day, False)):
            line = self._line(text)
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            line.paragraph_format.keep_with_next, line.paragraph_format.keep_together = is_first, True
            wide = (max(_ems(issuer), _ems(day)) + 0.5) * (16 if self._chinese else 11.5)
            edge = (2 if _ems(issuer) > _ems(day) else 4) * (16 if self._chinese else 11.5)
            line.paragraph_format.right_indent = Pt(edge)
            line.paragraph_format.left_indent = Pt(max(0.0, Mm(_WIDTH_MM).pt - edge - wide))
            line.paragraph_format.space_before = Pt(58) if is_first else Pt(0)

    def _notes(self) -> None:
        document, said = self._document, words(self._document)
        for number, note in enumerate(document.notes, 1):
            count = (f"{number}" if self._chinese else f" {number}") if len(document.notes) > 1 else ""
            line = self._line()
            self._run(line, f"{said['note']}{count}{said['colon']}{shown(note)}", _BODY, 10.5 if self._chinese else 9.5)
            line.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
            line.paragraph_format.space_before = Pt(12 if number == 1 else 0)

    # the text

    def _block(self, block: Block) -> None:
        match block:
            case Heading():
                line = self._line(shown(block.text), style=f"Heading {min(max(block.level, 1), 3)}")
                self._indent(line)
            case Paragraph():
                line = self._line(shown(block.text))
                # A digest does not fit the rest of its line: justified, what stands before it would be torn apart.
                has_long_run = any(len(run) > _LONGEST_RUN for run in _RUNS.findall(block.text))
                line.alignment = WD_ALIGN_PARAGRAPH.LEFT if has_long_run else WD_ALIGN_PARAGRAPH.JUSTIFY
                self._indent(line)
            case Table():
                self._table(block)
            case Particulars():
                rows = [
                    [(shown(name), Align.START), (shown(cell_text(value)), Align.START)] for name, value in block.rows
                ]
                self._place(table_element((1.0, 3.0), None, rows, None, size=self._small, fonts=(_LATIN, _SONG)))
            case Picture():
                self._picture(block)
            case PageBreak():
                self._begins_page = True

    @property
    def _small(self) -> float:
        return 10.5 if self._chinese else 9.5

    def _indent(self, line: WordParagraph) -> None:
        """Two characters, whatever the font's size, as Word counts them."""
        if self._chinese:
            indent = line._p.get_or_add_pPr().get_or_add_ind()
            indent.set(qn("w:firstLineChars"), "200")
            indent.set(qn("w:firstLine"), "640")

    def _table(self, table: Table) -> None:
        if table.caption:
            self._line(shown(table.caption), style="Caption").paragraph_format.keep_with_next = True
        rows = [
            [
                (shown(cell_text(cell, column.decimals)), cell_align(cell, column))
                for cell, column in zip(row, table.columns, strict=True)
            ]
            for row in table.rows
        ]
        totals = None
        if table.totals is not None:
            totals = [
                ("" if cell is None else shown(cell_text(cell, column.decimals)), cell_align(cell, column))
                for cell, column in zip(table.totals, table.columns, strict=True)
            ]
        self._place(
            table_element(
                [column.width for column in table.columns],
                [shown(column.title) for column in table.columns],
                rows,
                totals,
                size=9 if len(table.columns) >= 7 else self._small,
                fonts=(_LATIN, _SONG),
            )
        )

    def _place(self, table: Any) -> None:
        """A table at the end, and a small line after it: two tables that touch become one."""
        if self._begins_page:
            self._thin_line()
        self.word.element.body.insert_element_before(table, "w:sectPr")
        self._thin_line()

    def _thin_line(self) -> None:
        line = self._line()
        line.paragraph_format.line_spacing, line.paragraph_format.space_after = Pt(8), Pt(0)

    def _picture(self, picture: Picture) -> None:
        png, width = next(self._pictures)
        line = self._line()
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE  # an exact pitch would cut the picture off
        line.paragraph_format.line_spacing = 1.0
        line.paragraph_format.keep_with_next = bool(picture.caption)
        placed = line.add_run().add_picture(io.BytesIO(png), width=Mm(width))
        placed._inline.docPr.set("descr", shown(picture.description))
        if picture.caption:
            self._line(shown(picture.caption), style="Caption")

    def _line(self, text: str = "", style: str | None = None) -> WordParagraph:
        """A paragraph at the end; the first one after a page break begins the page."""
        line = self.word.add_paragraph(text, style=style)
        if self._begins_page:
            line.paragraph_format.page_break_before, self._begins_page = True, False
        return line

    def _run(self, line: WordParagraph, text: str, font: str, size: float) -> Run:
        run = line.add_run(text)
        _set_font(run._r.get_or_add_rPr(), _LATIN if font != _TITLE else font, font)
        run.font.size = Pt(size)
        return run


def _drawn(document: Document, font_folder: Path | None) -> Iterator[tuple[bytes, float]]:
    """Each picture as PNG with its width in mm, in their order."""
    pictures = [block for block in document.blocks if isinstance(block, Picture)]
    if not pictures:
        return iter(())
    sized = []
    for picture in pictures:
        width = min(picture.width_mm, _WIDTH_MM)
        sized.append((picture.svg, width * min(1.0, _HEIGHT_MM / height_mm(picture.svg, width))))
    made = png_of(sized, fonts_in(font_folder))
    return iter(list(zip(made, (width for _, width in sized), strict=True)))


def _set_font(properties: Any, latin: str, east_asian: str) -> None:
    fonts = properties.get_or_add_rFonts()
    fonts.attrib.clear()  # names of a theme would win over ours
    for key, name in (("ascii", latin), ("hAnsi", latin), ("cs", latin), ("eastAsia", east_asian)):
        fonts.set(qn(f"w:{key}"), name)


def _name_other_fonts(word: Word) -> None:
    """Where an office lacks a font of the first name, Word takes the one of the other."""
    names = "".join(f'<w:font w:name="{name}"><w:altName w:val="{also}"/></w:font>' for name, also in _ALSO.items())
    table: Any = word.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    table._blob = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts xmlns:w="{space}">{names}</w:fonts>'
    ).encode()


def _add_page_field(run: Run) -> None:
    for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), ("text", "1"), ("end", "")):
        if kind == "":
            element = run._r.makeelement(qn("w:instrText"))
            element.text = text
        elif kind == "text":
            element = run._r.makeelement(qn("w:t"))
            element.text = text
        else:
            element = run._r.makeelement(qn("w:fldChar"), {qn("w:fldCharType"): kind})
        run._r.append(element)


def _underline(line: WordParagraph, colour: str) -> None:
    properties = line._p.get_or_add_pPr()
    borders = properties.makeelement(qn("w:pBdr"))
    rule = {"val": "single", "sz": "12", "space": "11", "color": colour}
    borders.append(borders.makeelement(qn("w:bottom"), {qn(f"w:{key}"): value for key, value in rule.items()}))
    properties.insert_element_before(
        borders, *(f"w:{name}" for name in ("shd", "tabs", "suppressAutoHyphens", "spacing", "ind", "jc", "rPr"))
    )


def _ems(text: str) -> float:
    """How wide a text is, about: a Chinese character is one, a letter or digit half."""
    return sum(0.5 if letter.isascii() else 1.0 for letter in text)
