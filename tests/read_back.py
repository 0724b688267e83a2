"""Read a file as its users do, in an environment of its own: ``read_back.py KIND FILE OUT.json``."""

import json
import math
import sys


def trc(path):
    import opensim

    table = opensim.TimeSeriesTableVec3(path)
    legacy = opensim.MarkerData(path)
    labels = list(table.getColumnLabels())
    rows = [table.getRowAtIndex(i) for i in range(table.getNumRows())]
    points = [[[row[k][axis] for axis in range(3)] for k in range(len(labels))] for row in rows]
    last = legacy.getFrame(legacy.getNumFrames() - 1)
    return {
        "labels": labels,
        "time_s": list(table.getIndependentColumn()),
        "units": table.getTableMetaDataString("Units"),
        "points": points,
        "legacy_frames": legacy.getNumFrames(),
        "legacy_last": [[last.getMarker(k).get(axis) for axis in range(3)] for k in range(len(labels))],
    }


def mot(path):
    import opensim

    table = opensim.TimeSeriesTable(path)
    return {
        "in_degrees": table.getTableMetaDataString("inDegrees"),
        "time_s": list(table.getIndependentColumn()),
        "columns": {
            name: table.getDependentColumn(name).to_numpy().tolist() for name in table.getColumnLabels()
        },
        "legacy_rows": opensim.Storage(path).getSize(),
    }


def nwb(path):
    from movement.io.load import load_dataset

    data = load_dataset(path, source_software="NWB")
    position = data.position.transpose("time", "keypoints", "space", "individuals")
    confidence = data.confidence.transpose("time", "keypoints", "individuals")
    return {
        "keypoints": [str(name) for name in data.keypoints.values],
        "time_s": data.time.values.tolist(),
        "position": position.values[..., 0].tolist(),
        "confidence": confidence.values[..., 0].tolist(),
    }


def without_nan(value):
    if isinstance(value, dict):
        return {key: without_nan(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_nan(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value


if __name__ == "__main__":
    kind, path, out = sys.argv[1:]
    with open(out, "w", encoding="utf-8") as file:
        json.dump(without_nan({"trc": trc, "mot": mot, "nwb": nwb}[kind](path)), file)
