"""The promises of the JSON report (DESIGN, section 7); called by tests/json.sh with the folder of the answers."""
import hashlib
import json
import os
import sys

folder = sys.argv[1]
number = failed = 0


def test(name, good, todo=None):
    global number, failed
    number += 1
    failed += not good and todo is None
    print(f"{'ok' if good or todo else 'not ok'} {number} - {name}{f' # SKIP todo: {todo}' if todo and not good else ''}")


def load(name):
    with open(os.path.join(folder, name + ".json"), encoding="utf-8") as file:
        return json.load(file)


def property_named(report, name):
    return next(result for result in report["results"] if result["property"] == name)


VERDICTS = {"holds", "violated", "reachable", "unreachable", "unknown"}
for name in ("repair", "attach", "process", "limit", "jugs", "broken", "maps"):
    report = load(name)
    test(f"{name}: top keys", {"tool", "version", "command", "spec", "results", "statistics"} <= report.keys()
         and report["tool"] == "enimc" and report["command"] == "check")
    with open(report["spec"]["path"], "rb") as file:
        test(f"{name}: sha256 of the spec", hashlib.sha256(file.read()).hexdigest() == report["spec"]["sha256"])
    keys = {"property", "kind", "verdict", "engine", "method", "depth", "trace", "reason"}
    test(f"{name}: keys of results", all(keys <= result.keys() for result in report["results"]))
    test(f"{name}: verdicts", all(result["verdict"] in VERDICTS for result in report["results"]))
    test(f"{name}: no answer without its reach",
         all(result["reason"] if result["verdict"] == "unknown" else result["method"] for result in report["results"]))
    keys = {"states", "transitions", "depth", "seconds", "peak_bytes", "state_bits", "threads", "symmetry", "complete"}
    test(f"{name}: keys of statistics", keys <= report["statistics"].keys())
    steps = [step for result in report["results"] for step in result["trace"] or []]
    test(f"{name}: keys of steps", all({"action", "arguments", "response", "changes"} <= step.keys() for step in steps))

diamond = hashlib.sha256()
for name in ("include-diamond.yaml", "include/left.yaml", "include/counter.yaml", "include/right.yaml"):
    with open(os.path.join("tests/cases", name), "rb") as file:
        diamond.update(file.read())
test("diamond: sha256 covers what is included, once", diamond.hexdigest() == load("diamond")["spec"]["sha256"])

repair = load("repair")
statistics = repair["statistics"]
test("repair: numbers", (statistics["states"], statistics["transitions"], statistics["depth"]) == (9, 24, 4))
test("repair: complete", statistics["complete"] is True and statistics["symmetry"] is False)
back = property_named(repair, "back")
test("repair: the worst case has a way back", back["recovery_starts_at"] == 4 and len(back["trace"]) == 8)

calls = property_named(load("process"), "too_few")
test("process: where the calls begin to count", calls["turn_starts_at"] == 0 and "recovery_starts_at" not in calls)
test("process: who calls what", calls["trace"][0]["calls"] == "Start" and calls["trace"][0]["arguments"] == {"self": "script1", "x": "h"})
test("process: the answer", [step["response"] for step in calls["trace"] if "calls" in step]
     == ["ok", "IncorrectState", "IncorrectState", "IncorrectState", "ok"])
flapping = load("flapping")
rest = flapping["processes"][2]
test("verify: processes, then promises", [one["process"] for one in flapping["processes"]] == ["keeper", "keeper", None, None])
test("verify: a loop", rest["verdict"] == "some" and rest["turn"] == 0 and len(rest["trace"]) == 4)

attach = load("attach")
lost = property_named(attach, "only_release")
test("attach: two steps", [step["action"] for step in lost["trace"]] == ["Attach", "fails"])
test("attach: arguments", lost["trace"][0]["arguments"] == {"c": "card1", "i": "i1"})
test("attach: changes", lost["trace"][0]["changes"]["card1.instance"] == {"from": None, "to": "i1"})
test("attach: who acts", lost["trace"][1]["by"] == "environment" and lost["trace"][1]["response"] == "ok")

limit = load("limit")
test("limit: unknown with a reason", property_named(limit, "four")["verdict"] == "unknown"
     and "state limit" in property_named(limit, "four")["reason"] and limit["statistics"]["complete"] is False)

jugs = load("jugs")
four = property_named(jugs, "four")
test("jugs: the shortest witness", four["depth"] == 6 and len(four["trace"]) == 6 and four["verdict"] == "reachable")
test("jugs: --output leaves stdout empty", os.path.getsize(os.path.join(folder, "nothing")) == 0)

broken = load("broken")
test("broken: where and how", "range" in broken["broken"]["problem"] and len(broken["broken"]["trace"]) == 3
     and broken["broken"]["line"] > 0)
test("broken: no verdict holds", not any(result["verdict"] == "holds" for result in broken["results"]))

full = property_named(load("maps"), "full")["trace"][-1]["changes"]
test("maps: a map is an object", full == {"rack1.cell": {"from": {"1": 2, "2": 2, "3": 1}, "to": {"1": 2, "2": 2, "3": 2}}})

rule = load("rules")[0]
test("rules: one, in words", rule["id"] == "ATT-P4" and rule["kind"] == "check" and "status" in rule["condition"])
test("rules: a file below this folder, from here", rule["file"] == "specs/ec2/interfaces.yaml" and rule["line"] > 1)
explained = load("explain")
test("explain: the rules of a response", explained["kind"] == "response" and "ATT-P4" in [rule["id"] for rule in explained["rules"]]
     and all("InvalidNetworkInterface.InUse" in rule["codes"] for rule in explained["rules"]))
diagnostic = load("diagnostic")
test("explain: a diagnostic", diagnostic["kind"] == "diagnostic" and diagnostic["code"] == "include" and diagnostic["help"])
sys.exit(failed > 0)
