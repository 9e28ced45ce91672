"""Validates a suite: JSON Schema, hashes, counts, and that manifest and vectors speak of the same things."""
import hashlib
import json
import pathlib
import sys

import jsonschema


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def validate(folder):
    def read(path):
        return json.loads((folder / path).read_text())

    def sha256(path):
        return hashlib.sha256((folder / path).read_bytes()).hexdigest()

    validators = {}
    for name in ("manifest", "vectors"):
        schema = read(f"schema/{name}.schema.json")
        jsonschema.Draft202012Validator.check_schema(schema)
        validators[name] = jsonschema.Draft202012Validator(schema)
    manifest = read("manifest.json")
    validators["manifest"].validate(manifest)
    ids, shown, steps = [], {}, 0
    for entry in manifest["files"]:
        assert sha256(entry["path"]) == entry["sha256"], entry["path"]
        group = read(entry["path"])
        validators["vectors"].validate(group)
        assert len(group["vectors"]) == entry["vectors"], entry["path"]
        for vector in group["vectors"]:
            text = canonical(group["setup"]) + "\n" + canonical(vector["steps"])
            assert hashlib.sha256(text.encode()).hexdigest() == vector["sha256"], vector["id"]
            assert vector["steps"][-1]["action"] == group["action"], vector["id"]
            ids.append(vector["id"])
            steps += len(vector["steps"])
            for goal in vector["goals"]:
                shown.setdefault(goal, []).append(vector["id"])
    for entry in manifest["schemas"]:
        assert sha256(entry["path"]) == entry["sha256"], entry["path"]
    assert len(ids) == len(set(ids)), "vector ids are not unique"
    goals = manifest["goals"]
    assert len({goal["id"] for goal in goals}) == len(goals), "goal ids are not unique"
    for goal in goals:
        assert goal["covered_by"] == shown.get(goal["id"], []), goal["id"]
    counts = manifest["counts"]
    assert counts["vectors"] == len(ids) and counts["steps"] == steps
    assert counts["goals"]["total"] == len(goals)
    for status in ("covered", "unreachable", "unknown"):
        assert counts["goals"][status] == sum(goal["status"] == status for goal in goals), status
    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    listed = {entry["path"] for entry in manifest["files"] + manifest["schemas"]} | {"manifest.json"}
    assert files == listed, files ^ listed


for argument in sys.argv[1:]:
    validate(pathlib.Path(argument))
