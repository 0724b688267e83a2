"""Write ``docs/evidence.md``, the definitions and the data dictionary anew."""

from movement_lab.evidence import PAGE, build_evidence
from movement_lab.evidence.definitions import definition_pages
from movement_lab.evidence.dictionary import build_dictionary

if __name__ == "__main__":
    pages = definition_pages(PAGE.parent) | {PAGE.name: build_evidence(), "dictionary.md": build_dictionary()}
    for name, text in pages.items():
        path = PAGE.parent / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
