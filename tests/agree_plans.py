#!/usr/bin/env python3
"""Random plans, each decided in several ways:  agree_plans.py PROGRAM [PLANS] [SEED]   (TAP)

`verify` asks each step by itself: first by proofs over few variables, then in its cone with stubborn sets.  `check` looks at
whole schedules: all of them (explicit), or by logic (bmc, of every eighth plan).  They must agree on whether the plan works,
on how short the shortest failing run is, and on whether the rulebook is broken on the way; and a plan with a proposed
repair in it must be without that failure, with no new one, and no step waits for one that fails because of it.
"""
import json
import os
import random
import re
import subprocess
import sys
import tempfile

MODES = ["cold", "warm", "hot", "lost"]


# ---- tiny rulebooks ----

def condition(r, names):
    s = r.choice(names)
    t = r.choice(names)
    return r.choice([
        f"{s}.mode == {r.choice(MODES)}", f"{s}.mode != {r.choice(MODES)}", f"{s}.n < {r.randint(1, 3)}", f"{s}.user == none",
        f"count(x in box: x.mode == {r.choice(MODES)}) < {r.randint(1, 3)}", f"exists x in box: x.n == {r.randint(0, 2)}",
        f"{s}.user == none or {s}.user.mode != {r.choice(MODES)}", f"forall x in box where x.user == {s}: x.n <= {r.randint(0, 2)}",
        f"count(x in box: x.user == none) > {r.randint(0, 2)}", f"{s}.n + {t}.n <= {r.randint(1, 5)}",
        f"{s}.mode == {t}.mode", f"{s} in {t}.friends", f"count(x in {s}.friends: x.n > 0) <= {r.randint(0, 2)}",
    ])


def effect(r, names):
    s, t = r.choice(names), r.choice(names)
    return r.choice([
        f"{s}.mode := {r.choice(MODES)}", f"{s}.n := min(3, {s}.n + 1)", f"{s}.n := max(0, {s}.n - 1)", f"{s}.user := {t}",
        f"{s}.user := none", f"for x in box where x.user == {s}: x.user := none", f"if {t}.n > 0 then {s}.mode := {t}.mode",
        f"for x in box where x.mode == {r.choice(MODES)}: x.n := {r.randint(0, 2)}", f"{s}.friends := {s}.friends + {{{t}}}",
        f"{s}.n := {s}.n + 1" if r.random() < 0.1 else f"{s}.n := {r.randint(0, 3)}",
    ])


def effects(r, names):
    """Of different fields, so that they seldom contradict each other."""
    chosen = {}
    for _ in range(r.randint(1, 2)):
        one = effect(r, names)
        chosen.setdefault(one.split(":=")[0].split(".")[-1].strip(), one)
    return list(chosen.values())


def tiny(r):
    boxes = [f"b{i}" for i in range(r.randint(2, 3))]
    actions, plan, signatures = [], [], {}
    for a in range(r.randint(2, 4)):
        names = ["s", "t"][:r.randint(1, 2)]
        choice = r.random() < 0.3
        checks = [f'{{ id: A{a}C{i}, require: "{condition(r, names)}", else: Code{a}{i} }}' for i in range(r.randint(0, 2))]
        lines = [f"  Act{a}:", "    parameters: { " + ", ".join(f"{n}: box" for n in names) + " }"]
        if r.random() < 0.25:
            lines.append(f'    when: "{condition(r, names)}"')
        if checks:
            lines.append("    checks: [ " + ", ".join(checks) + " ]")
        if choice:
            where = r.choice(["c.user == none", "c.n < 2", "true", "c.mode != lost", "c != s"])
            lines.append(f'    choose: {{ c: {{ from: box, where: "{where}" }} }}')
        lines.append("    effects: [ " + ", ".join(f'"{e}"' for e in effects(r, names + (["c"] if choice else []))) + " ]")
        actions += lines
        signatures[f"Act{a}"] = (names, len(checks))
    for e in range(r.randint(0, 2)):  # each is one of its object's ways onwards, so that all comes to an end
        at = r.randrange(3)
        more = [x for x in effects(r, ["s"]) if ".mode" not in x]
        actions += [f"  event{e}:", "    by: service", "    parameters: { s: box }",
                    f'    when: "s.mode == {MODES[at]} and {condition(r, ["s"])}"',
                    "    effects: [ " + ", ".join(f'"{x}"' for x in [f"s.mode := {MODES[r.randint(at + 1, 3)]}"] + more) + " ]"]
    for i in range(r.randint(2, 5)):
        action = r.choice(list(signatures))
        names, checks = signatures[action]
        step = {"call": f"{action}({', '.join(f'{n}: {r.choice(boxes)}' for n in names)})",
                "after": [f"step{j}" for j in range(i) if r.random() < 0.35]}
        if r.random() < 0.25:
            step["until"] = condition(r, boxes)
        if checks and r.random() < 0.15:
            step["retry"] = [f"Code{action[3:]}{r.randrange(checks)}"]
        plan.append(step)
    head = ["kinds: { box: { state: { mode: cold | warm | hot | lost, n: 0..3, user: optional box, friends: set of box } } }",
            f"scope: {{ box: [{', '.join(boxes)}] }}", "actions:", *actions]
    if r.random() < 0.5:
        head.insert(2, f'initially: [ "{r.choice(boxes)}.mode := {r.choice(MODES)}", "{r.choice(boxes)}.n := {r.randint(1, 2)}" ]')
    return head, plan


