#!/usr/bin/env python3
"""Large Terraform plans, to measure `enimc verify` with:  plans.py SHAPE [COUNT] [RESOURCES] > plan.json

SHAPE is one of the functions below, COUNT how many of its units (HA pairs, machines, zones, groups), RESOURCES how many
resources the whole plan shall have: it is filled up with what network plans are full of (rules, routes, roles, ...).
"""
import json
import sys


class Plan:
    def __init__(self):
        self.changes, self.blocks = [], {}

    def add(self, kind, name, after=None, links=None, index=None, depends=()):
        """`links`: argument -> address of another resource, or a list; they are unknown until apply."""
        block = f"{kind}.{name}"
        address = block if index is None else f"{block}[{index}]"
        unknown, expressions = {"id": True}, {}
        for argument, target in (links or {}).items():
            unknown[argument] = True
            targets = target if isinstance(target, list) else [target]
            names = [t.split("[")[0] for t in targets]
            if isinstance(target, list) and kind == "aws_instance":
                unknown[argument] = [{"network_interface_id": True}]
                expressions[argument] = [{"network_interface_id": {"references": [f"{n}.id", n]}} for n in names]
            else:
                references = [r for n in names for r in ((f"{n}.id", n) if index is None else (n, "count.index"))]
                expressions[argument] = {"references": references}
        for argument, value in (after or {}).items():
            expressions.setdefault(argument, {"constant_value": value})
        change = {"actions": ["create"], "before": None, "after": after or {}, "after_unknown": unknown}
        entry = {"address": address, "mode": "managed", "type": kind, "name": name,
                 "provider_name": "registry.terraform.io/hashicorp/aws", "change": change}
        if index is not None:
            entry["index"] = index
        self.changes.append(entry)
        self.blocks[block] = {"address": block, "mode": "managed", "type": kind, "name": name,
                              "provider_config_key": "aws", "expressions": expressions}
        if index is not None:
            self.blocks[block]["count_expression"] = {"constant_value": index + 1}
        if depends:
            self.blocks[block]["depends_on"] = list(depends)
        return address

    def network(self, zones, gateway=True):
        vpc = self.add("aws_vpc", "main", {"cidr_block": "10.0.0.0/16"})
        if gateway:
            self.add("aws_internet_gateway", "main", links={"vpc_id": vpc})
        return vpc, [self.subnet(vpc, zone, zone) for zone in range(zones)]

    def subnet(self, vpc, number, zone):
        return self.add("aws_subnet", f"s{number}", {
            "cidr_block": f"10.0.{number}.0/24", "availability_zone": "eu-west-1" + "abc"[zone % 3]}, {"vpc_id": vpc})

    def group(self, vpc, name):
        return self.add("aws_security_group", name, {"name": name}, {"vpc_id": vpc})

    def interface(self, name, subnet, address, groups=(), **more):
        after = {"private_ips": [address]} if address else {}
        links = {"subnet_id": subnet}
        if groups:
            links["security_groups"] = list(groups)
        return self.add("aws_network_interface", name, after | more, links)

    def fill(self, resources):
        number = 0
        while len(self.changes) < resources:
            kind = ("aws_security_group_rule", "aws_route", "aws_iam_role", "aws_cloudwatch_metric_alarm")[number % 4]
            self.add(kind, f"filler{number}")
            number += 1


def pairs(plan, count):
    """HA pairs of firewalls: two machines, three interfaces each, a floating Elastic IP and one for each machine."""
    vpc, subnets = plan.network(2)
    outside, inside = plan.group(vpc, "outside"), plan.group(vpc, "inside")
    inner = [plan.subnet(vpc, 10 + number, number % 2) for number in range(4)]
    for p in range(count):
        machines, fronts = [], []
        for side in range(2):
            name = f"p{p}_{'ab'[side]}"
            front = plan.interface(f"{name}_front", subnets[side], f"10.0.{side}.{10 + p}", [outside], source_dest_check=False)
            machine = plan.add("aws_instance", name, {"instance_type": "c5.xlarge", "network_interface": [{"device_index": 0, "network_card_index": 0}]},
                               {"network_interface": [front]})
            for number, subnet in enumerate((inner[side], inner[2 + side]), 1):
                back = plan.interface(f"{name}_back{number}", subnet, None if number == 2 else f"10.0.{10 + side}.{10 + p}", [inside])
                plan.add("aws_network_interface_attachment", f"{name}_back{number}", {"device_index": number},
                         {"network_interface_id": back, "instance_id": machine})
            machines.append(machine)
            fronts.append(front)
        for side, front in enumerate(fronts + fronts[:1]):
            eip = plan.add("aws_eip", f"p{p}_{side}", {"domain": "vpc"}, depends=["aws_internet_gateway.main"] if p % 2 else [])
            if side < 2:
                plan.add("aws_eip_association", f"p{p}_{side}", {}, {"allocation_id": eip, "network_interface_id": front})


