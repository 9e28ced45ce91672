"""Do the engines agree on the bundled specs?  python3 tests/engines.py PROGRAM            (TAP)

The explicit engine decides everything.  bmc and kinduction are asked up to DEPTH steps: what they decide must be what the
explicit engine decides, with a trace of the same length, and what has a trace of at most DEPTH steps they must find."""

import json
import subprocess
import sys
from glob import glob

program = sys.argv[1]
DEPTH = 6
SECONDS = 60
BY_SOLVER = ('invariant', 'step', 'reachable', 'unreachable')  # kinds of properties that the SMT engines decide

SKIPPED = {
    'specs/ec2/universes/addresses.yaml': 'many addresses for the service to pick from: over 10 seconds',
    'specs/ec2/universes/attributes.yaml': 'decides little and needs 6 seconds',
    'specs/ec2/universes/cards.yaml': 'network cards with products of limits: over 10 seconds',
    'specs/ec2/universes/elastic-ips.yaml': '10 seconds; one-eip-per-address.yaml has the same rules',
    'specs/ec2/universes/instances.yaml': 'decides little and needs 10 seconds',
    'specs/ec2/universes/interfaces.yaml': 'many arguments of CreateNetworkInterface: over 10 seconds',
    'specs/ec2/universes/ipv6.yaml': 'many addresses for the service to pick from: 10 seconds',
    'specs/ec2/universes/load-balancers.yaml': 'many arguments of CreateLoadBalancer: over 10 seconds',
    'specs/ec2/universes/launch.yaml': 'launches with many arguments: over 10 seconds',
    'specs/ec2/universes/launch-existing.yaml': 'launches with many arguments: 10 seconds',
    'specs/ec2/universes/nat-gateways.yaml': 'kinduction needs 10 seconds',
    'specs/ec2/universes/prefixes.yaml': 'many blocks for the service to pick from: over 10 seconds',
    'specs/ec2/universes/public-ips.yaml': 'decides little and needs 9 seconds',
    'specs/ec2/universes/tokens.yaml': 'requests with many arguments: over 10 seconds',
}


def results(spec, *arguments):
    run = subprocess.run([program, 'check', spec, '--format', 'json', *arguments], capture_output=True, text=True)
    return {result['property']: result for result in json.loads(run.stdout)['results']}


def disagreements(truth, answers):
    for name, right in truth.items():
        answer = answers[name]
        if right['kind'] not in BY_SOLVER:
            continue
        trace = len(right['trace']) if right['trace'] is not None else None
        if answer['verdict'] != 'unknown':
            if answer['verdict'] != right['verdict']:
                yield f'{name}: {answer["verdict"]}, but {right["verdict"]} by explicit search'
            elif trace is not None and len(answer['trace']) != trace:
                yield f'{name}: a trace of {len(answer["trace"])} steps, the shortest has {trace}'
        elif trace is not None and trace <= DEPTH:
            yield f'{name}: {answer["reason"]}, but {right["verdict"]} after {trace} steps'
        elif 'time' in (answer['reason'] or ''):
            yield f'{name}: {answer["reason"]}'


specs = [spec for folder in ('features', 'runbooks', 'designs', 'classic', 'ec2/universes') for spec in sorted(glob(f'specs/{folder}/*.yaml'))]
specs += ['specs/ec2/two-vpcs.yaml']
number = bad = 0
for spec in specs:
    if spec in SKIPPED:
        number += 1
        print(f'ok {number} - {spec} # SKIP {SKIPPED[spec]}')
        continue
    truth = results(spec)
    for engine in ('bmc', 'kinduction'):
        answers = results(spec, '--engine', engine, '--max-depth', str(DEPTH), '--timeout', str(SECONDS))
        wrong = list(disagreements(truth, answers))
        decided = sum(answer['verdict'] != 'unknown' for answer in answers.values())
        number += 1
        bad += bool(wrong)
        print('not ok' if wrong else 'ok', number, '-', f'{spec}: {engine} decides {decided} of {len(truth)}')
        for text in wrong:
            print('#', text)
missing = [spec for spec in SKIPPED if not glob(spec)]
number += 1
bad += bool(missing)
print('not ok' if missing else 'ok', number, '- what is skipped exists')
print(f'1..{number}')
sys.exit(bad > 0)
