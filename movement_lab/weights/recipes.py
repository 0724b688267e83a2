"""Put a pose bundle (``.task``) together from the bare networks.

A bundle is a stored ZIP of two TensorFlow Lite networks: one finds a person, one places the
landmarks. The networks that packages carry lack the metadata the runtime asks for; here they
get exactly what the published bundles hold, written the way the publisher's tools wrote it.
So the bundle is the published one byte for byte wherever the network is the same.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any

DETECTOR = "pose_detector.tflite"
LANDMARKS = "pose_landmarks_detector.tflite"

_METADATA = b"TFLITE_METADATA"
#: Time and date the published bundles carry, in MS-DOS form: 2023-04-28 00:45:14.
_STAMP = (45 << 5 | 14 // 2, (2023 - 1980) << 9 | 4 << 5 | 28)
_OUTPUTS = (
    ("landmarks", "Pose landmarks"),
    ("presence", "Presence of pose."),
    ("segmentation_mask", "Segmentation mask for pose."),
    ("heat_map", "Heat map for pose."),
    ("world_landmarks", "World landmarks for pose."),
)


def bundle(detector: bytes, landmarks: bytes) -> bytes:
    """Return the ``.task`` bundle of two bare networks (TensorFlow Lite files).

    The same input gives the same bytes on every machine.
    """
    return pack({DETECTOR: add_detector_metadata(detector), LANDMARKS: add_landmark_metadata(landmarks)})


def add_detector_metadata(network: bytes) -> bytes:
    """Return the person detector with the name and the author of the published one."""
    from mediapipe.tasks.metadata import metadata_schema_py_generated as schema

    def describe(old: bytes | None) -> bytes:
        if old is None:
            raise ValueError("The person detector carries no metadata to start from.")
        about = schema.ModelMetadataT.InitFromObj(schema.ModelMetadata.GetRootAsModelMetadata(old, 0))
        about.name, about.description = "Pose Detection", "Detects human poses"
        about.author, about.version = "MediaPipe", "1"
        return _flatbuffer(about, identifier=b"M001")

    return _with_metadata(network, describe)


def add_landmark_metadata(network: bytes) -> bytes:
    """Return the landmark network with its tensors described; the image is scaled to 0-1 RGB."""
    from mediapipe.tasks.metadata import metadata_schema_py_generated as schema

    tensors = schema.SubGraphMetadataT()
    tensors.inputTensorMetadata = [_image_tensor(schema)]
    tensors.outputTensorMetadata = [_feature_tensor(schema, *words) for words in _OUTPUTS]
    about = schema.ModelMetadataT()
    about.name, about.description = "Pose Landmark", "Detects human pose landmarks with frontal camera."
    about.author, about.version, about.minParserVersion = "MediaPipe", "1", "1.0.0"
    about.subgraphMetadata = [tensors]
    metadata = _flatbuffer(about, identifier=b"M001")
    return _with_metadata(network, lambda _: metadata)


def pack(files: dict[str, bytes]) -> bytes:
    """Return a ZIP that stores ``files`` uncompressed, each starting at a multiple of 4 bytes.

    The runtime maps the networks straight from the file, hence the alignment. Written by hand
    because Python's own writer neither aligns nor promises the same bytes in every version.
    """
    body, directory = b"", b""
    for name, data in files.items():
        body += bytes(-(len(body) + 30 + len(name)) % 4)
        common = struct.pack("<4H3L2H", 0, 0, *_STAMP, zlib.crc32(data), len(data), len(data), len(name), 0)
        directory += b"PK\1\2" + struct.pack("<2BH", 20, 3, 20) + common
        directory += struct.pack("<3H2L", 0, 0, 0, 0o600 << 16, len(body)) + name.encode()
        body += b"PK\3\4" + struct.pack("<H", 20) + common + name.encode() + data
    return body + directory + _end_of_zip(count=len(files), size=len(directory), start=len(body))


def _end_of_zip(*, count: int, size: int, start: int) -> bytes:
    return b"PK\5\6" + struct.pack("<4H2LH", 0, 0, count, count, size, start, 0)


def _with_metadata(network: bytes, describe: Callable[[bytes | None], bytes]) -> bytes:
    """Return the network with its metadata replaced by ``describe(old metadata, if any)``."""
    from mediapipe.tasks.metadata import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(network, 0))
    entry = next((item for item in model.metadata if item.name == _METADATA), None)
    if entry is None:
        entry = schema.MetadataT()
        entry.name, entry.buffer = _METADATA, len(model.buffers)
        model.metadata.append(entry)
        model.buffers.append(schema.BufferT())
    old = model.buffers[entry.buffer].data
    model.buffers[entry.buffer].data = list(describe(None if old is None else bytes(old)))
    packed = _flatbuffer(model, identifier=b"TFL3")
    # The publisher's tool appends an (empty) ZIP of associated files.
    return packed + _end_of_zip(count=0, size=0, start=len(packed))


def _image_tensor(schema: Any) -> Any:
    scaling = schema.ProcessUnitT()
    scaling.optionsType = schema.ProcessUnitOptions.NormalizationOptions
    scaling.options = schema.NormalizationOptionsT()
    scaling.options.mean, scaling.options.std = [0.0], [255.0]
    colours = schema.ImagePropertiesT()
    colours.colorSpace = schema.ColorSpaceType.RGB
    tensor = _tensor(
        schema, "image", "Input image to be landmarked", schema.ContentProperties.ImageProperties
    )
    tensor.content.contentProperties = colours
    tensor.processUnits = [scaling]
    tensor.stats.max, tensor.stats.min = [1.0], [0.0]
    return tensor


def _feature_tensor(schema: Any, name: str, description: str) -> Any:
    tensor = _tensor(schema, name, description, schema.ContentProperties.FeatureProperties)
    tensor.content.contentProperties = schema.FeaturePropertiesT()
    return tensor


def _tensor(schema: Any, name: str, description: str, kind: int) -> Any:
    tensor = schema.TensorMetadataT()
    tensor.name, tensor.description = name, description
    tensor.content, tensor.stats = schema.ContentT(), schema.StatsT()
    tensor.content.contentPropertiesType = kind
    return tensor


def _flatbuffer(table: Any, *, identifier: bytes) -> bytes:
    import flatbuffers

    builder = flatbuffers.Builder(0)
    builder.vtables = _SharedLayouts()
    builder.Finish(table.Pack(builder), file_identifier=identifier)
    return bytes(builder.Output())


class _SharedLayouts(dict[tuple[int, ...], int]):
    """Field layouts written so far, found again whatever the size of the object.

    The flatbuffers release the publisher used left the object's size (the key's last item) out
    of the comparison; only so do the bytes come out alike. Readers don't look at that size.
    """

    def get(self, key: tuple[int, ...], default: Any = None) -> Any:
        return super().get(key[:-1], default)

    def __setitem__(self, key: tuple[int, ...], value: int) -> None:
        super().__setitem__(key[:-1], value)
