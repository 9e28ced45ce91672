"""JSON Lines and ITF of suites: formats.py SUITE...  Exit 0 if all of them are as their formats say."""
import json
import os
import re
import sys


def check_value(value, where):
    """A value of ITF: integers only as #bigint, nothing unknown behind '#'."""
    if isinstance(value, bool) or isinstance(value, str):
        return
    assert not isinstance(value, (int, float)), "%s: a bare number" % where
    if isinstance(value, list):
        for item in value:
            check_value(item, where)
        return
    special = [key for key in value if key.startswith("#")]
    assert not special or (len(value) == 1 and special[0] in ("#bigint", "#set", "#map", "#tup")), "%s: %s" % (where, special)
    if special == ["#bigint"]:
        assert re.fullmatch(r"-?[0-9]+", value["#bigint"]), where
    elif special == ["#map"]:
        for pair in value["#map"]:
            assert len(pair) == 2, where
            check_value(pair, where)
    elif special:
        check_value(value[special[0]], where)
    else:
        for key, inner in value.items():
            check_value(inner, where + "." + key)


def check_trace(path):
    with open(path, encoding="utf-8") as file:
        trace = json.load(file)
    names = trace["vars"]
    assert set(trace["#meta"]["varTypes"]) == set(names), path
    assert len(trace["states"]) >= 2, path
    for number, state in enumerate(trace["states"]):
        assert state["#meta"]["index"] == number, path
        assert set(state) - {"#meta"} == set(names), "%s, state %d" % (path, number)
        for name in names:
            check_value(state[name], "%s, state %d, %s" % (path, number, name))
    return trace


for suite in sys.argv[1:]:
    with open(os.path.join(suite, "manifest.json"), encoding="utf-8") as file:
        count = json.load(file)["counts"]["vectors"]
    with open(os.path.join(suite, "vectors.jsonl"), encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    vectors = [line for line in lines if "id" in line]
    assert len(vectors) == count and all("setup" in line for line in lines if "id" not in line), suite
    traces = [os.path.join(folder, name) for folder, _, names in os.walk(os.path.join(suite, "itf")) for name in names]
    assert len(traces) == count, suite
    by_id = {os.path.basename(path)[: -len(".itf.json")]: check_trace(path) for path in traces}
    for vector in vectors:
        taken = [state["mbt::actionTaken"] for state in by_id[vector["id"]]["states"]]
        assert taken == ["init"] + [step.get("action", step.get("event")) for step in vector["steps"]], vector["id"]
