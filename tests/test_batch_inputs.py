"""Which clips a study has: folders, globs, manifests, and what they declare."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from movement_lab.batch.inputs import How, declared, find_clips
from movement_lab.batch.run import Shard
from movement_lab.errors import UsageError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def ids(clips):
    return [clip.clip for clip in clips]


def test_a_folder_is_searched_all_the_way_down_in_order(tmp_path):
    touch(tmp_path, "b.mp4", "a/Squat 1.MOV", "a/notes.txt", "c/d/e.webm", ".hidden/f.mp4", "a/.g.mp4")
    assert ids(find_clips([str(tmp_path)])) == ["a__Squat_1", "b", "c__d__e"]


def test_the_folder_that_results_go_to_is_passed_over(tmp_path):
    touch(tmp_path, "a.mp4", "out/annotated.mp4")
    assert ids(find_clips([str(tmp_path)], without=tmp_path / "out")) == ["a"]


def test_a_glob_names_clips_from_where_it_starts(tmp_path):
    touch(tmp_path, "s1/squat.mp4", "s2/squat.mp4", "s2/other.bin")
    assert ids(find_clips([str(tmp_path / "s*" / "*")])) == ["s1__squat", "s2__other", "s2__squat"]


def test_inputs_keep_their_order_and_ids_are_their_own(tmp_path):
    touch(tmp_path, "z/clip.mp4", "a/clip.mp4", "a/clip_2.mp4", "a/CLIP.mp4")
    clips = find_clips([str(tmp_path / "z" / "clip.mp4"), str(tmp_path / "a")])
    assert ids(clips) == ["clip", "CLIP_3", "clip_4", "clip_2"]
    assert len({clip.clip.casefold() for clip in clips}) == 4


def test_a_manifest_says_what_each_clip_is(tmp_path):
    path = tmp_path / "study.csv"
    path.write_text(
        "\ufefffile,subject,movement,view,task,height_cm,person,age,limb\n"
        "v/one.mp4,007,squat,LEFT,,181.5,2,31,\n"
        "v/two.mp4,012,,,deadlift,,,29.5,left\n",
        encoding="utf-8",
    )
    one, two = find_clips([str(path)], How(declared("hinge", "right", "")))
    assert (one.file, one.path, one.clip) == ("v/one.mp4", tmp_path / "v/one.mp4", "v__one")
    assert (one.how.declared.movement, one.how.declared.view, one.how.person) == ("squat", "left", 2)
    assert one.how.height_cm == 181.5
    assert one.carried == {"subject": "007", "age": 31.0, "limb": None}
    assert (two.how.declared.movement, two.how.declared.view) == ("hinge", "right")
    assert two.how.declared.variant == "deadlift"
    assert two.carried == {"subject": "012", "age": 29.5, "limb": "left"}


def test_a_parquet_manifest_keeps_its_types(tmp_path):
    path = tmp_path / "study.parquet"
    pq.write_table(pa.table({"file": ["a.mp4"], "left_handed": [True], "age": [31], "bmi": [22.5]}), path)
    assert find_clips([str(path)])[0].carried == {"left_handed": True, "age": 31, "bmi": 22.5}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name\na.mp4\n", "no column `file`"),
        ("file,movement\na.mp4,jump\n", "row 1: movement is 'jump'. Known: auto, squat"),
        ("file,view\na.mp4,left\nb.mp4,above\n", "row 2: view is 'above'"),
        ("file,height_cm\na.mp4,18\n", "row 1: height_cm is 18. Needed: a number, 80 to 250"),
        ("file,height_cm\na.mp4,tall\n", "height_cm is 'tall'"),
        ("file,person\na.mp4,0\n", "person is 0. Needed: a number, 1 or more"),
        ("file,stickers\na.mp4,mauve\n", "mauve"),
        ("file,subject\n,1\n", "row 1: no file is named"),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused_before_anything_runs(tmp_path, text, said):
    path = tmp_path / "study.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        find_clips([str(path)])
    assert said in str(refused.value)


@pytest.mark.parametrize("what", ["folder", "absent", "no*"])
def test_nothing_found_is_said(tmp_path, what):
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError):
        find_clips([str(tmp_path / what)])


def test_shards_share_everything_and_nothing_twice():
    shards = [Shard.parse(f"{number}/3") for number in (1, 2, 3)]
    assert [sum(shard.holds(index) for shard in shards) for index in range(10)] == [1] * 10


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "a/b", "1/0", ""])
def test_a_shard_that_makes_no_sense_is_refused(text):
    with pytest.raises(UsageError):
        Shard.parse(text)
