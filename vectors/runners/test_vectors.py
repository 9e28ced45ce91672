"""Runs the vectors of *.calls.json beside it against an endpoint of the EC2 API:

    ENIMC_ENDPOINT=http://127.0.0.1:5000 python3 -m pytest test_vectors.py

ENIMC_ENDPOINT  the endpoint; without it, the SDK's own (a real account!)
ENIMC_PROFILE   a JSON file that replaces entries of "profile" (image, region, other_account, ...) and says in "has" which
                features the implementation has beyond the common ones: "limit:AddressLimitExceeded", "capability:quotas", "held-transitions",
                and in "lacks" which common ones it has not: "capability:ipv6"
ENIMC_WAIT      seconds to wait for what happens by itself (60)

Every vector makes its own network and removes it again.  Nothing is touched that the vector has not made.
"""
import glob
import json
import os
import time

import boto3
import botocore
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

HERE = os.path.dirname(os.path.abspath(__file__))
WAIT = float(os.environ.get("ENIMC_WAIT", "60"))
GIVEN = json.load(open(os.environ["ENIMC_PROFILE"])) if "ENIMC_PROFILE" in os.environ else {}


def load():
    for path in sorted(glob.glob(os.path.join(HERE, "*.calls.json"))):
        with open(path, encoding="utf-8") as file:
            suite = json.load(file)
        for vector in suite["vectors"]:
            yield pytest.param(suite, vector, id=vector["id"])


def missing(suite, vector):
    """Why the vector cannot run, or None."""
    if vector["cannot"]:
        return "cannot be brought about: " + "; ".join(vector["cannot"])
    for feature in vector["requires"]:
        rare = feature.startswith("limit:") or feature in ("capability:quotas", "held-transitions")
        if feature in GIVEN.get("lacks", []) or (rare and feature not in GIVEN.get("has", [])):
            return "needs " + feature
    return None


def at(tree, path):
    for part in path.split("."):
        try:
            tree = tree[int(part)] if isinstance(tree, list) else tree[part]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return tree


class World:
    """The symbols of one vector, and what they are bound to."""

    def __init__(self, suite):
        self.suite = suite
        self.profile = dict(suite["profile"], **{k: v for k, v in GIVEN.items() if k not in ("has", "lacks")})
        self.symbols = dict(suite["symbols"])
        self.bound = {}  # in the order of binding
        self.seen = set()
        endpoint = os.environ.get("ENIMC_ENDPOINT")
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"} if endpoint else {}
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
        self.client = boto3.client("ec2", endpoint_url=endpoint, region_name=self.profile["region"], config=config, **keys)

    def value(self, text):
        if text.startswith("$profile."):
            return self.profile[text[len("$profile."):]]
        return self.bound.get(text, self.symbols[text]) if text.startswith("$") else text

    def resolve(self, tree):
        if isinstance(tree, dict):
            return {key: self.resolve(value) for key, value in tree.items()}
        if isinstance(tree, list):
            return [self.resolve(value) for value in tree]
        return self.value(tree) if isinstance(tree, str) else tree

    def bind(self, symbol, value):
        if symbol in self.symbols and "." in value:  # an address that stands for another one now: they swap
            for other in self.symbols:
                if other != symbol and self.value(other) == value and other.split(":")[0] == symbol.split(":")[0]:
                    self.bound[other] = self.value(symbol)
        self.bound[symbol] = value
        self.seen.add(value)

    def call(self, op, params):
        """The answer and None, or None and the error's code."""
        try:
            return getattr(self.client, botocore.xform_name(op))(**self.resolve(params)), None
        except ClientError as error:
            return None, error.response["Error"]["Code"]

    def kind(self, name):
        return next(kind for kind in self.suite["kinds"] if kind["kind"] == name)

    def describe(self, kind, symbol):
        answer, _ = self.call(kind["describe"], {kind["select"]: [symbol]})
        found = [answer] if answer else []
        for part in kind["list"].split("."):
            found = [item for tree in found for item in tree.get(part, [])]
        own = kind["ids"]["id"]
        return next((item for item in found if item.get(own) == self.value(symbol)), None)

    def differs(self, expected, found, path=""):
        """Where what is found is not what is expected, or None."""
        if isinstance(expected, dict):
            for key, value in expected.items():
                problem = self.differs(value, (found or {}).get(key), path + "." + key)
                if problem:
                    return problem
            return None
        if isinstance(expected, list):
            rest = list(found or [])
            if len(rest) != len(expected):
                return "%s: expected %d, found %d" % (path, len(expected), len(rest))
            for item in expected:
                match = next((other for other in rest if not self.differs(item, other)), None)
                if match is None:
                    return "%s: %s is not among %s" % (path, self.resolve(item), rest)
                rest.remove(match)
            return None
        if isinstance(expected, str) and "#" in expected and expected not in self.bound and found:
            if found in self.seen and not expected.endswith("#cidr"):
                return "%s: %s is the id of something else" % (path, found)
            self.bind(expected, found)  # an id that only descriptions tell
        wanted = self.value(expected) if isinstance(expected, str) else expected
        if wanted == found or (not wanted and not found):
            return None
        return "%s: expected %s, found %s" % (path, wanted, found)

    def compare(self, after):
        """What descriptions show against what they must show."""
        for name, objects in after.items():
            kind = self.kind(name)
            for symbol, view in objects.items():
                if view is None:  # may be gone at any time
                    continue
                found = self.describe(kind, symbol)
                if found is None:
                    return "%s (%s) is not there" % (symbol, self.value(symbol))
                problem = self.differs(view, found, symbol)
                if problem:
                    return problem
            for symbol in self.bound:
                gone = symbol.startswith("$%s:" % name) and "#" not in symbol and symbol not in objects
                if gone and self.describe(kind, symbol) is not None:
                    return "%s (%s) is still there" % (symbol, self.value(symbol))
        return None

    def wait(self, after):
        deadline = time.time() + WAIT
        while True:
            problem = self.compare(after)
            if problem is None or time.time() > deadline:
                return problem
            time.sleep(0.2)

    def fixture(self):
        for step in self.suite["fixture"]:
            answer, code = self.call(step["op"], step["params"])
            assert code is None, "fixture: %s answers %s" % (step["op"], code)
            for symbol, path in step.get("bind", {}).items():
                value = at(answer, path)
                assert value, "fixture: the answer of %s has no %s" % (step["op"], path)
                self.bind(symbol, value)
            if "wait" in step:
                self.await_value(step["wait"])
        problem = self.wait(self.suite["initially"])
        assert problem is None, "fixture: " + problem

    def await_value(self, wanted):
        kind = self.kind(wanted["symbol"][1:].split(":")[0])
        deadline = time.time() + WAIT
        while at(self.describe(kind, wanted["symbol"]) or {}, wanted["path"]) != wanted["value"]:
            assert time.time() < deadline, "fixture: %s does not become %s" % (wanted["symbol"], wanted["value"])
            time.sleep(0.2)

    def remove(self):
        """Best effort, in reverse order; only what this vector has made."""
        for kind in reversed(self.suite["kinds"]):
            for step in kind["remove"]:  # first what ties them together, then they themselves
                for symbol in [s for s in reversed(self.bound) if s.startswith("$%s:" % kind["kind"]) and "#" not in s]:
                    self.remove_one(kind, symbol, step)

    def remove_one(self, kind, symbol, step):
        text = json.dumps(step["params"])
        for each in [s for s in self.bound if "$each:%s" % s[1:].split(":")[0] in text and "#" not in s] or [None]:
            def fill(tree):
                if isinstance(tree, dict):
                    return {key: fill(value) for key, value in tree.items()}
                if isinstance(tree, list):
                    return [fill(value) for value in tree]
                if isinstance(tree, str) and tree.startswith("$it"):
                    return symbol if tree == "$it#id" else symbol + tree[3:]
                return each if isinstance(tree, str) and tree.startswith("$each") else tree
            params = fill(step["params"])
            wanted = [s for s in json.loads(json.dumps(list(params.values()))) if isinstance(s, str) and "#" in s]
            if any(s not in self.bound for s in wanted):
                continue
            deadline = time.time() + WAIT
            _, code = self.call(step["op"], params)
            while code is not None and code == step.get("retry") and time.time() < deadline:
                time.sleep(0.2)
                _, code = self.call(step["op"], params)
            while code is None and step.get("wait") and time.time() < deadline:
                found = self.describe(kind, symbol)
                if found is None or found.get("State", {}).get("Name") == "terminated":
                    break
                time.sleep(0.2)


