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
    ids, shown, lengths, levels = [], [], [], []
    for entry in manifest["groups"]:
        if entry["path"] is None:
            assert entry["vectors"] == 0, entry["name"]
            continue
        assert sha256(entry["path"]) == entry["sha256"], entry["path"]
        group = read(entry["path"])
        validators["vectors"].validate(group)
        assert group["group"] == entry["name"]
        assert len(group["vectors"]) == entry["vectors"], entry["path"]
        for vector in group["vectors"]:
            text = canonical(group["setup"]) + "\n" + canonical(vector["steps"])
            assert hashlib.sha256(text.encode()).hexdigest() == vector["sha256"], vector["id"]
            ids.append(vector["id"])
            lengths.append(len(vector["steps"]))
            levels.append(vector["level"])
            shown += vector["goals"]
    for entry in manifest["schemas"]:
        assert sha256(entry["path"]) == entry["sha256"], entry["path"]
    assert len(ids) == len(set(ids)), "vector ids are not unique"
    assert len(shown) == len(set(shown)), "a goal is told twice"
    uncovered = {goal["id"] for goal in manifest["uncovered"]}
    assert not uncovered & set(shown)
    classes = manifest["goals"].values()
    assert sum(c["covered"] for c in classes) == len(shown)
    assert sum(c["unreachable"] + c["unknown"] for c in classes) == len(uncovered)
    for c in classes:
        assert c["total"] == c["covered"] + c["unreachable"] + c["unknown"]
    counts = manifest["counts"]
    assert counts["vectors"] == len(ids) and counts["steps"] == sum(lengths) and counts["longest"] == max(lengths)
    assert counts["median"] == sorted(lengths)[len(lengths) // 2]
    for level in ("core", "extended", "quirk"):
        assert counts[level] == levels.count(level), level
    mutation = manifest["mutation"]
    assert mutation["mutants"] == mutation["killed"] + mutation["equivalent"] + mutation["unknown"]
    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    listed = {entry["path"] for entry in [g for g in manifest["groups"] if g["path"]] + manifest["schemas"]} | {"manifest.json"}
    assert files == listed, files ^ listed


for argument in sys.argv[1:]:
    validate(pathlib.Path(argument))
