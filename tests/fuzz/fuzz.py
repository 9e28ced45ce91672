"""Mutates the specs of the tests and looks for crashes and hangs:  python3 tests/fuzz/fuzz.py build/asan/enimc [ROUNDS [SEED]]

Not part of `make check`.  What it finds is kept in tests/fuzz/found/ and becomes a case.  Every run must end with exit
status 0 to 3 within the time; a sanitizer's report, a failed assertion or a signal is a finding."""
import glob
import os
import random
import re
import subprocess
import sys
import tempfile

TIMEOUT_S = 10
program = sys.argv[1]
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
print(f"seed {seed}")
random.seed(seed)

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
corpus = []
for path in sorted(glob.glob(root + "/tests/cases/*.yaml") + glob.glob(root + "/tests/systems/*.yaml")):
    with open(path, encoding="latin1") as file:
        corpus.append("".join(line for line in file if not line.startswith("#")))
TOKEN = re.compile(r"\w+|[^\w\s]|\s+")
tokens = sorted({token for text in corpus for token in TOKEN.findall(text)})


def mutate(text):
    parts = TOKEN.findall(text)
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


found = 0
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "spec.yaml")
    for number in range(rounds):
        text = mutate(random.choice(corpus))
        with open(path, "w", encoding="latin1") as file:
            file.write(text)
        command = [program, "check", "--max-states", "2000", "--timeout", "2"] + random.choice(([], ["--whole"], ["--format", "json"], ["--dump", "system"], ["--dump", "rulebook"])) + [path]
        try:
            run = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False)
            status, message = run.returncode, run.stderr
        except subprocess.TimeoutExpired:
            status, message = "timeout", b""
        if status in (0, 1, 2, 3) and b"does not confirm" not in run.stdout and b"please report" not in run.stdout:
            continue
        found += 1
        os.makedirs(root + "/tests/fuzz/found", exist_ok=True)
        kept = f"{root}/tests/fuzz/found/{seed}-{number}.yaml"
        with open(kept, "w", encoding="latin1") as file:
            file.write(text)
        lines = [line for line in message.decode("latin1").splitlines() if "error" in line.lower() or "Assertion" in line]
        print(f"{kept}: status {status} {' '.join(command[5:-1])}: {lines[:1]}", flush=True)
print(f"{rounds} rounds, {found} findings")
sys.exit(found > 0)
