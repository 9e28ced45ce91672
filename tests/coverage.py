"""The rulebook against the rows of the EC2 reference, against specs/ec2/COVERAGE.md and against what can be reached:
  python3 tests/coverage.py PROGRAM [REFERENCE]            (TAP)

tests/ec2-row-ids.txt has the ids of all rows.  REFERENCE is the document that they come from; if it is there, the list
is compared with it."""

import json
import os
import re
import subprocess
import sys
from glob import glob

program = sys.argv[1]
reference = sys.argv[2] if len(sys.argv) > 2 else ''
number = 0
bad = 0


def test(name, wrong):
    """`wrong`: texts, each a reason to fail."""
    global number, bad
    number += 1
    print(('not ok' if wrong else 'ok'), number, '-', name)
    for text in wrong:
        print('#', text)
    bad += bool(wrong)


def ask(*arguments):
    run = subprocess.run([program, *arguments, '--format', 'json'], capture_output=True, text=True)
    if run.returncode > 1:
        sys.exit(f'Bail out! {" ".join(arguments)}: {run.stderr}')
    return json.loads(run.stdout)


def rules_of(spec):
    return ask('rules', '--spec', spec)


# ---- the rows

def rows_of_reference(text):
    """All ids that the text names, the kinds of identifiers (0.4) and the tables of states (5.1, 5.2, 5.3)."""
    rows = set(re.findall(r'\b[A-Z][A-Z0-9]{1,4}-[PEAN][0-9]+[a-z]?\b', text))
    rows |= set(re.findall(r'^\| *([A-Z][A-Z0-9]*-[A-Z]?[0-9]+[a-z]?) *\|', text, re.M))
    section = text.split('### 0.4')[1].split('\n## ')[0]
    rows |= {'0.4-' + kind for kind in re.findall(r'^\|[^|`]*`([a-z-]+)-` *\|', section, re.M)}
    rows |= {'0.4-address'} if re.search(r'^\| *public address *\|', section, re.M) else set()
    return rows | {'5.' + digit for digit in re.findall(r'^### 5\.([0-9])', text, re.M)}


def rows_of_coverage():
    """id -> (status, reason); OPEN-n and checks stand in tables of their own."""
    tables = open('specs/ec2/COVERAGE.md').read().split('\n## ')
    rows, opens, never = {}, set(), set()
    twice = []
    for table in tables:
        for line in table.splitlines():
            cells = [cell.strip() for cell in line.strip('|').split('|')]
            if not line.startswith('| ') or cells[0] in ('id', '---', 'check', 'question'):
                continue
            if table.startswith('Rows'):
                twice += [cells[0]] if cells[0] in rows else []
                rows[cells[0]] = (cells[1], cells[2])
            elif table.startswith('Checks'):
                never |= {check.strip() for check in cells[0].split(',')}
            elif table.startswith('Open'):
                opens.add(cells[0])
    return rows, opens, never, twice


ids = open('tests/ec2-row-ids.txt').read().split()
rows, opens, never, twice = rows_of_coverage()
if reference and os.path.exists(reference):
    real = rows_of_reference(open(reference).read())
    test('the list of rows is that of the reference',
         [f'not in the list: {row}' for row in sorted(real - set(ids))] +
         [f'not in the reference: {row}' for row in sorted(set(ids) - real)])
else:
    number += 1
    print(f'ok {number} - the list of rows is that of the reference # SKIP the reference is not here')

# ---- the rules

universes = ['specs/ec2/default.yaml'] + sorted(glob('specs/ec2/universes/*.yaml'))
everything = rules_of('specs/ec2/everything.yaml')
modules = {os.path.basename(path) for path in glob('specs/ec2/*.yaml')}
included = set(re.findall(r'^ *- (\S+\.yaml)', open('specs/ec2/everything.yaml').read(), re.M))
no_modules = {'default.yaml', 'universe.yaml', 'two-vpcs.yaml', 'clean-up.yaml', 'rulebook.yaml', 'everything.yaml',
              'kinds.yaml', 'instance_types.yaml'}  # specs, and what all modules include
test('everything.yaml includes all modules', sorted(modules ^ included ^ no_modules))

guide = open('specs/ec2/README.md').read()
files = [os.path.basename(path) for path in glob('specs/ec2/*.yaml') + glob('specs/ec2/universes/*.yaml')]
test('the guide names all modules and universes', [name for name in files if f'`{name}`' not in guide])
guide = open('specs/features/README.md').read()
features = {os.path.basename(path) for path in glob('specs/features/*.yaml')}
test('the list of features is complete', sorted(features ^ set(re.findall(r'`([a-z-]+\.yaml)`', guide))))

