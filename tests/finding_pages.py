"""Every finding is found, and not where its cause is repaired; called by tests/finding_pages.sh with the program.

A finding that some tests/designs/NAME.expect names is shown there.  For each of the others there is a small plan here,
bad and good: lines of `plan:` (one call each; a name before the call; `after` behind it), and what is so at first.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

program = os.path.abspath(sys.argv[1])
BASE = """include: ["%s/ec2/everything.yaml"]
scope:
  zone: { zone_a: {}, zone_b: { border_group: 2 } }
  vpc: [main, other]
  internet_gateway: [gw, gw2, gw3, gw4, gw5, gw6]
  subnet:
    a: { vpc: main, zone: zone_a }
    b: { vpc: main, zone: zone_b }
    o: { vpc: other, zone: zone_a }
  security_group: { default: { vpc: main, is_default: true }, o_default: { vpc: other, is_default: true }, g: { vpc: main }, g2: { vpc: main } }
  instance_type: [t3.nano]
  instance: [i, j]
  eni: { e: {}, f: {}, n: {}, n2: {}, foreign: {}, closed: { denies_internet: true } }
  address: { 10.0.1.4: { subnet: a, offset: 4 }, 10.0.1.5: { subnet: a, offset: 5 }, 10.0.1.6: { subnet: a, offset: 6 }, 10.0.1.7: { subnet: a, offset: 7 } }
  ipv6_address: { v6: { subnet: a } }
  eip: { x: {}, y: {}, z: {}, far: { border_group: 2 } }
  nat_gateway: { nat: { subnet: a } }
  client_token: [t]