# ---- what few variables decide: free slots, quotas, events that take one, sets as arguments ----

def pool(r):
    slots = [f"s{i}" for i in range(r.randint(2, 4))]
    takers = [f"t{i}" for i in range(r.randint(2, 4))]
    quota = r.randint(2, 4)
    head = ["kinds:",
            "  slot: { state: { user: optional taker, first: bool } }",
            "  taker: { state: { mode: idle | pending | ready, tags: set of slot } }",
            f"scope: {{ slot: [{', '.join(slots)}], taker: [{', '.join(takers)}] }}",
            "actions:",
            "  TakeAny:",
            "    parameters: { t: taker }",
            *(['    checks: [ { id: TA1, require: "exists x in slot: x.user == none", else: Full } ]'] if r.random() < 0.8 else []),
            '    choose: { c: { from: slot, where: "c.user == none" } }',
            '    effects: [ "c.user := t", "c.first := true", "t.mode := ready" ]',
            "  TakeThis:",
            "    parameters: { t: taker, s: slot }",
            '    checks: [ { id: TT1, require: "s.user == none", else: InUse } ]',
            '    effects: [ "s.user := t", "t.mode := ready" ]',
            "  Ask:",
            "    parameters: { t: taker }",
            f'    checks: [ {{ id: AK1, require: "count(x in taker: x.mode != idle) < {quota}", else: Quota }} ]',
            '    effects: [ "t.mode := pending" ]',
            "  ready:",
            "    by: service",
            "    parameters: { t: taker }",
            '    when: "t.mode == pending and exists x in slot: x.user == none"',
            '    choose: { c: { from: slot, where: "c.user == none" } }',
            '    effects: [ "c.user := t", "t.mode := ready" ]',
            "  Point:",
            "    parameters: { t: taker }",
            '    checks:',
            *(['      - { id: PT1, require: "count(x in slot: x.user == t) == 1", else: NotOne }'] if r.random() < 0.6 else []),
            '      - { id: PT2, require: "the(x in slot: x.user == t).first", else: NotFirst }',
            '    effects: [ "t.mode := ready" ]',
            "  Tag:",
            "    parameters: { t: taker, tags: set of slot }",
            f'    checks: [ {{ id: TG1, require: "count(x in tags: true) <= {r.randint(1, 3)}", else: TooMany }} ]',
            '    effects: [ "t.tags := tags" ]',
            "  Drop:",
            "    parameters: { t: taker }",
            '    effects: [ "t.mode := idle", "for x in slot where x.user == t: x.user := none" ]']
    plan = []
    for i in range(r.randint(2, 5)):
        t, s = r.choice(takers), r.choice(slots)
        call = r.choice([f"TakeAny(t: {t})"] * 3 + [f"TakeThis(t: {t}, s: {s})", f"Ask(t: {t})", f"Ask(t: {t})", f"Point(t: {t})",
                         f"Tag(t: {t}, tags: {r.choice(takers)}.tags {r.choice('+-')} {{{s}}})", f"Tag(t: {t}, tags: {t}.tags + {{{s}}})",
                         f"Drop(t: {t})"])
        step = {"call": call, "after": [f"step{j}" for j in range(i) if r.random() < 0.4]}
        if call.startswith("Ask") and r.random() < 0.7:
            step["until"] = f"{t}.mode == ready"
        plan.append(step)
    return head, plan


# ---- EC2 ----