guide = open('specs/runbooks/README.md').read()
runbooks = {os.path.basename(path) for path in glob('specs/runbooks/*.yaml')}
test('the list of runbooks is complete', sorted(runbooks ^ set(re.findall(r'`([a-z-]+\.yaml)`', guide))))

kinds = {}
for rule in everything:
    kinds.setdefault(rule['id'], set()).add(rule['kind'])
for spec in universes + sorted(glob('specs/features/*.yaml')):
    for rule in rules_of(spec):
        if rule['kind'] == 'property':
            kinds.setdefault(rule['id'], set()).add('property')
covered = set(kinds)
questions = {row for row in ids if row.startswith('OPEN-')}
test('every row is a rule or in COVERAGE.md',
     [row for row in ids if row not in covered and row not in rows and row not in questions])
test('no row is both, unless it is merged',
     [row for row in rows if row in covered and rows[row][0] != 'merged'])
test('COVERAGE.md has every open question', sorted(questions ^ opens))
test('COVERAGE.md has no row that does not exist', sorted(row for row in rows if row not in ids))
test('COVERAGE.md has each row once', twice)
test('each row there says left-out or merged, and why',
     [row for row, (status, reason) in rows.items() if status not in ('left-out', 'merged') or len(reason) < 3])

prefixed = set(ids) | covered | {'OPEN-%d' % n for n in range(1, 15)}
test('what the reasons refer to exists', [
    f'{row}: {name}' for row, (_, reason) in rows.items()
    for name in re.findall(r'\b[A-Z][A-Z0-9]*-[A-Z]?[0-9]+[a-z]?\b', reason) if name not in prefixed])
test('invariants (I-) and temporal rows (T-) are properties, or COVERAGE.md says why not', [
    row for row in ids if re.match('[IT]-', row) and 'property' not in kinds.get(row, set()) and row not in rows])

# ---- each rule says where it comes from: itself or, if it is the effect of an event, the event

events = {rule['operation'] for rule in everything if rule['kind'] == 'action' and rule['source']}
unsourced = []
for rule in everything:
    inherits = rule['kind'] == 'effect' and rule['operation'] in events
    needs = rule['kind'] in ('check', 'effect') or rule['kind'] == 'action' and rule['operation'][0].islower()
    if needs and not inherits and not (rule['source'] and rule['confidence']):
        unsourced.append(f'{rule["id"]} of {rule["operation"]} ({rule["file"]}:{rule["line"]})')
test('every check, effect and event has a source and a confidence', unsourced)

# ---- no dead rules

checks_of = {}
for rule in everything:
    checks_of.setdefault(rule['operation'], set())
    if rule['kind'] == 'check':
        checks_of[rule['operation']].add(rule['id'])


def allowed(spec):
    """The actions that a spec allows: `allow` of the last file that has one, or all."""
    text = open(spec).read()
    block = re.search(r'^allow:(.*?)(?=^\S|\Z)', text, re.M | re.S)
    if block:
        inline = re.search(r'\[(.*?)\]', block.group(1), re.S) if block.group(1).lstrip().startswith('[') else None
        if inline:
            return {name.strip() for name in inline.group(1).split(',')}
        return set(re.findall(r'^  ([A-Za-z_0-9]+):', block.group(1), re.M))
    included = re.search(r'^include: *\[(.*?)\]', text, re.M)
    for name in reversed(included.group(1).split(',') if included else []):
        actions = allowed(os.path.normpath(os.path.join(os.path.dirname(spec), name.strip())))
        if actions:
            return actions
    return set()


happens, decides, unclear = set(), set(), []
variants = [('specs/ec2/two-vpcs.yaml', '--set=same_vpc_attachments=on')]  # checks that a variant adds
for spec, *settings in [(spec,) for spec in universes] + variants:
    coverage = ask('check', spec, *settings)['coverage']
    actions = allowed(spec) or {rule['operation'] for rule in rules_of(spec) if rule['kind'] == 'action'}
    here = set().union(*(checks_of[action] for action in actions))
    if len(here) != coverage['checks']:
        unclear.append(f'{spec}: {len(here)} checks are allowed, {coverage["checks"]} are counted')
    happens |= actions - set(coverage['actions_not_taken'])
    decides |= here - set(coverage['checks_not_exercised'])
test('the universes count the checks that they allow', unclear)
test('every action happens in some universe', sorted(set(checks_of) - happens - {None}))
all_checks = set().union(*checks_of.values())
test('every check is the first to fail in some universe, or COVERAGE.md says why not', sorted(all_checks - decides - never))
test('what COVERAGE.md calls never first to fail is a check, and never is', sorted(never - (all_checks - decides)))

print(f'1..{number}')
sys.exit(bad > 0)