allow: [ creation_completes, launch_completes, attach_completes, detach_completes, stop_completes, termination_completes, nat_gateway_ready, nat_gateway_associates, ptr_update_applied ]
"""
FIRST = ("e.status := available; e.subnet := a; e.groups := {default}; '10.0.1.4'.interface := e; '10.0.1.4'.primary := true; "
         "f.status := available; f.subnet := a; f.groups := {default}; '10.0.1.5'.interface := f; '10.0.1.5'.primary := true; "
         "x.status := allocated; y.status := allocated; far.status := allocated; gw2.status := absent; gw3.status := absent; gw4.status := absent; "
         "gw5.status := absent; gw6.status := absent; nat.status := absent")
RUNS = "i.status := running; i.type := 't3.nano'; i.subnet := a; e.status := in_use; e.instance := i"
OPEN = "gw.vpc := main"
LAUNCH = "RunInstances(type: 't3.nano', subnet: a, private_ip: none, groups: {}, form: well_formed | instance: i)"
NAT = ("nat.status := available; nat.interface := foreign; nat.eip := x; foreign.status := in_use; foreign.subnet := a; "
       "foreign.manager := nat_gateway; '10.0.1.6'.interface := foreign; '10.0.1.6'.primary := true; x.address := '10.0.1.6'")


def associate(interface="e", private_ip="none", again="omitted", allocation="x"):
    return f"AssociateAddress_by_interface(allocation: {allocation}, interface: {interface}, private_ip: {private_ip}, allow_reassociation: {again})"


def attach(interface="f", instance="i", device=1):
    return f"AttachNetworkInterface(interface: {interface}, instance: {instance}, card: 0, device_index: {device})"


def create(private_ip="none", form="well_formed", interface="n", groups="{}"):
    return f"CreateNetworkInterface(subnet: a, private_ip: {private_ip}, groups: {groups}, form: {form} | interface: {interface})"


def unassign(interface, private_ip):
    return f"UnassignPrivateIpAddresses(interface: {interface}, private_ip: {private_ip}, form: well_formed)"


def assign(interface="e", private_ip="'10.0.1.6'", again="true"):
    return f"AssignPrivateIpAddresses(interface: {interface}, private_ip: {private_ip}, allow_reassignment: {again}, form: well_formed)"


def groups(them, interface="e"):
    return f"ModifyNetworkInterfaceAttribute_groups(interface: {interface}, groups: {them})"


def release(form="allocation_id", allocation="x"):
    return f"ReleaseAddress(allocation: {allocation}, form: {form})"


def free(allocation="x"):
    return f"DisassociateAddress(association: {allocation}, form: association_id)"


# id: (what is so at first, bad, good, and what else the spec says); a step is a call, or (call, steps before it by
# number), or (call, steps before it, until)
PAGES = {
    "ADR-6": ("'10.0.1.6'.interface := e", [unassign("f", "'10.0.1.6'")], [unassign("e", "'10.0.1.6'")]),
    "ADR-7": ("", ["AssignIpv6Addresses(interface: e, ipv6_address: none, form: well_formed)"], [assign()]),
    "ADR-8": ("", [create(form="list_and_count")], [create()]),
    "ADR-9": ("", [assign("e"), assign("f")], [assign("e"), (assign("f"), [0])]),
    "DNS-1": ("x.has_ptr := true", [release()], [release(allocation="y")]),
    "DNS-2": ("x.has_ptr := true", [("ResetAddressAttribute(allocation: x, form: domain_name)", []), (release(), [0])],
              [("ResetAddressAttribute(allocation: x, form: domain_name)", [], "not x.has_ptr and x.ptr_update == idle"), (release(), [0])]),
    "EIP-3": (OPEN, [associate(allocation="far")], [associate()]),
    "EIP-6": ("", [release("public_ip")], [release()]),
    "EIP-7": ("", ["AllocateAddress(address: z, form: plain | allocation: z)"], ["AllocateAddress(address: none, form: plain | allocation: z)"]),
    "EIP-8": ("x.offered := true; x.address := '10.0.1.4'", ["AcceptAddressTransfer(address: x, form: well_formed)"],
              [(free(), []), ("AcceptAddressTransfer(address: x, form: well_formed)", [0])]),
    "EIP-10": (OPEN + "; " + NAT + "; nat.associating := true", ["AssociateNatGatewayAddress(gateway: nat, allocation: y)"], [associate("f", allocation="y")], {"without": "nat_gateway_associates, "}),
    "EIP-11": (OPEN, [associate(), associate(allocation="y")], [associate(), associate("f", allocation="y")]),
    "LIM-3": ("", ["RunInstances(type: 't3.nano', subnet: a, private_ip: none, groups: {}, form: unknown_type | instance: i)"], [LAUNCH]),
    "LIM-6": ("; ".join(f"gw{k}.status := available" for k in range(2, 6)), ["CreateInternetGateway( | gateway: gw6)"],
              [("DeleteInternetGateway(gateway: gw2)", []), ("CreateInternetGateway( | gateway: gw6)", [0])]),
    "LIM-9": ("zone_a.full := true; " + OPEN, [LAUNCH], [associate()]),
    "ORD-1": (RUNS, [attach("n")], [attach("f")]),
    "ORD-3": (RUNS + "; i.status := stopping; " + OPEN, ["StartInstances(instance: i)"], [associate("f")], {"without": "stop_completes, "}),
    "PLC-2": (RUNS + "; closed.status := available; closed.subnet := o; closed.groups := {o_default}", [attach("closed")], [attach("f")], {"set": "same_vpc_attachments: on"}),
    "PLC-3": ("", [associate()], [("AttachInternetGateway(gateway: gw, vpc: main)", []), (associate(), [0])]),
    "PLC-7": (RUNS + "; f.status := in_use; f.instance := i; f.device := 1", ["ModifyInstanceAttribute_groups(instance: i, groups: {g})"], [groups("{g}")]),
    "RACE-4": ("", ["AllocateAddress(address: none, form: plain | allocation: z)", release(allocation="z")],
               [("AllocateAddress(address: none, form: plain | allocation: z)", []), (release(allocation="z"), [0])]),
    "RACE-6": ("; ".join(f"gw{k}.status := available" for k in range(2, 6)), ["DeleteInternetGateway(gateway: gw2)", "CreateInternetGateway( | gateway: gw6)"],
               [("DeleteInternetGateway(gateway: gw2)", []), ("CreateInternetGateway( | gateway: gw6)", [0])]),
    "RACE-7": (OPEN + "; x.address := '10.0.1.4'", [free(), associate("f", again="no")], [(free(), []), (associate("f", again="no"), [0])]),
    "RACE-9": (OPEN, [assign(), associate(private_ip="'10.0.1.6'")], [(assign(), []), (associate(private_ip="'10.0.1.6'"), [0])]),
    "RUN-8": ("", ["ModifyNetworkInterfaceAttribute_sourceDestCheck(interface: e, value: true)", "ModifyNetworkInterfaceAttribute_sourceDestCheck(interface: e, value: false)"],
              [("ModifyNetworkInterfaceAttribute_sourceDestCheck(interface: e, value: true)", []), ("ModifyNetworkInterfaceAttribute_sourceDestCheck(interface: e, value: false)", [0])]),
    "SEC-2": ("", ["DeleteSecurityGroup(group: default, form: group_id)"], ["DeleteSecurityGroup(group: g, form: group_id)"]),
    "SEC-3": (NAT, [groups("{g}", "foreign")], [groups("{g}")]),
    "RUN-1": (RUNS, [("StopInstances(instance: i, form: plain)", [], "i.status == running")], [("StopInstances(instance: i, form: plain)", [], "i.status == stopped")]),
    "RUN-3": ("", ["CreateNetworkInterface_token(token: t, subnet: a, private_ip: none, groups: {}, form: well_formed | interface: n)",
                   ("CreateNetworkInterface_token(token: t, subnet: a, private_ip: none, groups: {g}, form: well_formed | interface: n)", [0])],
              ["CreateNetworkInterface_token(token: t, subnet: a, private_ip: none, groups: {}, form: well_formed | interface: n)"]),
    "RUN-4": ("", [create(form="unknown_type")], [create()]),
    "SEC-4": (OPEN + "; closed.status := available; closed.subnet := a; closed.groups := {default}; '10.0.1.6'.interface := closed; '10.0.1.6'.primary := true",
              [associate("closed")], [associate()]),
    "SEC-5": (RUNS + "; i.termination_protected := true", ["TerminateInstances(instance: i)"], ["RebootInstances(instance: i, form: one_id)"]),
    "SEC-7": ("", [groups("{}")], [groups("{g}")]),
    "SEC-8": ("", [groups("{g}"), groups("{g2}")], [groups("{g, g2}")]),
}

# what has its own input: where it is found, and where not
ELSEWHERE = {
    "DNS-3": ("tests/designs/dangling-dns-record-bad.json", "tests/designs/dangling-dns-record-repaired.json"),
    "RACE-10": ("tests/verify/event-fails.yaml", "tests/verify/undone-repaired.yaml"),
    "RUN-2": ("tests/verify/event-fails.yaml", "tests/verify/undone-repaired.yaml"),
    "RUN-5": ("specs/runbooks/eip-failover.yaml", "specs/runbooks/eip-failover-repaired.yaml"),
    "RUN-6": ("tests/verify/process-gives-up.yaml", "specs/runbooks/eip-failover-repaired.yaml"),
    "RUN-7": ("tests/verify/process-flapping.yaml", "tests/verify/process-no-flapping.yaml"),
}

number = failed = 0


def test(name, good, *shown):
    global number, failed
    number += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {number} - {name}")
    for text in shown if not good else ():
        print("# " + str(text)[:1500].replace("\n", "\n# "))


def found(path):
    """The ids, and what was said where there is no answer."""
    done = subprocess.run([program, "verify", path, "--format", "json"], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        return None, done.stderr or done.stdout[-1500:]
    return {finding["id"] for finding in json.loads(done.stdout)["findings"]}, ""


def spec(first, steps, options):
    effects = dict(effect.split(" := ") for effect in f"{FIRST}; {first}".split("; ") if effect)
    text = (BASE % os.path.abspath("specs")).replace(options.get("without", "\0"), "")
    text += f"set: {{ {options['set']} }}\n" if "set" in options else ""
    text += "initially:\n" + "".join(f'  - "{key} := {value}"\n' for key, value in effects.items()) + "plan:\n"
    for i, step in enumerate(steps):
        call, after, until = (step, [], None) if isinstance(step, str) else (*step, None)[:3]
        text += f'  step{i}:\n    call: "{call}"\n'
        text += f"    after: [{', '.join(f'step{k}' for k in after)}]\n" if after else ""
        text += f'    until: "{until}"\n' if until else ""
    return text


listed = subprocess.run([program, "explain", "--format", "json"], capture_output=True, text=True, check=False)
ids = {entry["code"] for entry in json.loads(listed.stdout) if entry["kind"] == "finding"}
expected = set()
for path in glob.glob("tests/designs/*.expect"):
    with open(path, encoding="utf-8") as file:
        expected |= {name for line in re.findall(r"(?m)^bad: (\S+)", file.read()) for name in line.split("|")}
for id in sorted(ids):
    if id in expected:
        continue
    if id in ELSEWHERE:
        (bad, said), (good, more) = map(found, ELSEWHERE[id])
    elif id in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            pages = []
            for steps in PAGES[id][1:3]:
                with open(os.path.join(folder, "page.yaml"), "w", encoding="utf-8") as file:
                    file.write(spec(PAGES[id][0], steps, (*PAGES[id], {})[3]))
                pages.append(found(file.name))
        (bad, said), (good, more) = pages
        test(f"{id}: nothing is found on the good twin", good == set(), good, more)
    else:
        test(f"{id}: has an example", False)
        continue
    test(f"{id}: is found on the bad one", bad is not None and id in bad, bad, said)
    test(f"{id}: not on the good one", good is not None and id not in good, good, more)
test("no example of a finding that is not", not (set(PAGES) | set(ELSEWHERE)) - ids, (set(PAGES) | set(ELSEWHERE)) - ids)
print(f"1..{number}")
sys.exit(failed > 0)
