"""The report page taken apart: elements with their attributes, texts by element, what can be read."""

import re
from html.parser import HTMLParser

from make_report import make_report

from movement_lab.exporters.html import render_report


class Page(HTMLParser):
    """Elements with their attributes, texts by element, visible text."""

    VOID = frozenset({"meta", "input", "img", "link"})

    def __init__(self, source):
        super().__init__()
        self.elements, self.open, self.texts = [], [], []
        self.feed(source)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag in ("td", "th", "dd", "dt", "p", "text"):
            self.texts.append((tag, " "))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open, f"closed but never opened: {tag}"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self.open[-1] if self.open else "", data))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def inside(self, tag):
        return "".join(text for name, text in self.texts if name == tag).replace("\xa0", " ")

    @property
    def visible(self):
        said = "".join(text for name, text in self.texts if name not in ("script", "style"))
        return re.sub(r"\s+", " ", said)


def page_of(report=None, **options):
    return Page(render_report(report or make_report(), **options))