def fleet(plan, count):
    """Machines by count, with automatic addresses in a few subnets, an Elastic IP for every third."""
    vpc, subnets = plan.network(3)
    web = plan.group(vpc, "web")
    for i in range(count):
        machine = plan.add("aws_instance", f"web{i % 3}", {"instance_type": "t3.small"},
                           {"subnet_id": subnets[i % 3], "vpc_security_group_ids": web}, index=i // 3)
    for i in range(0, count, 3):
        eip = plan.add("aws_eip", "web", {"domain": "vpc"}, index=i // 3, depends=["aws_internet_gateway.main"])
        plan.add("aws_eip_association", "web", {}, {"allocation_id": eip, "instance_id": f"aws_instance.web0[{i // 3}]"},
                 index=i // 3)


def nat(plan, count):
    """For each zone a public and a private subnet, a NAT gateway with its Elastic IP, a machine behind it."""
    vpc, _ = plan.network(0)
    for z in range(count):
        public, private = plan.subnet(vpc, 2 * z, z), plan.subnet(vpc, 2 * z + 1, z)
        eip = plan.add("aws_eip", f"nat{z}", {"domain": "vpc"})
        plan.add("aws_nat_gateway", f"nat{z}", {}, {"allocation_id": eip, "subnet_id": public},
                 depends=["aws_internet_gateway.main"])
        plan.add("aws_instance", f"app{z}", {"instance_type": "t3.small"}, {"subnet_id": private})


def groups(plan, count):
    """Many groups; every interface is in five of them and moves to others afterwards."""
    vpc, subnets = plan.network(3)
    names = [plan.group(vpc, f"g{i}") for i in range(count)]
    for i in range(count):
        one = plan.interface(f"e{i}", subnets[i % 3], f"10.0.{i % 3}.{10 + i}", [names[(i + k) % count] for k in range(3)])
        plan.add("aws_network_interface_sg_attachment", f"m{i}", {},
                 {"network_interface_id": one, "security_group_id": names[(i + 3) % count]})


def shared(plan, count):
    """One subnet: many automatic addresses and one fixed one that any of them may take."""
    vpc, subnets = plan.network(1)
    plan.interface("fixed", subnets[0], "10.0.0.9")
    for i in range(count - 1):
        plan.interface(f"e{i}", subnets[0], None)


def ordered(plan, count):
    """Like `shared`, but the fixed address comes first: nothing can go wrong."""
    vpc, subnets = plan.network(1)
    fixed = plan.interface("fixed", subnets[0], "10.0.0.9")
    for i in range(count - 1):
        plan.interface(f"e{i}", subnets[0], None)
        plan.blocks[f"aws_network_interface.e{i}"]["depends_on"] = [fixed]


def blocks(plan, count):
    """As many interfaces in one subnet with addresses of their own, each with an Elastic IP."""
    vpc, subnets = plan.network(1)
    for i in range(count):
        one = plan.interface(f"e{i}", subnets[0], f"10.0.0.{10 + i}")
        plan.add("aws_eip", f"a{i}", {"domain": "vpc"}, {"network_interface": one}, depends=["aws_internet_gateway.main"])


def tight(plan, count):
    """A /28, which has 11 addresses: automatic ones beside two fixed ones, and one too many from 10 on."""
    vpc, _ = plan.network(0)
    small = plan.add("aws_subnet", "small", {"cidr_block": "10.0.0.0/28", "availability_zone": "eu-west-1a"}, {"vpc_id": vpc})
    for i in range(2):
        plan.interface(f"fixed{i}", small, f"10.0.0.{5 + i}")
    for i in range(count):
        plan.interface(f"e{i}", small, None)


def vpcs(plan, count):
    """Several VPCs, each with a gateway, three subnets, groups that name each other in rules, a bastion, two machines."""
    for v in range(count):
        vpc = plan.add("aws_vpc", f"v{v}", {"cidr_block": f"10.{v}.0.0/16"})
        plan.add("aws_internet_gateway", f"v{v}", links={"vpc_id": vpc})
        subnets = [plan.add("aws_subnet", f"v{v}_{z}", {"cidr_block": f"10.{v}.{z}.0/24", "availability_zone": "eu-west-1" + "abc"[z]},
                            {"vpc_id": vpc}) for z in range(3)]
        web, app, data = (plan.group(vpc, f"v{v}_{name}") for name in ("web", "app", "data"))
        for n, (to, source) in enumerate(((web, app), (app, web), (app, data), (data, app))):
            plan.add("aws_security_group_rule", f"v{v}_{n}", {"type": "ingress", "from_port": 443, "to_port": 443, "protocol": "tcp"},
                     {"security_group_id": to, "source_security_group_id": source})
        front = plan.interface(f"v{v}_bastion", subnets[0], f"10.{v}.0.10", [web])
        plan.add("aws_instance", f"v{v}_bastion", {"instance_type": "t3.micro", "network_interface": [{"device_index": 0, "network_card_index": 0}]},
                 {"network_interface": [front]})
        eip = plan.add("aws_eip", f"v{v}", {"domain": "vpc"}, {"network_interface": front}, depends=[f"aws_internet_gateway.v{v}"])
        for z in (1, 2):
            plan.add("aws_instance", f"v{v}_app{z}", {"instance_type": "t3.small"}, {"subnet_id": subnets[z], "vpc_security_group_ids": app})


def beside(plan, count):
    """Interfaces with fixed addresses and Elastic IPs beside as many automatic ones in the same subnets: all may be taken."""
    vpc, subnets = plan.network(2)
    web = plan.group(vpc, "web")
    for i in range(count):
        one = plan.interface(f"e{i}", subnets[i % 2], f"10.0.{i % 2}.{10 + i}", [web])
        eip = plan.add("aws_eip", f"a{i}", {"domain": "vpc"}, depends=["aws_internet_gateway.main"])
        plan.add("aws_eip_association", f"a{i}", {}, {"allocation_id": eip, "network_interface_id": one})
        plan.interface(f"auto{i}", subnets[i % 2], None, [web])


def mixed(plan, count):
    """What one module for each tier makes: subnets, machines and interfaces of all sorts, NAT in each zone, Elastic IPs."""
    vpc, subnets = plan.network(3)
    private = [plan.subnet(vpc, 10 + z, z) for z in range(3)]
    tiers = [plan.group(vpc, name) for name in ("web", "app", "data")]
    for z in range(3):
        eip = plan.add("aws_eip", f"nat{z}", {"domain": "vpc"}, depends=["aws_internet_gateway.main"])
        plan.add("aws_nat_gateway", f"nat{z}", {}, {"allocation_id": eip, "subnet_id": subnets[z]}, depends=["aws_internet_gateway.main"])
    for i in range(count):
        z, tier = i % 3, tiers[i % 3]
        machine = plan.add("aws_instance", f"m{i}", {"instance_type": "c5.large"}, {"subnet_id": private[z], "vpc_security_group_ids": tier})
        back = plan.interface(f"b{i}", private[z], f"10.0.{10 + z}.{20 + i}" if i % 2 else None, [tier])
        plan.add("aws_network_interface_attachment", f"b{i}", {"device_index": 1}, {"network_interface_id": back, "instance_id": machine})
        plan.add("aws_network_interface_sg_attachment", f"b{i}", {}, {"network_interface_id": back, "security_group_id": tiers[(i + 1) % 3]})
        if i % 4 == 0:
            eip = plan.add("aws_eip", f"m{i}", {"domain": "vpc"}, depends=["aws_internet_gateway.main"])
            plan.add("aws_eip_association", f"m{i}", {}, {"allocation_id": eip, "network_interface_id": back})
        plan.add("aws_autoscaling_group", f"noise{i}", {"max_size": 3, "min_size": 1})


SHAPES = {f.__name__: f for f in (pairs, fleet, nat, groups, shared, ordered, blocks, tight, vpcs, beside, mixed)}

if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in SHAPES:
        sys.exit(__doc__ + "shapes: " + ", ".join(f"{name}: {f.__doc__}" for name, f in SHAPES.items()))
    made = Plan()
    SHAPES[sys.argv[1]](made, int(sys.argv[2]) if len(sys.argv) > 2 else 4)
    made.fill(int(sys.argv[3]) if len(sys.argv) > 3 else 0)
    json.dump({"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": made.changes,
               "configuration": {"root_module": {"resources": list(made.blocks.values())}}}, sys.stdout, indent=1)
    print()