@pytest.mark.parametrize("suite,vector", load())
def test_vector(suite, vector):
    reason = missing(suite, vector)
    if reason:
        pytest.skip("%s: %s" % (vector["id"], reason))
    world = World(suite)
    try:
        world.fixture()
        before = suite["initially"]
        for number, step in enumerate(vector["steps"], 1):
            name = "%s, step %d, %s" % (vector["id"], number, step.get("op", step.get("event")))
            if "event" in step:
                problem = world.wait(step["after"])
                assert problem is None, "%s does not come: %s" % (name, problem)
                before = step["after"]
                continue
            answer, code = world.call(step["op"], step["params"])
            error = step["expect"].get("error")
            if error:
                codes = [error["code"]] + error["also"]
                assert code in codes, "%s: expected %s (%s; %s), found %s" % (
                    name, " or ".join(codes), error["rule"], error["source"], code or "success")
            else:
                assert code is None, "%s: expected success, found %s" % (name, code)
            bind_answer(world, name, step.get("bind", {}), answer, before, step["after"])
            for look in step.get("find", []):
                bind_answer(world, name, look["bind"], world.call(look["op"], look["params"])[0], before, step["after"])
            forget(world, before, step["after"])
            problem = world.wait(step["after"]) if step["settles"] else world.compare(step["after"])
            assert problem is None, "%s: %s" % (name, problem)
            before = step["after"]
    finally:
        world.remove()


def bind_answer(world, name, bind, answer, before, after):
    """Binds symbols to what an answer tells; what is new must have a new id."""
    for symbol, path in bind.items():
        value = at(answer, path)
        assert value, "%s: no answer has the %s of %s" % (name, path, symbol)
        kind = symbol[1:].split(":")[0]
        is_new = "#" not in symbol and symbol in after.get(kind, {}) and symbol not in before.get(kind, {})
        assert not is_new or value not in world.seen, "%s: %s is the id of something older" % (name, value)
        if is_new:  # its other ids are new, too
            for old in [s for s in world.bound if s.startswith(symbol + "#")]:
                del world.bound[old]
        world.bind(symbol, value)


def forget(world, before, after):
    """Ids of attachments and associations that are over: the next ones are new."""
    def ids(tree):
        if isinstance(tree, dict):
            return set().union(*[ids(value) for value in tree.values()], set())
        if isinstance(tree, list):
            return set().union(*[ids(value) for value in tree], set())
        return {tree} if isinstance(tree, str) and "#" in tree else set()
    for symbol in ids(before) - ids(after):
        if not symbol.endswith("#public_ip") and not any(not view for kind in after.values() for view in kind.values()):
            world.bound.pop(symbol, None)
