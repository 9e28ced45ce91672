"""Mutates the specs of the tests and looks for crashes and hangs:

    python3 tests/fuzz/fuzz.py PROGRAM [--rounds N] [--seconds N] [--seed N]        make CONFIG=asan fuzz SECONDS=180

.ci/run takes a short walk with a fixed seed.  What it finds is kept in tests/fuzz/found/ and becomes a case.  Every run
must end with exit status 0 to 3 within the time; a sanitizer's report, a failed assertion or a signal is a finding, and so
are two engines that contradict each other."""
import argparse
import collections
import glob
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time

TIMEOUT_S = 20
parser = argparse.ArgumentParser()
parser.add_argument("program", type=os.path.abspath)
parser.add_argument("--rounds", type=int, default=1 << 30)
parser.add_argument("--seconds", type=float, default=60)
parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
options = parser.parse_args()
program, seed = options.program, options.seed
print(f"seed {seed}")
random.seed(seed)

# A report ends the program with a status that no answer has.
sanitizers = "exitcode=99:allocator_may_return_null=1:print_stacktrace=1"
environment = dict(os.environ, ASAN_OPTIONS=sanitizers + ":detect_stack_use_after_return=1", UBSAN_OPTIONS=sanitizers)

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
corpus, accepted = [], [] # accepted: what is no error before it is mutated
for path in sorted(
        path for folder in ("tests/cases", "tests/systems", "tests/vectors") for path in glob.glob(f"{root}/{folder}/*.yaml")):
    with open(path, encoding="latin1") as file:
        lines = file.readlines()
    corpus.append("".join(line for line in lines if not line.startswith("#")))
    if "# exit: 2\n" not in lines:
        accepted.append(corpus[-1])
TOKEN = re.compile(r"\w+|:=|[=!<>]=|\.\.|[^\w\s]|\s+")
tokens = sorted({token for text in corpus for token in TOKEN.findall(text)})
CLASSES = (
    re.compile(r"\d+$"),
    re.compile(r"(?!and$|or$|not$|in$|if$|then$|else$|forall$|exists$)[A-Za-z_]\w*$"),
    re.compile(r"(==|!=|<=|>=|<|>)$"), re.compile(r"[-+*/%]$"), re.compile(r"(and|or|implies|iff)$"),
    re.compile(r"(forall|exists)$"), re.compile(r"(true|false)$"), re.compile(r"(invariant|reachable|unreachable)$"),
)


def exchange(parts):
    """One word for another of its class, of the same text: mostly still a spec"""
    if random.random() < 0.3:
        numbers = [at for at, part in enumerate(parts) if part.isdigit()]
        if numbers:
            parts[random.choice(numbers)] = str(random.choice((0, 1, 2, 3, 5, 255, 1000000000)))
            return
    same = random.choice(CLASSES)
    places = [at for at, part in enumerate(parts) if same.match(part)]
    if places:
        parts[random.choice(places)] = parts[random.choice(places)] if random.random() < 0.5 else random.choice(
            [token for token in tokens if same.match(token)] if same is not CLASSES[1] else [parts[at] for at in places])


def mutate(text):
    parts = TOKEN.findall(text)
    if random.random() < 0.7:
        for _ in range(random.choice((1, 1, 2, 3))):
            exchange(parts)
        return "".join(parts)
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        if not parts:
            break
        at = random.randrange(len(parts))
        kind = random.randrange(7)
        if kind == 0:
            del parts[at]
        elif kind == 1:
            parts[at] = random.choice(tokens)
        elif kind == 2:
            parts.insert(at, random.choice(tokens))
        elif kind == 3:
            parts[at] = random.choice(parts)
        elif kind == 4:
            end = min(len(parts), at + random.randrange(1, 12))
            parts[at:at] = parts[at:end]
        elif kind == 5:
            other = TOKEN.findall(random.choice(corpus))
            start = random.randrange(len(other)) if other else 0
            parts[at:at] = other[start:start + random.randrange(1, 20)]
        else:
            other = random.randrange(len(parts))
            parts[at], parts[other] = parts[other], parts[at]
    return "".join(parts)


