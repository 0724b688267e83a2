"""One assessment in a process of its own: reads the recording, writes the files, tells the worker.

::

    python -m movement_lab.jobs.child DATA_FOLDER ID < asked.json

Lines on standard output: ``{"stage": …, "share": …}`` while it goes on; at the end
``{"done": summary, "exit_code": 0 or 6}`` or ``{"failed": sentence, "exit_code": …}``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from movement_lab.errors import MovementLabError
from movement_lab.isolation import die_with_parent
from movement_lab.storage.files import AssessmentFolder, DataFolder

_NO_REPETITION = 6
_STORED_AS = "upload"


def main(root: str, id_: str) -> None:
    """Assess one recording and write its files."""
    die_with_parent()
    asked = json.load(sys.stdin)
    try:
        _say(**_assess(DataFolder(Path(root)).assessment(id_), asked))
    except MovementLabError as error:
        said = str(error).replace(f"“{_STORED_AS}”", f"“{asked['file_name']}”")  # the name people know
        _say(failed=said, exit_code=error.exit_code)
    except OSError as error:
        _say(failed=_of_disk(error), exit_code=1)


def _assess(folder: AssessmentFolder, asked: dict[str, Any]) -> dict[str, Any]:
    from movement_lab.exporters.words import Words
    from movement_lab.recording import assess_video
    from movement_lab.workspace.asked import read_asked
    from movement_lab.workspace.results import store_results

    wanted = read_asked(asked["asked"])
    report = assess_video(folder.upload, wanted.options(), tell=_tell)
    look = Words(**asked["look"]) if asked.get("look") else None
    summary = store_results(report, folder, wanted, file_name=asked["file_name"], tell=_tell, look=look)
    return {"done": summary, "exit_code": 0 if report.reps else _NO_REPETITION}


def _tell(stage: str, share: float) -> None:
    _say(stage=stage, share=round(share, 3))


def _say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def _of_disk(error: OSError) -> str:
    return (
        f"The results could not be written ({error.strerror or error}). The recording is kept. "
        "Make room on the disk, then try again."
    )


if __name__ == "__main__":
    main(*sys.argv[1:3])
