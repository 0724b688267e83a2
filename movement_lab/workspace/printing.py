"""The pages of an assessment on paper: its result, its picture, and what people added to it."""

from __future__ import annotations

from collections.abc import Sequence

from movement_lab.errors import VideoError
from movement_lab.exporters.pdf import Audience, make_pdf
from movement_lab.exporters.pdf.facts import Compared, Correction, PageFacts, Review
from movement_lab.exporters.pdf.still import lowest_point
from movement_lab.report import Report
from movement_lab.storage import Assessment, AssessmentFolder, Store
from movement_lab.workspace.pages import one_at_a_time, report_of
from movement_lab.workspace.reviews import said

_ANSWERS = {"agree": "agreed", "not_so": "rejected"}


def print_assessment(
    store: Store,
    row: Assessment,
    *,
    audience: Audience,
    language: str,
    compared: Compared | None = None,
    corrections: Sequence[Correction] = (),
) -> bytes:
    """Return the PDF of an assessment that is done: two pages for the therapist, one for the patient.

    Parameters
    ----------
    store, row
        The assessment with its person, visit and reviews.
    audience : {"therapist", "patient"}
        For whom.
    language : str
        One of `movement_lab.wording.LANGUAGES`.
    compared, corrections
        What it is laid beside; what was set by hand, in words, for therapists' pages only.

    Raises
    ------
    NoResultError
        There is no result (yet).
    """
    folder = store.folder.assessment(row.id)
    report = report_of(folder.path)
    pictures, drawn = _picture(report, folder, audience)
    with one_at_a_time:
        return make_pdf(
            report,
            audience=audience,
            language=language,
            person_code=row.person.code if row.person else "",
            pictures=pictures,
            drawn=drawn,
            facts=PageFacts(day=row.created_at.astimezone().date()),
            compared=compared,
            corrections=corrections,
            reviews=_reviews(row),
        )


def _picture(report: Report, folder: AssessmentFolder, audience: Audience) -> tuple[dict[int, bytes], bool]:
    """Return the picture of the lowest point, and whether it is drawn from body points, for want of a film.

    The film in the folder already has its faces covered where that was asked for.
    """
    if folder.playback.exists():
        try:
            return lowest_point(report, folder.playback, audience=audience), False
        except VideoError:
            pass
    return lowest_point(report, None, audience=audience), True


def _reviews(row: Assessment) -> list[Review]:
    """Return the words that hold."""
    return [
        Review(each.finding, each.side, _ANSWERS.get(each.verdict or "", ""), each.comment)  # type: ignore[arg-type]
        for each in said(row.reviews).values()
    ]
