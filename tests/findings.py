"""The reports of `enimc verify`:  python3 tests/findings.py PROGRAM   (prints TAP)

Every format is read back by a parser of its own kind, also with names that want to break out of it; fingerprints stay
when lines and steps are moved; suppressions have reasons, expire, and are remarked upon when they have no use.
"""
import html
import json
import os
import pty
import re
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree

program = os.path.abspath(sys.argv[1])
number = failed = 0
work = tempfile.TemporaryDirectory()
os.chdir(os.path.dirname(os.path.abspath(__file__)))
with open("verify/eip-race.yaml") as file:
    RACE = file.read()
plan = os.path.abspath("import/network.json")
os.chdir(work.name)


def test(name, good, *detail):
    global number, failed
    number += 1
    failed += not good
    print(("ok" if good else "not ok"), number, "-", name)
    if not good:
        for line in detail:
            print("#", str(line)[:2000].replace("\n", "\n# "))


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def read(path):
    with open(path, encoding="utf-8", newline="") as source:
        return source.read()


def verify(*arguments):
    done = subprocess.run([program, "verify", *arguments], capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def findings(*arguments):
    status, out, err = verify(*arguments, "--format", "json")
    return status, json.loads(out) if out else err


# ---- names that want to break out ----

EVIL = ("</failure>]]>&\"'`<img src=x onerror=alert(1)>|%0A::error::x,y:z [a](javascript:b) @team\n"
        "::error file=x::injected\n# heading\u0085\u009b31m\u001b[31m\ufffe")
HOSTILE = RACE.replace("  associate:\n    about: aws_eip_association.public (create)\n",
                       "  associate:\n    about: " + json.dumps(EVIL) + "\n    resource: " + json.dumps(EVIL) + "\n")
assert HOSTILE != RACE
hostile = "a b,c:d%0A&<'\".yaml"
write("race.yaml", RACE)
write(hostile, HOSTILE)
FORMATS = ("text", "json", "sarif", "junit", "github", "markdown")
for source, name in (("race.yaml", "race"), (hostile, "hostile"), (plan, "plan")):
    reports = [argument for form in FORMATS for argument in ("--report", f"{form}={name}.{form}")]
    status, out, err = verify(source, *reports)
    test(f"{name}: six reports at once", status == 1 and all(os.path.getsize(f"{name}.{form}") for form in FORMATS), status, err)
    test(f"{name}: the report in text is the answer", read(f"{name}.text") == out)
    test(f"{name}: each is what --format writes", all(
        re.sub(r'("seconds": |time=")[0-9.e-]+', "", read(f"{name}.{form}"))
        == re.sub(r'("seconds": |time=")[0-9.e-]+', "", verify(source, "--format", form)[1]) for form in FORMATS))
    test(f"{name}: no control characters in text", not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", out))


# ---- JSON ----

KEYS = {"id", "title", "severity", "confidence", "message", "resource", "step", "location", "operation", "code", "other_codes", "rule",
        "retried", "verdict", "doubt", "reason", "trace", "repairs", "advice", "fingerprint", "suppressed"}
race = json.loads(read("race.json"))
test("json: what was there before", {"tool", "version", "command", "spec", "steps", "notes", "seconds"} <= race.keys()
     and {"step", "about", "operation", "verdict", "code", "rule", "confidence", "source", "trace", "repairs", "reason", "states"}
     <= race["steps"][0].keys())
test("json: keys of findings", [finding.keys() for finding in race["findings"]] == [KEYS, KEYS])
test("json: which findings", [(f["id"], f["code"], f["rule"], f["verdict"], f["severity"]) for f in race["findings"]]
     == [("RACE-1", "InvalidIPAddress.InUse", "CNI-P12", "some", "error"),
         ("RACE-2", "Gateway.NotAttached", "ASA-P18", "some", "error")])
lines = RACE.split("\n")
test("json: a step of a spec is where it stands", all(
    lines[f["location"]["line"] - 1].strip().rstrip(":") == f["step"] and f["location"]["column"] == 3
    and f["location"]["file"] == "race.yaml" for f in race["findings"]))
test("json: the trace is an apply log", race["findings"][0]["trace"][0] == "aws_instance.web (create): RunInstances; "
     "the service chooses primary_ip: 10.0.0.5" and race["findings"][0]["trace"][-1]
     == "aws_network_interface.front (create): CreateNetworkInterface fails: InvalidIPAddress.InUse", race["findings"][0]["trace"])
imported = json.loads(read("plan.json"))
test("json: resources of a plan", [f["resource"] for f in imported["findings"]] == ["aws_network_interface.a", "aws_eip_association.e"]
     and all(f["location"] == {"file": plan, "line": None, "column": None} for f in imported["findings"]))
evil = json.loads(read("hostile.json"))["findings"][1]
test("json: a hostile resource is itself", evil["resource"] == EVIL)
test("json: repairs are the same in words", race["findings"][0]["repairs"]
     == ["aws_instance.web (create) after aws_network_interface.front (create)"])


# ---- text: colours on a terminal only ----

def on_terminal(*arguments, **environment):
    near, far = pty.openpty()
    child = subprocess.Popen([program, "verify", "race.yaml", *arguments], stdout=far, stdin=subprocess.DEVNULL,
                             env={key: value for key, value in os.environ.items() if key != "NO_COLOR"} | environment)
    os.close(far)
    text = b""
    try:
        while got := os.read(near, 65536):
            text += got
    except OSError:  # the other end is closed
        pass
    os.close(near)
    child.wait()
    return text.decode()


colored = on_terminal()
test("text: coloured on a terminal", "\x1b[1;31mfails in some schedules\x1b[0m: aws_network_interface.front" in colored, colored)
plain = read("race.text")
test("text: the same without colours", re.sub("\x1b\\[[0-9;]*m", "", colored).replace("\r\n", "\n") == plain)
test("text: --no-color, NO_COLOR", on_terminal("--no-color").replace("\r\n", "\n") == plain
     and on_terminal(NO_COLOR="1").replace("\r\n", "\n") == plain)


# ---- SARIF 2.1.0: what its schema demands of the parts that are used ----

def check_sarif(log, source):
    yield "$schema" in log and log["version"] == "2.1.0" and set(log) == {"$schema", "version", "runs"} and len(log["runs"]) == 1
    run = log["runs"][0]
    yield set(run) == {"tool", "invocations", "results"}
    driver = run["tool"]["driver"]
    yield driver["name"] == "enimc" and isinstance(driver["version"], str)
    ids = [rule["id"] for rule in driver["rules"]]
    yield len(set(ids)) == len(ids)
    for rule in driver["rules"]:
        yield all(isinstance(rule[key]["text"], str) and rule[key]["text"] for key in ("shortDescription", "fullDescription", "help"))
        yield isinstance(rule["help"]["markdown"], str) and rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
    for invocation in run["invocations"]:
        yield isinstance(invocation["executionSuccessful"], bool)
        for notification in invocation["toolExecutionNotifications"]:
            yield isinstance(notification["message"]["text"], str) and notification["level"] in ("none", "note", "warning", "error")
    for result in run["results"]:
        yield set(result) <= {"ruleId", "ruleIndex", "level", "message", "locations", "codeFlows", "partialFingerprints", "suppressions", "properties"}
        yield ids[result["ruleIndex"]] == result["ruleId"] and result["level"] in ("warning", "error")
        yield isinstance(result["message"]["text"], str) and result["message"]["text"] != ""
        yield set(result["partialFingerprints"]) == {"enimcFinding/v1", "primaryLocationLineHash"}
        yield all(re.fullmatch("[0-9a-f]{32}", value) for value in result["partialFingerprints"].values())
        yield len(result["locations"]) == 1 and len(result["codeFlows"]) == 1
        flow = result["codeFlows"][0]["threadFlows"]
        yield len(flow) == 1 and len(flow[0]["locations"]) >= 1
        yield [step["executionOrder"] for step in flow[0]["locations"]] == list(range(1, len(flow[0]["locations"]) + 1))
        for place in result["locations"] + [step["location"] for step in flow[0]["locations"]]:
            uri = place["physicalLocation"]["artifactLocation"]["uri"]
            yield re.fullmatch(r"(?:file://)?(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri) is not None
            yield urllib.parse.unquote(uri.removeprefix("file://")) == source
            region = place["physicalLocation"]["region"]
            yield set(region) == {"startLine"} and region["startLine"] >= 1
        yield all(isinstance(step["location"]["message"]["text"], str) for step in flow[0]["locations"])
        for suppression in result.get("suppressions", []):
            yield suppression["kind"] in ("inSource", "external") and suppression["justification"]


for source, name in (("race.yaml", "race"), (hostile, "hostile"), (plan, "plan")):
    log = json.loads(read(f"{name}.sarif"))
    checks = list(check_sarif(log, source))
    test(f"sarif: structure of {name}", len(checks) > 20 and all(checks), checks)
for path in ("./race.yaml", os.path.abspath("race.yaml")):
    log = json.loads(verify(path, "--format", "sarif")[1])
    test(f"sarif: {path} is a path from here", all(check_sarif(log, "race.yaml")) and "file=race.yaml," in verify(path, "--format", "github")[1])
sarif = json.loads(read("race.sarif"))["runs"][0]
test("sarif: the results are the findings", [(r["ruleId"], r["partialFingerprints"]["enimcFinding/v1"]) for r in sarif["results"]]
     == [(f["id"], f["fingerprint"]) for f in race["findings"]])
test("sarif: the run is the trace", [[s["location"]["message"]["text"] for s in r["codeFlows"][0]["threadFlows"][0]["locations"]]
                                     for r in sarif["results"]] == [f["trace"] for f in race["findings"]])
test("sarif: a hostile resource is a logical location", json.loads(read("hostile.sarif"))["runs"][0]["results"][1]["locations"][0]
     ["logicalLocations"] == [{"fullyQualifiedName": EVIL, "kind": "resource"}])


# ---- JUnit ----

for source, name in (("race.yaml", "race"), (hostile, "hostile"), (plan, "plan")):
    root = xml.etree.ElementTree.parse(f"{name}.junit").getroot()
    cases = root.findall("testsuite/testcase")
    bad = [case for case in cases if case.find("failure") is not None]
    test(f"junit: {name}", root.tag == "testsuites" and len(cases) == int(root.get("tests")) == (10 if name == "plan" else 6)
         and len(bad) == int(root.get("failures")) == 2 and all(case.get("classname") == source for case in cases)
         and {"testcase", "failure", "testsuite", "testsuites", "system-out"} >= {node.tag for node in root.iter()})
root = xml.etree.ElementTree.parse("hostile.junit").getroot()
expected = re.sub("[\x1b\ufffe]", "\ufffd", EVIL)
test("junit: a hostile name is itself, but for what XML has not", expected in [case.get("name") for case in root.iter("testcase")],
     [case.get("name") for case in root.iter("testcase")])


# ---- GitHub ----

def unescape(text, is_property):
    for code, character in (("%3A", ":"), ("%2C", ",")) if is_property else ():
        text = text.replace(code, character)
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


for source, name in (("race.yaml", "race"), (hostile, "hostile"), (plan, "plan")):
    commands = [re.fullmatch(r"::(error|warning|notice) file=([^,:]*)(?:,line=(\d+))?(?:,title=([^,:]*))?::(.+)", line)
                for line in read(f"{name}.github").removesuffix("\n").split("\n")]
    test(f"github: {name}", all(commands) and [command[1] for command in commands].count("error") == 2
         and all(unescape(command[2], True) == source for command in commands), read(f"{name}.github"))
test("github: lines", [command[3] for command in map(re.compile(r"::(error) file=([^,:]*),line=(\d+)").match, read("race.github").split("\n")) if command]
     == [str(f["location"]["line"]) for f in race["findings"]])


# ---- Markdown ----

for name in ("race", "hostile", "plan"):
    text = read(f"{name}.markdown")
    rows = [line for line in text.split("\n") if line.startswith("|")]
    test(f"markdown: {name}", len(rows) == 4 and all(len(re.findall(r"(?<!\\)\|", row)) == 7 for row in rows)
         and "<" not in text and text.count("\n### ") == 2 and text.count("\n# ") == 0, text)
test("markdown: nobody is called, no link is made", "@" not in read("hostile.markdown")
     and not re.search(r"(?<!\\)\[", read("hostile.markdown")) and "&#64;team" in read("hostile.markdown"))
test("markdown: says the error code", "Gateway.NotAttached" in html.unescape(read("race.markdown")))


# ---- fingerprints ----

def prints(text):
    write("moved.yaml", text)
    status, report = findings("moved.yaml")
    assert status == 1, report
    return sorted((f["id"], f["fingerprint"]) for f in report["findings"])


before = prints(RACE)
head, body = RACE.split("plan:\n")
steps, tail = body.split("properties:\n")
blocks = re.split(r"(?m)^(?=  \w)", steps)[1:]
test("fingerprints: two of 32 characters", len({f for _, f in before}) == 2 and all(re.fullmatch("[0-9a-f]{32}", f) for _, f in before))
test("fingerprints: other lines", prints("# a\n\n# b\n" + RACE.replace("plan:\n", "\n\nplan:\n")) == before)
test("fingerprints: another order", prints(head + "plan:\n" + "".join(reversed(blocks)) + "properties:\n" + tail) == before)
test("fingerprints: another name is another finding", prints(RACE.replace("aws_eip_association.public", "aws_eip_association.other")) != before)


# ---- suppressions ----

def config(text, *arguments):
    write("config.yaml", text)
    return findings("race.yaml", "--config", "config.yaml", *arguments)


def suppressed(report):
    return [f["id"] for f in report["findings"] if f["suppressed"]]


both = "suppress:\n  - { finding: RACE-1, reason: one, until: 2999-12-31 }\n  - { finding: 'RACE-*', resource: associate, reason: two }\n"
status, report = config(both)
test("config: nothing is left", status == 0 and suppressed(report) == ["RACE-1", "RACE-2"] and report["suppressions"] == [], report)
test("config: with its reason", report["findings"][0]["suppressed"]
     == {"reason": "one", "until": "2999-12-31", "file": "config.yaml", "line": 2})
write("config.yaml", both)
status, out, _ = verify("race.yaml", "--config", "config.yaml")
test("text: what is suppressed, and why", status == 0 and "suppressed: RACE-1 aws_network_interface.front (create): one (config.yaml:2)" in out
     and "fails in" not in out and "proved" not in out, out)
verify("race.yaml", "--config", "config.yaml", "--report", "sarif=s.sarif", "--report", "junit=s.junit", "--report", "github=s.github", "--report", "markdown=s.md")
log = json.loads(read("s.sarif"))
test("sarif: suppressions", all(check_sarif(log, "race.yaml")) and [r["suppressions"][0]["justification"] for r in log["runs"][0]["results"]] == ["one", "two"])
root = xml.etree.ElementTree.parse("s.junit").getroot()
test("junit: skipped", root.get("skipped") == "2" and root.get("failures") == "0" and [s.get("message") for s in root.iter("skipped")] == ["one", "two"])
test("github: nothing", read("s.github") == "")
test("markdown: a list", read("s.md").count("- suppressed: ") == 2 and "|" not in read("s.md"))
status, report = config("suppress:\n  - { finding: RACE-1, reason: old, until: 2020-02-29 }\n")
test("config: expired", status == 1 and suppressed(report) == [] and report["suppressions"]
     == ["config.yaml:2: RACE-1: expired, so it suppresses nothing; repair the cause or renew it"], report)
status, report = config("suppress:\n  - { resource: nothing.*, reason: none }\n")
test("config: without use", status == 1 and report["suppressions"] == ["config.yaml:2: nothing.*: suppresses nothing here; take it out, unless another input needs it"], report)
for name, text, expected in (
        ("a reason is needed", "suppress:\n  - { finding: RACE-1 }\n", "config.yaml:2:5: error[missing-key]: 'reason' is missing"),
        ("an empty one is none", "suppress:\n  - { finding: RACE-1, reason: '' }\n", "error[wrong-shape]: 'reason'"),
        ("a finding or a resource", "suppress:\n  - { reason: all }\n", "a suppression needs 'finding' or 'resource'"),
        ("an unknown finding", "suppress:\n  - { finding: RACE-99, reason: x }\n", "error[unknown-name]: no finding is called 'RACE-99'"),
        ("an unknown key", "suppres: []\n", "the closest is 'suppress'"),
        ("no such day", "suppress:\n  - { finding: RACE-1, reason: x, until: 2027-02-29 }\n", "expected a day, YYYY-MM-DD, found '2027-02-29'"),
        ("a wrong severity", "fail_on: errors\n", "expected error or warning, found 'errors'"),
        ("no list", "suppress: { finding: RACE-1 }\n", "'suppress': expected a list"),
        ("no mapping", "- RACE-1\n", "expected a mapping"),
        ("not YAML", "suppress: [\n", "error[yaml]")):
    write("config.yaml", text)
    status, out, err = verify("race.yaml", "--config", "config.yaml")
    test(f"config: {name}", status == 2 and out == "" and expected in err, err)
status, out, err = verify("race.yaml", "--config", "missing.yaml")
test("config: missing", status == 2 and "missing.yaml: error[file]" in err, err)
write(".enimc.yaml", both)
test("config: .enimc.yaml of the folder", verify("race.yaml")[0] == 0)
write("config.yaml", "")
test("config: --config instead", verify("race.yaml", "--config", "config.yaml")[0] == 1)
os.remove(".enimc.yaml")

# comments, at the step and above it
write("comment.yaml", RACE.replace("  associate:\n", "  # enimc:ignore RACE-2 the gateway is there\n\n  # more\n  associate:\n")
      .replace("  eni:\n    about", "  eni: # enimc:ignore RACE-* known\n    about").replace("scope:\n", "scope: # enimc:ignore LIM-1 of no use\n"))
status, report = findings("comment.yaml")
line = 1 + [i for i, text in enumerate(read("comment.yaml").split("\n")) if "LIM-1" in text][0]
test("comments: at the line and above it", status == 0 and [f["suppressed"]["reason"] for f in report["findings"]] == ["known", "the gateway is there"], report)
test("comments: without use", report["suppressions"] == [f"comment.yaml:{line}: LIM-1: suppresses nothing; take it out"], report["suppressions"])
write("comment.yaml", RACE.replace("  associate:\n", "  # enimc:ignore RACE-2\n  associate:\n"))
status, out, err = verify("comment.yaml")
test("comments: a reason is needed", status == 2 and "error[wrong-shape]: expected 'enimc:ignore FINDING REASON'" in err, err)
write("comment.yaml", RACE.replace("  associate:\n", "  # enimc:ignore RACE-99 r\n  associate:\n"))
test("comments: an unknown finding", verify("comment.yaml")[0] == 2)
with open(os.path.join(os.path.dirname(plan), "../verify/template-eip.yaml")) as file:
    template = file.read()
resource = json.loads(verify(os.path.join(os.path.dirname(plan), "../verify/template-eip.yaml"), "--format", "json")[1])["findings"][0]["resource"]
write("template.yaml", re.sub(rf"(?m)^  {resource}:", f"  # enimc:ignore RACE-2 known\n  {resource}:", template))
test("comments: of a template", verify("template.yaml")[0] == 0, verify("template.yaml"))

# standard input is read once
done = subprocess.run([program, "verify", "-"], input=RACE, capture_output=True, text=True)
test("comments: standard input is left to its reader", done.returncode == 1 and "RACE-2" in done.stdout, done.stderr)

# baselines
status, out, err = verify("race.yaml", "--write-baseline", "known.yaml")
test("baseline: is written; the answer stays", status == 1 and "fails in" in out and read("known.yaml").count("fingerprint") == 2, err)
status, report = findings("moved.yaml", "--baseline", "known.yaml")
test("baseline: what is new fails", status == 1 and suppressed(report) == ["RACE-1"] and len(report["suppressions"]) == 1
     and "this finding of the baseline is gone" in report["suppressions"][0], report)
test("baseline: what is known passes", verify("race.yaml", "--baseline", "known.yaml")[0] == 0)
write("known.yaml", read("known.yaml").replace("known when this baseline was written", "accepted \\\"so\\\"", 1))
kept = read("known.yaml")
status, out, err = verify("race.yaml", "--write-baseline", "known.yaml")
test("baseline: is not overwritten", status == 2 and read("known.yaml") == kept and "--force" in err, err)
status, out, err = verify("race.yaml", "--baseline", "known.yaml", "--write-baseline", "known.yaml", "--force")
test("baseline: reasons stay", status == 0 and read("known.yaml") == kept, err, read("known.yaml"))
verify(hostile, "--write-baseline", "hostile-known.yaml")
test("baseline: of hostile names", verify(hostile, "--baseline", "hostile-known.yaml")[0] == 0, verify(hostile, "--baseline", "hostile-known.yaml"))
write("bad.yaml", "findings:\n  - { fingerprint: a }\n")
status, out, err = verify("race.yaml", "--baseline", "bad.yaml")
test("baseline: a reason is needed", status == 2 and "bad.yaml:2:5: error[missing-key]: 'reason' is missing" in err, err)

# which finding: two that want one address; one that is to replace another
write("twice.yaml", RACE.replace("private_ip: none, groups: {}", "private_ip: '10.0.0.5', groups: {}"))
status, report = findings("twice.yaml")
test("two want one address: no order helps, none is proposed", [(f["id"], f["verdict"], f["repairs"]) for f in report["findings"]][:2]
     == [("ADR-3", "some", []), ("ADR-3", "some", [])], report["findings"])
REPLACED = """include: [ec2/rulebook.yaml]
scope:
  zone: [a]
  vpc: [main]
  internet_gateway: 0
  subnet: { app: { vpc: main, zone: a } }
  security_group: { default: { vpc: main, is_default: true } }
  instance_type: [t3.micro]
  instance: 0
  eni: [first, second]
  address: { 10.0.0.5: { subnet: app, offset: 5 } }
  eip: 0
initially:
  - "first.status := available; first.subnet := app; first.groups := {default}"
  - "'10.0.0.5'.interface := first; '10.0.0.5'.primary := true"
allow: [ creation_completes ]
plan:
  create: { call: "CreateNetworkInterface(subnet: app, private_ip: '10.0.0.5', groups: {default}, form: well_formed | interface: second)", resource: aws_network_interface.n }
  delete: { call: "DeleteNetworkInterface(interface: first, form: well_formed)", resource: aws_network_interface.n, after: [ create ] }
"""
for name, text, expected in (("the old one goes later", REPLACED, "ORD-6"),
                             ("the old one is another resource", REPLACED.replace("n, after", "o, after"), "ADR-3"),
                             ("nothing goes", re.sub("  delete.*\n", "", REPLACED), "ADR-3")):
    write("replaced.yaml", text)
    status, report = findings("replaced.yaml")
    test(f"replaced: {name}", status == 1 and (report["findings"][0]["id"], report["findings"][0]["verdict"]) == (expected, "every"),
         report if isinstance(report, str) else report["findings"])

# severity: the rule of ATT-P12b has low confidence
write("low.yaml", """include: [ec2/rulebook.yaml]
scope: {}
kinds: { lamp: { state: { on: bool } } }
""")
LOW = """kinds: { lamp: { state: { on: bool } } }
scope: { lamp: { l: {} } }
actions:
  Press:
    parameters: { x: lamp }
    checks: [ { id: L1, require: "x.on", else: Dark, confidence: %s, source: s } ]
    effects: []
plan: { press: { call: "Press(x: l)" } }
"""
write("low.yaml", LOW % "low")
status, report = findings("low.yaml")
test("severity: low confidence is a warning", status == 1 and [(f["id"], f["severity"], f["verdict"]) for f in report["findings"]]
     == [("RUN-2", "warning", "every")], report)
test("--fail-on error: warnings pass", verify("low.yaml", "--fail-on", "error")[0] == 0 and verify("low.yaml", "--fail-on", "warning")[0] == 1)
write("config.yaml", "fail_on: error\n")
test("fail_on of the configuration", verify("low.yaml", "--config", "config.yaml")[0] == 0)
test("the command line has the last word", verify("low.yaml", "--config", "config.yaml", "--fail-on", "warning")[0] == 1)
write("high.yaml", LOW % "high")
test("--fail-on error: errors do not", verify("high.yaml", "--fail-on", "error")[0] == 1)
status, out, err = verify("low.yaml", "--fail-on", "note")
test("--fail-on: else", status == 2 and "--fail-on: expected error or warning, found 'note'" in err, err)
write("stop.yaml", """kinds: { lamp: { state: { on: bool } } }
scope: { lamp: { l: {} } }
actions: { Press: { parameters: { x: lamp }, effects: [] } }
plan: { press: { call: "Press(x: l)", until: "l.on", at: "main.tf:12:7", resource: "lamp.l" } }
""")
status, report = findings("stop.yaml")
finding = report["findings"][0]
test("a stop is RUN-1", status == 1 and (finding["id"], finding["code"], finding["verdict"]) == ("RUN-1", None, "every")
     and finding["trace"][-1] == "press: waits for ever", report)
# a call that is made again and again, and a step that waits for it
RETRIED = """kinds: { group: { state: { used: bool = true, alive: bool = true } } }
scope: { group: { g: {} } }
actions:
  Delete:
    parameters: { x: group }
    checks:
      - { id: D1, require: "x.alive", else: NotFound, confidence: high, source: s }
      - { id: D2, require: "not x.used", else: DependencyViolation, confidence: high, source: s }
    effects: [ "x.alive := false" ]
  Tag: { parameters: { x: group }, effects: [] }
plan:
  delete: { call: "Delete(x: g)", retry: [ DependencyViolation ] }
  tag: { call: "Tag(x: g)", after: [ delete ] }
"""
write("retried.yaml", RETRIED)
status, report = findings("retried.yaml")
test("a call that is retried for ever has its code", status == 1 and [(f["id"], f["code"], f["rule"], f["retried"], f["step"]) for f in report["findings"]]
     == [("ORD-2", "DependencyViolation", "D2", True, "delete")], report["findings"])
write("retried.yaml", RETRIED.replace("[ DependencyViolation ]", "[ NotFound, DependencyViolation ]"))
status, report = findings("retried.yaml")
test("one code of several is not told apart", status == 1 and [(f["id"], f["code"], f["retried"]) for f in report["findings"]] == [("RUN-1", None, False)],
     report["findings"])
test("at: is the place", finding["location"] == {"file": "main.tf", "line": 12, "column": 7} and finding["resource"] == "lamp.l")
test("a stop in every format", all(verify("stop.yaml", "--format", form)[0] == 1 for form in FORMATS))

# the examples to copy do what they say
root = os.path.dirname(os.path.dirname(os.path.dirname(plan)))
with open(plan) as file:
    write("plan.json", file.read())
write("template.yaml", template)
for example, expected in (("github-actions.yml", {"enimc.sarif", "enimc.md"}), ("gitlab-ci.yml", {"enimc.xml", "enimc.json"})):
    command = re.findall(r"(?m)^ *(?:run:|-) enimc (.*)$", read(f"{root}/examples/{example}"))
    made = subprocess.run([program, *command[0].split()], capture_output=True, text=True)
    test(f"examples: {example}", len(command) == 1 and made.returncode == 1 and expected <= set(os.listdir("."))
         and set(re.findall(r"(enimc\.(?:sarif|md|xml|json))", read(f"{root}/examples/{example}"))) == expected, made)
status, out, err = verify("race.yaml", "--config", f"{root}/examples/enimc.yaml")
test("examples: enimc.yaml", status == 1 and out.count("suppresses nothing") == 2, out, err)
entry = re.search("(?m)^  entry: sh -c '(.*)' --$", read(f"{root}/.pre-commit-hooks.yaml"))[1]
os.mkdir("bin")
os.symlink(program, "bin/enimc")
path = dict(os.environ, PATH=os.path.abspath("bin") + os.pathsep + os.environ["PATH"])
hook = [subprocess.run(["sh", "-c", entry, "--", *files], capture_output=True, env=path).returncode
        for files in (["template.yaml"], ["template.yaml", f"{root}/tests/verify/template-eip-repaired.yaml"],
                      [f"{root}/tests/verify/template-eip-repaired.yaml"])]
test("examples: the hook", hook == [1, 1, 0], hook)

# processes and promises are findings, too
process = os.path.join(root, "tests/verify/process-gives-up.yaml")
status, report = findings(process)
test("processes: findings", status == 1 and [(f["id"], f["step"], f["verdict"], f["code"]) for f in report["findings"]]
     == [("RUN-5", "hopeless1", "every", "NotRunning"), ("RUN-6", "impatient1", "some", None), ("RUN-6", "waiting1", "every", None),
         ("RUN-7", "late", "some", None)] and len(report["processes"]) > 4 and all(f["location"]["line"] for f in report["findings"]), report)
reports = [argument for form in FORMATS for argument in ("--report", f"{form}=process.{form}")]
verify(process, *reports)
checks = list(check_sarif(json.loads(read("process.sarif")), process))
test("processes: sarif", len(checks) > 20 and all(checks), checks)
cases = xml.etree.ElementTree.parse("process.junit").getroot()
test("processes: junit", len(list(cases.iter("testcase"))) == int(cases.get("tests")) == len(report["processes"]) and cases.get("failures") == "4"
     and len(list(cases.iter("failure"))) == 4)
test("processes: github, markdown", read("process.github").count("::error") == 4 and read("process.markdown").count("\n### RUN-") == 4)
write("config.yaml", "suppress: [ { finding: RUN-*, resource: hopeless1, reason: r } ]\n")
test("processes: suppressed", [f["step"] for f in findings(process, "--config", "config.yaml")[1]["findings"] if f["suppressed"]] == ["hopeless1"])

# what the reports say in words
library = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "specs")
SERVERS = f"""
include: ["{library}/runbooks/parts/servers.yaml"]
allow: {{ status_check_fails: "instance == blue" }}
"""
write("asked.yaml", """
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Net: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24 } }
  One: { Type: AWS::EC2::NetworkInterface, Properties: { SubnetId: !Ref Net, PrivateIpAddress: 10.0.0.5 } }
  Two: { Type: AWS::EC2::NetworkInterface, DependsOn: One, Properties: { SubnetId: !Ref Net, PrivateIpAddress: 10.0.0.5 } }
""")
status, out, err = verify("asked.yaml")
test("words: nothing is chosen where the call asks for it",
     status == 1 and "One (create): CreateNetworkInterface\n" in out and "chooses" not in out, out, err)
advice = "Name another address (an IPv6 one of the block of the subnet), or free it first."
test("words: the advice is in every format, where no order repairs it",
     all(advice in verify("asked.yaml", "--format", form)[1] for form in ("text", "json", "sarif", "junit", "github", "markdown")))
status, out, err = verify("asked.yaml", "--format", "markdown")
test("words: one error", "1 error, 0 warnings, 0 suppressed." in out, out)
test("words: where each order fails, a line for all of it", verify("asked.yaml")[1].rstrip().endswith("no schedule ends without an error"), verify("asked.yaml")[1])
write("contended.yaml", """
Resources:
  Vpc: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } }
  Net: { Type: AWS::EC2::Subnet, Properties: { VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24 } }
  One: { Type: AWS::EC2::NetworkInterface, Properties: { SubnetId: !Ref Net, PrivateIpAddress: 10.0.0.5 } }
  Two: { Type: AWS::EC2::NetworkInterface, Properties: { SubnetId: !Ref Net, PrivateIpAddress: 10.0.0.5 } }
""")
test("words: and where two want the same", "no order of the steps that was tried lets all of them succeed" in verify("contended.yaml")[1], verify("contended.yaml")[1])
REPLACED = """
Resources:
  Group: { Type: AWS::EC2::SecurityGroup, Properties: { GroupName: web, GroupDescription: old, VpcId: vpc-1 } }
"""
write("replaced.before", REPLACED)
write("replaced.yaml", REPLACED.replace("old", "new"))
status, out, err = verify("replaced.yaml", "--previous", "replaced.before")
test("words: a stack gets advice for stacks", status == 1 and "An update never deletes first." in out and "create_before_destroy" not in out, out, err)
SCRIPT = SERVERS + """
processes: { script: { steps: { take: { call: "AssignPrivateIpAddresses(interface: of_green, private_ip: '10.0.1.100', allow_reassignment: %s, form: well_formed)" } } } }
initially: [ "'10.0.1.100'.interface := of_blue" ]
"""
write("script.yaml", SCRIPT % "true")
status, out, err = verify("script.yaml")
test("words: a runbook that works is proved", status == 0 and out.endswith("proved: in every interleaving each process comes to its end and each promise is kept\n"), out, err)
write("script.yaml", SCRIPT % "false")
status, out, err = verify("script.yaml")
test("words: one that does not is not", status == 1 and "proved" not in out, out, err)
test("words: a runbook has no steps of a plan", "steps" not in verify("script.yaml", "--format", "markdown")[1])
write("nothing.yaml", "Resources: { V: { Type: AWS::EC2::VPC, Properties: { CidrBlock: 10.0.0.0/16 } } }\n")
status, out, err = verify("nothing.yaml")
test("words: no steps prove nothing", status == 0 and "0 steps" in out and "nothing to prove" in out and "proved" not in out, out, err)
write("stop.yaml", """kinds: { lamp: { state: { on: bool } } }
scope: { lamp: { l: {} } }
actions: { Press: { parameters: { x: lamp }, effects: [] } }
plan: { press: { call: "Press(x: l)", until: "l.on" } }
""")
status, out, err = verify("stop.yaml")
test("words: why a step waits for ever", status == 1 and "Press is accepted, but what the step waits for never comes" in out, out, err)

# options
for name, arguments, expected in (
        ("an unknown format", ["--format", "sarf"], "expected text, json, sarif, junit, github or markdown as a format, found 'sarf'"),
        ("a report without a file", ["--report", "sarif"], "--report: expected FORMAT=FILE, found 'sarif'"),
        ("an empty file name", ["--report", "sarif="], "--report: expected FORMAT=FILE"),
        ("a report in an unknown format", ["--report", "html2=x"], "found 'html2'"),
        ("two reports in one file", ["--report", "sarif=x", "--report", "json=x"], "x: is another report, too"),
        ("output and report in one file", ["--output", "x", "--report", "json=x"], "x: is another report, too"),
        ("a report over the input", ["--report", "json=race.yaml"], "is the input"),
        ("a report over the baseline", ["--baseline", "known.yaml", "--report", "json=known.yaml"], "known.yaml: is an input, too")):
    status, out, err = verify("race.yaml", *arguments)
    test(f"options: {name}", status == 2 and expected in err and read("race.yaml") == RACE and read("known.yaml") == kept, status, err)
test("--quiet: only the status and the files", verify("race.yaml", "--quiet", "--report", "junit=quiet.xml")[:2] == (1, "") and os.path.getsize("quiet.xml") > 0)
done = subprocess.run([program, "explain", "--format", "json"], capture_output=True)
pages = {entry["code"]: entry for entry in json.loads(done.stdout) if entry["kind"] == "finding"}
test("explain: a page for each class", {code.split("-")[0] for code in pages} == {"LIM", "ADR", "PLC", "EIP", "SEC", "ORD", "RACE", "RUN", "DNS"})
test("explain: whole pages", all(page[key] for page in pages.values() for key in ("title", "what", "why", "bad", "good", "repair", "sources")))
done = subprocess.run([program, "explain", "RACE-2"], capture_output=True, text=True)
test("explain: one", done.returncode == 0 and done.stdout.startswith("RACE-2: ") and "depends_on" in done.stdout and "answers: Gateway.NotAttached" in done.stdout)
done = subprocess.run([program, "explain", "ATT-P4"], capture_output=True, text=True)
test("explain: a rule has its own command", done.returncode == 0 and done.stdout == "ATT-P4 is a rule: 'enimc rules ATT-P4' explains it\n")
done = subprocess.run([program, "explain", "RACE-99"], capture_output=True, text=True)
test("explain: an unknown finding", done.returncode == 2 and "the closest is 'RACE-9'" in done.stderr, done.stderr)
print(f"1..{number}")
sys.exit(failed > 0)