def ec2(r):
    automatic = r.randint(1, 2)
    interfaces = [f"e{i}" for i in range(automatic + 1)]
    calls = []
    for i, e in enumerate(interfaces):
        address = "none" if i < automatic else "'10.0.0.5'"
        calls.append((f"CreateNetworkInterface(subnet: app, private_ip: {address}, groups: {{}}, form: well_formed | interface: {e})",
                      f"{e}.status == available"))
    one = r.choice(interfaces)
    calls += [
        ("AttachInternetGateway(gateway: igw, vpc: main)", None),
        ("AllocateAddress(form: plain, address: none | allocation: public)", None),
        (f"AssociateAddress_by_interface(allocation: public, interface: {one}, private_ip: none, allow_reassociation: {r.choice(['omitted', 'no'])})", None),
        (f"AssociateAddress_by_interface(allocation: public, interface: {r.choice(interfaces)}, private_ip: none, allow_reassociation: no)", None),
        ("RunInstances(type: 't3.micro', subnet: app, private_ip: none, groups: {}, form: well_formed | instance: web, interface: web_eni)",
         "web.status == running"),
        (f"AttachNetworkInterface(interface: {r.choice(interfaces)}, instance: web, card: 0, device_index: 1)", None),
        (f"DeleteNetworkInterface(interface: {r.choice(interfaces)}, form: well_formed)", None),
        ("CreateSecurityGroup(group: extra, form: well_formed)", None),
        (f"ModifyNetworkInterfaceAttribute_groups(interface: {r.choice(interfaces)}, groups: {{extra}})", None),
        ("TerminateInstances(instance: web, form: plain)", None),
        ("ReleaseAddress(allocation: public, form: allocation_id)", None),
        ("DetachInternetGateway(gateway: igw, vpc: main)", None),
    ]
    picked = sorted(r.sample(range(len(calls)), r.randint(2, 5)))
    plan = []
    for i, c in enumerate(picked):
        call, until = calls[c]
        step = {"call": call, "after": [f"step{j}" for j in range(i) if r.random() < 0.45]}
        if until and r.random() < 0.7:
            step["until"] = until
        plan.append(step)
    events = [e for e in ("launch_completes", "creation_completes", "attach_completes", "termination_completes") if r.random() < 0.9]
    head = ["include: [ec2/rulebook.yaml, ec2/security-groups.yaml]", "scope:", "  zone: [zone_a]", "  vpc: [main]", "  internet_gateway: [igw]",
            "  subnet: { app: { vpc: main, zone: zone_a } }",
            "  security_group: { default: { vpc: main, is_default: true }, extra: { vpc: main } }",
            "  instance_type: [t3.micro]", "  instance: [web]", f"  eni: [web_eni, {', '.join(interfaces)}]", "  address:",
            *[f"    10.0.0.{4 + i}: {{ subnet: app, offset: {4 + i} }}" for i in range(r.randint(1, 3))],
            "    10.0.0.5: { subnet: app, offset: 5 }" if False else "", "  eip: [public]",
            'initially: [ "extra.status := absent" ]',
            f"allow: [{', '.join(events)}]"]
    if "10.0.0.5" not in "\n".join(head):
        head = [line.replace("10.0.0.4: { subnet: app, offset: 4 }", "10.0.0.5: { subnet: app, offset: 5 }") for line in head]
    return [line for line in head if line], plan


# ---- running ----

def spec_text(head, plan):
    lines = ["title: random", *head, "plan:"]
    for i, step in enumerate(plan):
        lines.append(f"  step{i}:")
        lines.append(f'    call: "{step["call"]}"')
        if step["after"]:
            lines.append(f"    after: [{', '.join(step['after'])}]")
        if "until" in step:
            lines.append(f'    until: "{step["until"]}"')
        if "retry" in step:
            lines.append(f"    retry: [{', '.join(step['retry'])}]")
    seen = "eni where e.status == absent: e.instance == none" if "10.0.0" in lines[-1] + str(head) else "box: e.n <= 3"
    if "kinds:" in head:
        seen = "slot: e.user == none or e.user.mode != idle or e.user.mode == idle"
    return "\n".join(lines + ["properties:", "  every: { plan: every }",
                              f'  all_seen: {{ invariant: "forall e in {seen}" }}', ""])  # so that every state is looked at


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    answer = json.loads(done.stdout) if done.stdout.startswith("{") else None
    return done.returncode, answer, done.stderr


class Disagreement(Exception):
    pass