LIMITS = ["--max-states", "2000", "--timeout", "2"]
EXPLICIT = ["check", "--format", "json", "--whole"] + LIMITS
COMMANDS = ( # SPEC is the spec, FOLDER a folder for its suite
    ["check", "SPEC"] + LIMITS,
    ["check", "--whole", "SPEC"] + LIMITS,
    ["check", "--dump", "system", "SPEC"],
    ["check", "--dump", "rulebook", "SPEC"],
    ["check", "--engine", "bmc", "--max-depth", "3", "--timeout", "1", "SPEC"],
    ["check", "--engine", "kinduction", "--max-depth", "3", "--timeout", "1", "SPEC"],
    ["simulate", "--walks", "20", "--max-depth", "20", "--seed", "1", "SPEC"],
    ["vectors", "--force", "-o", "FOLDER", "SPEC"] + LIMITS,
)
statuses = collections.Counter()


def run(arguments):
    """Status ("timeout" if it hangs), output, errors"""
    try:
        done = subprocess.run([program] + arguments, capture_output=True, timeout=TIMEOUT_S, check=False, env=environment)
        return done.returncode, done.stdout, done.stderr
    except subprocess.TimeoutExpired:
        return "timeout", b"", b""


def verdicts(output):
    report = json.loads(output)
    if report.get("broken"):
        return {}
    return {result["property"]: (result["verdict"], result["depth"]) for result in report["results"]}


def contradiction(spec, exact):
    """What SMT says against the exact answers, or None"""
    for engine in ("bmc", "kinduction"):
        status, output, errors = run(["check", "--format", "json", "--whole", "--timeout", "1", "--engine", engine, spec])
        if status not in (0, 1, 3):
            return f"{engine}: status {status}, explicit has verdicts; {errors[:200]}"
        for name, (verdict, depth) in verdicts(output).items():
            mine, _ = exact[name]
            if "unknown" not in (mine, verdict) and verdict != mine:
                return f"{name}: explicit {mine}, {engine} {verdict}, depth {depth}"
    return None


def judge(spec, folder):
    """What is wrong with this spec, or None"""
    arguments = [{"SPEC": spec, "FOLDER": folder}.get(word, word) for word in random.choice(COMMANDS)]
    for arguments in (arguments, EXPLICIT + [spec]):
        status, output, errors = run(arguments)
        statuses[status] += 1
        if status not in (0, 1, 2, 3) or b"does not confirm" in output or b"please report" in output:
            lines = [line for line in errors.decode("latin1").splitlines() if "rror" in line or "Assertion" in line]
            return f"status {status} {' '.join(arguments[:-1])}: {lines[:1]}"
    if status in (0, 1) and random.random() < 0.25:
        return contradiction(spec, verdicts(output))
    return None


found = number = 0
end = time.monotonic() + options.seconds
with tempfile.TemporaryDirectory() as work:
    path = os.path.join(work, "spec.yaml")
    while number < options.rounds and time.monotonic() < end:
        text = mutate(random.choice(accepted if random.random() < 0.8 else corpus))
        with open(path, "w", encoding="latin1") as file:
            file.write(text)
        problem = judge(path, os.path.join(work, "suite"))
        number += 1
        if problem is None:
            continue
        found += 1
        os.makedirs(root + "/tests/fuzz/found", exist_ok=True)
        kept = f"{root}/tests/fuzz/found/{seed}-{number}.yaml"
        with open(kept, "w", encoding="latin1") as file:
            file.write(text)
        print(f"{kept}: {problem}", flush=True)
ends = ", ".join(f"{count} with {status}" for status, count in sorted(statuses.items(), key=str))
print(f"{number} rounds, {found} findings; ended {ends}")
sys.exit(found > 0)
