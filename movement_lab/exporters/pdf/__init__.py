"""Pages to print: one for the patient, two for the therapist, as PDF.

`make_pdf` is a pure function: the same report and additions give the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from movement_lab.exporters.pdf.facts import (
    Added,
    Audience,
    Change,
    Compared,
    Correction,
    PageFacts,
    Review,
)
from movement_lab.exporters.pdf.heading import made_at
from movement_lab.exporters.rep_marks import middle_rep
from movement_lab.exporters.words import Words
from movement_lab.report import Report

__all__ = ["Audience", "Change", "Compared", "Correction", "PageFacts", "Review", "make_pdf"]


def make_pdf(
    report: Report,
    *,
    audience: Audience,
    language: str = "en",
    person_code: str = "",
    pictures: Mapping[int, bytes] | None = None,
    drawn: bool = False,
    facts: PageFacts | None = None,
    compared: Compared | None = None,
    corrections: Sequence[Correction] = (),
    reviews: Sequence[Review] = (),
) -> bytes:
    """Return the printed report: two A4 pages for the therapist, one for the patient.

    Parameters
    ----------
    report : Report
        The whole report; what patients don't see is left out here.
    audience : {"therapist", "patient"}
        For whom. The patient's page is of the wellness profile: nothing graded, nothing experimental.
    language : str
        One of `movement_lab.wording.LANGUAGES`.
    person_code : str
        Whose report it is; a pseudonym, shown as it is.
    pictures : mapping of int to bytes, optional
        JPEG of the lowest point by repetition (`movement_lab.exporters.pdf.still.lowest_point`); the page
        shows that of the middle one. For patients without numbers drawn on it, and with faces covered
        where the result was made so.
    drawn : bool
        Whether the picture is a drawing of the body points instead of a photograph; the page says so.
    facts : PageFacts, optional
        Visit, day, reviewer.
    compared, corrections, reviews
        What it was compared with (patients read its ``told`` only), what was set by hand and what therapists
        said (therapists' pages only).

    Raises
    ------
    UsageError
        There is no such language.
    MovementLabError
        Typst is missing or refuses.
    """
    from movement_lab.exporters.pdf.typeset import typeset

    added = Added(person_code, facts or PageFacts(), compared, tuple(corrections), tuple(reviews))
    rep, when = middle_rep(report), made_at(report)
    picture = (pictures or {}).get(rep.index) if rep else None
    content = _content(report, audience, language, added, with_picture=picture is not None)
    content |= {"language": language, "drawn": drawn}
    return typeset(f"{audience}.typ", content, picture, made_s=int(when.timestamp()) if when else 0)


def _content(
    report: Report, audience: Audience, language: str, added: Added, *, with_picture: bool
) -> dict[str, object]:
    if audience == "patient":
        from movement_lab.exporters.pdf.patient import patient_content

        return patient_content(report, Words(language, "wellness"), added)
    from movement_lab.exporters.pdf.therapist import therapist_content

    return therapist_content(report, Words(language, "clinician"), added, with_picture=with_picture)
