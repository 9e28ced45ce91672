"""What verify says about steps that are undone, against all orders; called by tests/agree_losses.sh with the program.

Small random plans: each step paints a lamp, in a random partial order, for a random resource or none.
"""
import itertools
import json
import os
import random
import subprocess
import sys
import tempfile

program = sys.argv[1]
seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7
rng = random.Random(seed)
LAMPS = """enums: { shade: [ dark, red, green ] }
kinds: { lamp: { state: { color: shade } } }
scope: { lamp: [ a, b ] }
actions:
  Set: { parameters: { l: lamp, color: shade }, establishes: "l.color == color", effects: [ "l.color := color" ] }
  Clear: { parameters: { l: lamp }, effects: [ "l.color := dark" ] }
plan:
"""


def make():
    steps = []
    for i in range(rng.randint(2, 5)):
        color = rng.choice(["red", "red", "green", None])
        steps.append({"lamp": rng.choice("aab"), "color": color, "resource": rng.choice([None, None, "one", "two", "three"]),
                      "after": [k for k in range(i) if rng.random() < 0.25]})
    return steps


def write(path, steps):
    with open(path, "w", encoding="utf-8") as file:
        file.write(LAMPS)
        for i, step in enumerate(steps):
            call = f"Set(l: {step['lamp']}, color: {step['color']})" if step["color"] else f"Clear(l: {step['lamp']})"
            file.write(f'  s{i}: {{ call: "{call}"')
            file.write(f", after: [ {', '.join(f's{k}' for k in step['after'])} ]" if step["after"] else "")
            file.write(f", resource: {step['resource']}" if step["resource"] else "")
            file.write(" }\n")


def expected(steps):
    """Step -> some or every."""
    before = [set(step["after"]) for step in steps]
    for i in range(len(steps)):
        for k in list(before[i]):
            before[i] |= before[k]
    orders = [order for order in itertools.permutations(range(len(steps)))
              if all(order.index(k) < order.index(i) for i in range(len(steps)) for k in before[i])]
    answer = {}
    for s, by in itertools.permutations(range(len(steps)), 2):
        one, other = steps[s], steps[by]
        meant = s in before[by] if one["resource"] is None and other["resource"] is None else one["resource"] == other["resource"]
        if not one["color"] or not other["color"] or meant:
            continue
        lost = kept = False
        for order in orders:
            colors, done = {"a": "dark", "b": "dark"}, set()
            for i in order:
                held = s in done and colors[one["lamp"]] == one["color"]
                colors[steps[i]["lamp"]] = steps[i]["color"] or "dark"
                done.add(i)
                holds = colors[one["lamp"]] == one["color"]
                lost |= i == by and held and not holds
                kept |= {s, by} <= done and holds
        if lost:
            answer[s] = "every" if not kept or answer.get(s) == "every" else "some"
    return answer


found = wrong = 0
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "plan.yaml")
    for number in range(150):
        steps = make()
        write(path, steps)
        done = subprocess.run([program, "verify", path, "--format", "json"], capture_output=True, text=True, check=False)
        said = {int(finding["step"][1:]): finding["verdict"] for finding in json.loads(done.stdout)["findings"]} if done.stdout else done.stderr
        right = expected(steps)
        found += len(right)
        if said != right or done.returncode != (1 if right else 0):
            wrong += 1
            with open(path, encoding="utf-8") as file:
                print("# " + file.read().replace("\n", "\n# ") + f"said: {said}; expected: {right}")
print(f"{'not ok' if wrong else 'ok'} 1 - 150 random plans, {found} losses (seed {seed})")
print(f"{'ok' if found > 50 else 'not ok'} 2 - there is enough to lose")
print("1..2")
sys.exit(wrong > 0 or found <= 50)