def failing(answer):
    return {s["step"] for s in answer["steps"] if s["verdict"] in ("some", "every")}


def compare(enimc, path, head, plan, with_logic, counts):
    verify, steps, said = run(enimc, "verify", "--format=json", path)
    check, whole, _ = run(enimc, "check", "--engine=explicit", "--format=json", "--max-states=300000", "--whole", path)
    if check == 3:
        return
    if steps and any(s["verdict"] == "unknown" for s in steps["steps"]):
        raise Disagreement("verify does not know")
    if verify != check:
        raise Disagreement(f"verify ends with {verify}, check with {check}: {said}")
    counts[check] += 1
    if with_logic:
        logic, _, _ = run(enimc, "check", "--engine=bmc", "--quiet", "--timeout=5", "--whole", "--property=every", path)
        if logic not in (3, check):
            raise Disagreement(f"verify ends with {verify}, bmc with {logic}")
        counts["bmc"] += logic != 3
    if check != 1:
        return
    found = next(p for p in whole["results"] if p["property"] == "every")
    refusals = [len(s["trace"]) for s in steps["steps"] if s["verdict"] in ("some", "every") and s["code"]]
    least = min(refusals, default=sys.maxsize)  # that nothing can happen any more takes check longer: all else has to end
    if least < found["depth"] or ("answers" in str(found["reason"]) and least > found["depth"]):
        raise Disagreement(f"verify's shortest refusal comes after {least} steps, check's failure after {found['depth']}")
    for step in steps["steps"]:
        for repair in step["repairs"]:
            changed = [dict(s, after=list(s["after"])) for s in plan]
            one = changed[int(repair["step"][4:])]
            one["after"] += repair["after"]
            for later in repair["before"]:
                changed[int(later[4:])]["after"].append(repair["step"])
            if repair["parameter"]:
                one["call"] = re.sub(rf"\b{repair['parameter']}: [^,|)]*", f"{repair['parameter']}: {repair['value']}", one["call"])
            if repair["retry"]:
                one["retry"] = one.get("retry", []) + [repair["retry"]]
            counts[next((k for k in ("parameter", "retry") if repair[k]), "order")] += 1
            with open(path, "w", encoding="utf-8") as out:
                out.write(spec_text(head, changed))
            status, again, said = run(enimc, "verify", "--format=json", path)
            if again is None:
                raise Disagreement(f"the plan with a repair of {step['step']} ends with {status}: {said}")
            if step["step"] in failing(again):
                raise Disagreement(f"{repair} does not repair {step['step']}")
            if failing(again) - failing(steps):
                raise Disagreement(f"{repair} makes {failing(again) - failing(steps)} fail")
            kept = [pair for pair in awaited(changed) - awaited(plan) if pair[0] in failing(again)]
            if kept:
                raise Disagreement(f"{repair} only keeps steps from their turn: {kept}")
            counts["repairs"] += 1


def awaited(plan):
    """All pairs of a step and one that waits for it."""
    pairs = {(a, f"step{i}") for i, s in enumerate(plan) for a in s["after"]}
    while True:
        more = {(a, d) for a, b in pairs for c, d in pairs if b == c} - pairs
        if not more:
            return pairs
        pairs |= more


def main():
    enimc, plans = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 150
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    counts = {0: 0, 1: 0, 2: 0, "bmc": 0, "repairs": 0, "order": 0, "parameter": 0, "retry": 0}
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "spec.yaml")
        for seed in range(first, first + plans):
            r = random.Random(seed)
            head, plan = pool(r) if seed % 10 == 7 else ec2(r) if seed % 3 == 0 else tiny(r)
            with open(path, "w", encoding="utf-8") as out:
                out.write(spec_text(head, plan))
            try:
                compare(enimc, path, head, plan, seed % 8 == 0, counts)
            except Disagreement as problem:
                bad += 1
                print(f"not ok {bad} - plan of seed {seed}")
                print(f"# {problem}")
                if bad == 10:
                    break
    what = (f"{counts[0]} plans work, {counts[1]} fail, {counts[2]} meet a broken rulebook; {counts['bmc']} also by logic, {counts['repairs']} repairs "
            f"({counts['order']} of the order, {counts['parameter']} of an argument, {counts['retry']} by trying again)")
    enough = counts[0] > plans / 10 and counts[1] > plans / 10 and counts[2] > 0
    print(f"{'ok' if enough and not bad else 'not ok'} {bad + 1} - {what}")
    sys.exit(bad > 0 or not enough)


main()
