"""Designs that failed in public, and their repairs; called by tests/designs-run.sh with the program.

tests/designs/NAME.expect says what `verify` must find on NAME-bad.* ; on NAME-repaired.* it must find nothing.  Both
directions count: a finding that is not expected is as wrong as one that is missing.  tests/designs/README.md has the format.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

program = sys.argv[1]
folder = "tests/designs"
number = failed = 0


def test(name, wrong, todo):
    """`wrong` are lines; with `todo` they are shown and counted as skipped."""
    global number, failed
    number += 1
    if todo and not wrong:
        todo = f"{todo}: nothing is wrong any more, take the mark away"
    bad = wrong and not todo
    failed += bool(bad)
    print(f"{'not ok' if bad else 'ok'} {number} - {name}{f' # SKIP todo: {todo}' if todo else ''}")
    for line in wrong:
        print(f"# {line}")


def read_expectation(path):
    expectation = {"source": [], "with": [], "bad": [], "also": [], "repair": [], "todo-bad": [], "todo-repaired": [], "previous": [], "parameters": [], "graph": []}
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.startswith("#") or not line.strip():
                continue
            key, _, value = line.partition(":")
            if key not in expectation:
                raise SystemExit(f"{path}: not understood: {line.strip()}")
            expectation[key].append(value.strip())
    return expectation


def read_finding(text):
    """ID every|some|- CODE OPERATION RESOURCE; the last may have blanks in it."""
    fields = text.split(None, 4)
    if len(fields) != 5:
        raise SystemExit(f"a finding has five fields: {text}")
    return dict(zip(("id", "schedules", "code", "operation", "resource"), fields))


def verify(arguments):
    run = subprocess.run([program, "verify", "--format", "json", *arguments], capture_output=True, text=True, check=False)
    try:
        return run, json.loads(run.stdout)
    except ValueError:
        return run, None


def found(report):
    """What the report says, as the expectation has it."""
    for finding in report["findings"]:
        if not finding["suppressed"]:
            yield {"id": finding["id"], "schedules": finding["verdict"] or "-", "code": finding["code"] or "-",
                   "operation": (finding["operation"] or "-").split("_")[0], "resource": finding["resource"] or finding["step"],
                   "severity": finding["severity"], "repairs": finding["repairs"]}


def matches(expected, actual):
    ids = expected["id"].split("|")
    return (any(actual["id"] == id or actual["id"].startswith(id + "-") for id in ids)
            and expected["schedules"] == actual["schedules"] and actual["code"] in expected["code"].split("|")
            and actual["operation"] in expected["operation"].split("|") and expected["resource"] == actual["resource"])


def line_of(finding):
    return " ".join(finding[key] for key in ("id", "schedules", "code", "operation", "resource"))


def is_repaired(actual, text):
    """One of the findings has this order as a repair: RESOURCE after RESOURCE."""
    first, _, second = text.partition(" after ")
    orders = [repair.partition(" after ") for finding in actual for repair in finding["repairs"]]
    return any(left.startswith(first + " (") and f" {second} (" in " " + right for left, _, right in orders)


def arguments_of(name, twin, expectation):
    path = [path for path in glob.glob(f"{folder}/{name}-{twin}.*") if not any(part in path for part in (".account.", ".parameters.", ".previous.", ".dot"))]
    if len(path) != 1:
        raise SystemExit(f"one file {name}-{twin}.* expected, found {len(path)}")
    arguments = path + [os.path.join(folder, other.replace("TWIN", twin)) for other in expectation["with"]]
    for option in ("previous", "parameters", "graph"):
        arguments += [f"--{option}={os.path.join(folder, other.replace('TWIN', twin))}" for other in expectation[option]]
    return arguments


def compare(name, twin, expectation, wanted, also):
    run, report = verify(arguments_of(name, twin, expectation))
    if report is None:
        return [f"exit status {run.returncode}, no report"] + run.stderr.splitlines()[:5]
    actual = list(found(report))
    wrong = [f"missed: {line_of(finding)}" for finding in wanted if not any(matches(finding, other) for other in actual)]
    wrong += [f"false alarm: {line_of(other)}" for other in actual if not any(matches(finding, other) for finding in wanted + also)]
    wrong += [f"no such repair: {text}" for text in expectation["repair"] if wanted and not is_repaired(actual, text)]
    status = 1 if actual else 0
    if not wrong and run.returncode != status:
        wrong.append(f"exit status {run.returncode}, expected {status}")
    return wrong + [f"  {note}" for note in report.get("notes", []) if wrong]


def explored(name, twin, expectation):
    """`check` explores every schedule of the whole plan, `verify` asks step by step: "all works" is the same for both."""
    arguments = arguments_of(name, twin, expectation)
    spec = arguments[0]
    with tempfile.NamedTemporaryFile(suffix=".yaml") as made:
        if not spec.endswith(".yaml") or name.startswith("stack-"):
            spec = made.name
            run = subprocess.run([program, "import", "-o", spec, "--quiet", *arguments], capture_output=True, text=True, check=False)
            if run.returncode != 0:
                return [f"import ends with {run.returncode}"] + run.stderr.splitlines()[:5]
        with open(spec, encoding="utf-8") as file:
            plan = re.search(r"^  (\w+): *\{ *plan: every", file.read(), re.MULTILINE)
        if plan is None:
            return []
        whole = subprocess.run([program, "check", spec, "--property", plan.group(1), "--quiet", "--max-states", "300000", "--timeout", "10"],
                               capture_output=True, text=True, check=False).returncode
    run, report = verify(arguments)
    if report is None:
        return [f"verify ends with {run.returncode}, no report"] + run.stderr.splitlines()[:5]
    verdicts = {step["verdict"] for step in report["steps"]}  # findings may be suppressed, or need no step that fails
    steps = 1 if verdicts & {"some", "every"} else 3 if "unknown" in verdicts else 0
    return [] if whole in (steps, 3) else [f"verify ends with {steps} on {twin}, check with {whole}"]


for path in sorted(glob.glob(f"{folder}/*.expect")):
    name = os.path.basename(path)[:-len(".expect")]
    if len(sys.argv) > 2 and sys.argv[2] not in name:
        continue
    expectation = read_expectation(path)
    wanted = [read_finding(text) for text in expectation["bad"]]
    also = [read_finding(text) for text in expectation["also"]]
    wrong = [] if wanted and expectation["source"] else ["no source, or nothing that is to be found"]
    test(f"{name}: what is wrong with it is found", wrong + compare(name, "bad", expectation, wanted, also), "; ".join(expectation["todo-bad"]))
    test(f"{name}: nothing is wrong with its repair", compare(name, "repaired", expectation, [], []), "; ".join(expectation["todo-repaired"]))
    test(f"{name}: exploring all schedules says the same", explored(name, "bad", expectation) + explored(name, "repaired", expectation),
         "; ".join(expectation["todo-bad"] + expectation["todo-repaired"]) if expectation["previous"] else "")
count = len(glob.glob(f"{folder}/*.expect"))
test(f"{count} designs are at least 25", [] if count >= 25 else ["too few"], None)
print(f"1..{number}")
sys.exit(failed != 0)
