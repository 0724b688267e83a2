"""One assessment in a process of its own: reads the recording, writes the files, tells the worker.

::

    python -m movement_lab.jobs.child DATA_FOLDER ID < one line of JSON: what was asked

Lines on standard output: ``{"stage": …, "share": …}`` while it goes on; at the end
``{"done": summary, "exit_code": 0 or 6}`` or ``{"failed": sentence, "exit_code": …}``. It ends when its
standard input closes: then the worker is gone.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from movement_lab.errors import MovementLabError
from movement_lab.isolation import die_with_giver, die_with_parent
from movement_lab.jobs.processes import step_back
from movement_lab.storage.files import AssessmentFolder, DataFolder, held

_NO_REPETITION = 6
_STORED_AS = "upload"
_PATIENCE_S = 30.0


def main(root: str, id_: str) -> None:
    """Assess one recording and write its files."""
    die_with_parent()
    asked = json.loads(sys.stdin.readline())
    die_with_giver(sys.stdin.fileno())
    step_back()
    say, folder = _own_voice(), DataFolder(Path(root))
    try:
        with held(folder.job_lock, wait_s=_PATIENCE_S):  # one of a killed worker may still be falling
            say(_assess(folder.assessment(id_), asked, say))
    except MovementLabError as error:
        said = str(error).replace(f"“{_STORED_AS}”", f"“{asked['file_name']}”")  # the name people know
        say({"failed": said, "exit_code": error.exit_code})
    except OSError as error:
        say({"failed": _of_disk(error), "exit_code": 1})
    except Exception:
        say({"trace": traceback.format_exc()})
        raise


def _assess(
    folder: AssessmentFolder, asked: dict[str, Any], say: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    from movement_lab.exporters.words import Words
    from movement_lab.recording import assess_video
    from movement_lab.workspace.asked import read_asked
    from movement_lab.workspace.results import clear_results, store_results

    def tell(stage: str, share: float) -> None:
        say({"stage": stage, "share": round(share, 3)})

    wanted = read_asked(asked["asked"])
    clear_results(folder)
    report = assess_video(folder.upload, wanted.options(), tell=tell)
    look = Words(**asked["look"]) if asked.get("look") else None
    summary = store_results(report, folder, wanted, file_name=asked["file_name"], tell=tell, look=look)
    return {"done": summary, "exit_code": 0 if report.reps else _NO_REPETITION}


def _own_voice() -> Callable[[dict[str, Any]], None]:
    """Keep standard output for our lines alone: what libraries print, and what they start, goes elsewhere."""
    voice = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(line: dict[str, Any]) -> None:
        print(json.dumps(line), file=voice, flush=True)

    return say


def _of_disk(error: OSError) -> str:
    return (
        f"The results could not be written ({error.strerror or error}). The recording is kept. "
        "Make room on the disk, then try again."
    )


if __name__ == "__main__":
    main(*sys.argv[1:3])
