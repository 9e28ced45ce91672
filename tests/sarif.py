"""Every kind of answer of `verify`, as SARIF, against the schema; called by tests/sarif.sh with the program."""
import copy
import glob
import json
import subprocess
import sys

from pydantic import ValidationError
from pydantic_sarif import model

number = failed = 0


def test(name, wrong):
    global number, failed
    number += 1
    failed += bool(wrong)
    print(f"{'not ok' if wrong else 'ok'} {number} - {name}")
    for line in str(wrong or "").split("\n")[:10]:
        print(f"# {line}") if line else None


def problems(log):
    try:
        model.StaticAnalysisResultsFormatSarifVersion210JsonSchema.model_validate(log)
    except ValidationError as error:
        return str(error)
    return None


FILES = sorted(glob.glob("tests/verify/*.yaml") + glob.glob("tests/designs/eip-*-bad.*") + glob.glob("tests/designs/dangling*-bad.json")
               + glob.glob("tests/designs/*-reserved-bad.*") + ["tests/import/no-configuration.json"])
answers = []
for path in FILES:
    done = subprocess.run([sys.argv[1], "verify", path, "--format", "sarif"], capture_output=True, text=True, check=False)
    if done.stdout:
        log = json.loads(done.stdout)
        answers.append(log)
        test(path, problems(log))
results = [result for log in answers for result in log["runs"][0]["results"]]
test(f"{len(results)} results, with runs and without", len(results) < 30 or not any("codeFlows" not in result for result in results)
     or not all("partialFingerprints" in result for result in results))
test("what the tool says besides is there", not any(log["runs"][0]["invocations"][0]["toolExecutionNotifications"] for log in answers))
# the schema refuses what it should
whole = next(log for log in answers if log["runs"][0]["results"])
for name, change in (("a level", lambda run: run["results"][0].update(level="fatal")),
                     ("an unknown key", lambda run: run["results"][0].update(severity="error")),
                     ("no message", lambda run: run["results"][0].pop("message")),
                     ("no driver", lambda run: run["tool"].pop("driver")),
                     ("line 0", lambda run: run["results"][0]["locations"][0]["physicalLocation"]["region"].update(startLine=0))):
    damaged = copy.deepcopy(whole)
    change(damaged["runs"][0])
    test(f"refused: {name}", None if problems(damaged) else "accepted")
print(f"1..{number}")
sys.exit(failed > 0)
