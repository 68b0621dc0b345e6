"""Fill README.md and docs/*.md with the numbers of results/, so that none is copied by hand.

    python docs/generate.py    # `make docs` does it, and builds the site

A comment says what stands between it and the next one, such as `<!-- gain camvid mean advbn -->+0.7<!-- end -->`: the
name of a function below, and its arguments. A table stands on lines of its own. `tests/test_docs.py` refuses pages that
are out of date.
"""
import ast
import csv
import json
import re
import shlex
from functools import cache
from pathlib import Path
from statistics import mean, median, stdev

from advbn_seg.evaluation.segmentation.published import TABLE_3, TARGETS, TITLES
from advbn_seg.experiments.benchmark.matrix_table import COSTS
from advbn_seg.experiments.benchmark.matrix_table import lines as matrix_lines

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / 'results'
MARKED = re.compile(r'(<!-- (\w[^>]*?) -->)(.*?)(<!-- end -->)', re.S)
NOTHING = '–'
CONTROL, RECIPE, MEAN = 'finetune', 'advbn_two_places', 'mean of sources'
HEADLINE = [CONTROL, 'np_finetune', 'advbn', 'advbn_per_image_noise', 'advbn_per_image_single', RECIPE,
            'photometric_finetune', 'photometric_advbn_per_image_single']
SINGLE = 'advbn_per_image_single'
CHOICES = [  # what changes, from a method to another: in the order of the recipe, then what it does not take
    ("the paper's attack", CONTROL, 'advbn'), ('deltas of each image', 'advbn', 'advbn_per_image'),
    ('one set of norms', 'advbn_per_image', SINGLE),
    ('one step of 0.5, not three of 0.2', SINGLE, 'advbn_per_image_one_step'),
    ('two places, and a prefix that trains', 'advbn_per_image_one_step', RECIPE),
    ('*not taken:* noise, no adversary', SINGLE, 'advbn_per_image_noise'),
    ('*not taken:* twice the radius', SINGLE, f'{SINGLE} (eps 1)'),
    ("*not taken:* radius in units of the batch's spread", SINGLE, 'advbn_natural'),
    ('*not taken:* consistency of both predictions', SINGLE, 'advbn_consistent')]
RENDERED = ['mini_synthia_standard', 'mini_synthia_standard_peers']
PHOTOGRAPHS = ['labelmefacade', 'labelmefacade_two_places']


def pages():
    """Return the paths of all texts that may have marks."""
    return [ROOT / 'README.md', *sorted((ROOT / 'docs').glob('*.md'))]


def filled(text):
    """Return a text with what its comments ask for.

    Raises:
        KeyError: A comment names a function, or numbers, that are not there.
    """
    def replace(match):
        start, call, old, end = match.groups()
        name, *arguments = shlex.split(call)
        named = dict(argument.split('=') for argument in arguments if '=' in argument)
        new = FILLERS[name](*(argument for argument in arguments if '=' not in argument), **named)
        return start + (f'\n\n{new}\n\n' if '\n' in old else new) + end

    return MARKED.sub(replace, text)


@cache
def lines(file):
    """Return the lines of a CSV file of results/, as dicts."""
    with open(RESULTS / file, encoding='utf-8', newline='') as opened:
        return list(csv.DictReader(opened))


@cache
def titles():
    """Return {method: what readers call it}, of the configs and of methods that have none any more."""
    found = {}
    for path in [*ROOT.glob('advbn_seg/evaluation/titles.py'), *ROOT.glob('configs/methods/*.py')]:
        for node in ast.parse(path.read_text(encoding='utf-8')).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ('titles', 'EARLIER'):
                value = node.value
                found |= ({each.arg: ast.literal_eval(each.value) for each in value.keywords}
                          if isinstance(value, ast.Call) else ast.literal_eval(value))
    return found


def title(label):
    """Return the title of a label such as 'advbn (aux)'."""
    method = label.partition(' ')[0]
    return titles().get(method, method) + re.sub(r' \((.*?)\)', r', \1', label[len(method):])


def table(heads, rows, names=1):
    """Return a Markdown table; columns after the first `names` are numbers."""
    rule = ['---'] * names + ['---:'] * (len(heads) - names)
    return '\n'.join(f'| {" | ".join(row)} |' for row in [heads, rule, *rows])


def spread(numbers, form='.1f'):
    """Return mean and sample deviation over seeds as text; a number that one seed lacks is missing."""
    if '' in numbers:
        return NOTHING
    numbers = [float(number) for number in numbers]
    deviation = f' ± {stdev(numbers):.1f}' if len(numbers) > 1 else ''
    return f'{mean(numbers):{form}}{deviation}'


# Gains over the control, from gains.csv

def gain_line(folder, source, label):
    source = MEAN if source == 'mean' else source
    return {(line['source'], line['label']): line for line in lines(f'{folder}/gains.csv')}[source, label]


def gain(folder, source, label, group='unseen'):
    """Return a gain in points: of 'mean' or a source, and in-domain, unseen, same scene or other scene."""
    return f'{float(gain_line(folder, source, label)[f"{group} gain"]):+.1f}'


def interval(folder, source, label, group='unseen'):
    """Return a gain with its 95 % interval, if pixels of each image tell it; none where no domain is of the group."""
    line = gain_line(folder, source, label)
    if not line[f'{group} gain']:
        return NOTHING
    if not line[f'{group} low']:
        return gain(folder, source, label, group)
    low, high = (float(line[f'{group} {end}']) for end in ('low', 'high'))
    return f'{gain(folder, source, label, group)} ({low:+.1f} to {high:+.1f})'


def gains(folder):
    """Return the table of gains of a folder; a star is a gain that survives Holm's correction."""
    groups = ['in-domain', 'unseen', 'same scene', 'other scene']
    rows = [[line['source'], title(line['label']), line['seeds'], compute(folder, line['label']),
             f'{float(line["mIoU"]):.1f}',
             *(NOTHING if line['label'] == CONTROL else interval(folder, line['source'], line['label'], group)
               + (' *' if group == 'unseen' and line['clear'] == 'True' else '') for group in groups)]
            for line in lines(f'{folder}/gains.csv')]
    return table(['source', 'method', 'seeds', 'compute', 'in-domain mIoU', *groups], rows, 2)


@cache
def operations():
    """Return {training: operations in all, with those of what it starts from} of each forecast.csv."""
    found = {line['training']: line for path in RESULTS.glob('*/forecast.csv')
             for line in lines(path.relative_to(RESULTS))}

    def total(name):
        line = found[name]
        own = int(line['steps']) * int(line['flops a step'])
        return own + (total(line['starts from']) if line['starts from'] else 0)

    return {name: total(name) for name in found}


def compute(folder, label):
    """Return the operations of a training over those of its control; nothing where no source's were counted."""
    runs = [run for run in lines(f'{folder}/matrix.csv') if run['label'] == label]
    for name in (Path(run['run']).parent.name for run in runs):
        control = name.removesuffix(label.partition(' ')[0]) + CONTROL
        if {name, control} <= set(operations()):
            return f'{operations()[name] / operations()[control]:.1f}'
    return NOTHING


def first_with(folders, source, label):
    """Return the first of some folders that has a method, each with controls of its own; None where none has it."""
    return next((folder for folder in folders for line in lines(f'{folder}/gains.csv')
                 if (line['source'], line['label']) == (source, label)), None)


def headline():
    """Return README's table: the gain of each method on rendered and on real images; the recipe's name is bold."""
    def cells(folders, label):
        if label == CONTROL:
            runs = [line for line in lines(f'{folders[0]}/matrix.csv') if line['label'] == CONTROL]
            return [f'{mean(float(line["unseen"]) for line in runs):.1f} mIoU',
                    f'{float(gain_line(folders[0], "mean", CONTROL)["mIoU"]):.1f} mIoU']
        folder = first_with(folders, MEAN, label)
        return [interval(folder, 'mean', label), gain(folder, 'mean', label, 'in-domain')] if folder else [NOTHING] * 2

    rows = [[f'**{title(label)}**' if label == RECIPE else title(label),
             *(cell for folders in (RENDERED, PHOTOGRAPHS) for cell in cells(folders, label))] for label in HEADLINE]
    return table(['method', 'mini-SYNTHIA: unseen', 'in-domain', 'LabelMeFacade: unseen', 'in-domain'], rows)


def ranks():
    """Return the rank of each method by its unseen gain on each source, of those that both benchmarks have."""
    gained = {}  # source: label: points
    for folders in (RENDERED, PHOTOGRAPHS):
        for line in (line for folder in folders for line in lines(f'{folder}/gains.csv') if line['source'] != MEAN):
            gained.setdefault(line['source'], {}).setdefault(line['label'], float(line['unseen gain'] or 0))
    common = set.intersection(*map(set, gained.values()))
    ranked = {label: [1 + sum(each[other] > each[label] for other in common) for each in gained.values()]
              for label in common}
    rows = sorted((mean(places), title(label), places) for label, places in ranked.items())
    return table(['method', *gained, 'mean rank'],
                 [[name, *map(str, places), f'{rank:.1f}'] for rank, name, places in rows])


# Means over seeds, from matrix.csv and robustness.csv

def variant(run):
    """Return the label of a run, with the radius where it is not that of its config; alike for all its seeds."""
    label = run['label'].partition(' [')[0]
    radius = re.search(r'_eps([\d.]+)', run['run'])
    return label + (f' (eps {float(radius[1]):g})' if radius else '')


def grouped(runs, key):
    """Return {key: runs that have it}, in their order."""
    found = {}
    for run in runs:
        found.setdefault(key(run), []).append(run)
    return found


def means(folder):
    """Return a matrix's means: in-domain, over unseen domains, and gains in the latter."""
    runs = lines(f'{folder}/matrix.csv')
    heads = [head for head in ('vs baseline', 'vs finetune') if any(run.get(head) for run in runs)]
    rows = [[source, title(label), str(len(same)), spread([run.get(source, '') for run in same]),
             *(spread([run[head] for run in same], form) for head, form in
               [('unseen', '.1f'), *((head, '+.1f') for head in heads)])]
            for (source, label), same in grouped(runs, lambda run: (run['source'], variant(run))).items()]
    return table(['source', 'method', 'seeds', 'in-domain', 'unseen mean', *heads], rows, 2)


def table_3(**schedules):
    """Return Table 3, as gains over the baseline on unseen domains, beside ours.

    Args:
        schedules (str): the name of each column of ours, and its folders with commas between. A method's numbers are
            those of the first folder that has it.
    """
    rows = []
    for label in ['finetune', 'baseline_long', *(label for label in TITLES if label != 'baseline')]:
        cells = []
        for source, published in TABLE_3.items():
            unseen = {method: mean(value for target, value in zip(TARGETS, values) if target != source)
                      for method, values in published.items()}
            cells.append(f'{unseen[label] - unseen["baseline"]:+.1f}' if label in unseen else NOTHING)
            for folders in schedules.values():
                ours = ([run['vs baseline'] for run in lines(f'{folder}/matrix.csv')
                         if (run['source'], run['label']) == (source, label)] for folder in folders.split(','))
                cells.append(spread(next(filter(None, ours), ['']), '+.1f'))
        rows.append([title(label), *cells])
    return table(['method', *(f'{source}: {whose}' for source in TABLE_3 for whose in ('paper', *schedules))], rows)


def robustness(folder, reference=''):
    """Return the accuracies of a folder of classifiers, or what they are above those of a reference, seed by seed."""
    runs = lines(f'{folder}/robustness.csv')
    sets = [name for name in runs[0] if name not in ('label', 'method', 'branch', 'seed', 'run')]
    base = {run['seed']: run for run in runs if run['label'] == reference}

    def number(run, name):
        return float(run[name]) - (float(base[run['seed']][name]) if base else 0)

    rows = [[title(label), str(len(same)),
             *(spread([number(run, name) for run in same], '+.1f' if base else '.1f') for name in sets)]
            for label, same in grouped(runs, lambda run: run['label']).items() if label != reference]
    shown = {'imagenet': 'clean', 'imagenet-c': 'corrupted ↓'}
    return table(['method', 'seeds', *(shown.get(name, name) for name in sets)], rows)


def demo():
    """Return what `make demo` scores on unseen domains, seed 0."""
    trained = ['baseline', CONTROL, 'advbn', 'advbn_per_image_fast']
    runs = [line for line in lines('mini_synthia_fast/matrix.csv') if line['label'] in trained and line['seed'] == '0']
    sources = list(dict.fromkeys(run['source'] for run in runs))
    runs.sort(key=lambda run: (sources.index(run['source']), trained.index(run['label'])))
    body = '\n'.join(f'{run["source"]:14}{title(run["label"]):28}{float(run["unseen"]):8.1f}'
                     + ''.join(f'{float(run[head]):+8.1f}' if run[head] else f'{NOTHING:>8}'
                               for head in ('vs baseline', 'vs finetune')) for run in runs)
    return f'```\n{"source":14}{"method":28}  unseen  vs base  vs fine\n{body}\n```'


def candidates():
    """Return what each candidate for the recipe gains on source frames, corrupted and clean; the best first."""
    standard = 'mini_synthia_standard'
    corrupted = [run for source in ('highway_dawn', 'nyc_spring')
                 for run in lines(f'{standard}_held_out/{source}/matrix.csv') if run['method'] != CONTROL]
    clean = {run['run']: run for folder in (standard, f'{standard}_eps') for run in lines(f'{folder}/matrix.csv')
             if run['branch'] == 'main'}
    control = {(run['source'], run['seed']): run for run in clean.values() if run['method'] == CONTROL}

    def costs(run):
        source = run['source']
        return float(clean[run['run']][source]) - float(control[source, run['seed']][source])

    rows = sorted(((mean(float(run['vs finetune']) for run in runs), title(label), mean(map(costs, runs)))
                   for label, runs in grouped(corrupted, variant).items()), reverse=True)
    return table(['candidate', 'source frames under corruptions', 'clean source frames'],
                 [[name, f'{score:+.1f}', f'{cost:+.1f}'] for score, name, cost in rows])


def choices():
    """Return what each choice changes that the recipe makes, or does not make; ± over seeds."""
    scores = {}  # label: seed: (unseen, in-domain) of each source
    for folder in ('mini_synthia_standard', 'mini_synthia_standard_eps'):
        for run in lines(f'{folder}/matrix.csv'):
            if run['branch'] == 'main':
                seeds = scores.setdefault(variant(run), {}).setdefault(run['seed'], {})
                seeds[run['source']] = float(run['unseen']), float(run[run['source']])

    def changes(before, after, which):
        return [mean(scores[after][seed][source][which] - own[which] for source, own in sources.items())
                for seed, sources in scores[before].items()]

    return table(['choice', 'unseen', 'in-domain'],
                 [[name, *(spread(changes(before, after, which), '+.1f') for which in (0, 1))]
                  for name, before, after in CHOICES])


def steps(name):
    """Return the cost of a training step, from a JSON file of the benchmark; rows of removed options are left out."""
    rows = json.loads((RESULTS / 'benchmark' / f'{name}.json').read_text(encoding='utf-8'))['rows']
    shown = []
    for row in (row for row in rows if 'folded' not in row['mode']):
        same = {other['mode']: other for other in rows
                if all(other.get(key) == row.get(key) for key in ('case', 'layer', 'num_steps', 'dtype'))}
        own, plain, reference = (median(each['seconds']) for each in (row, same['plain'], same['reference']))
        attack = ['' if row is same['plain'] else f'{reference / own:.2f}',
                  f'{100 * row["flipped"]:.1f}' if 'flipped' in row else '']
        shown.append([row['case'], row['layer'], str(row['num_steps']), row['mode'], f'{own:.3g}', f'{own / plain:.2f}',
                      *attack, f'{row["memory"] / same["plain"]["memory"]:.2f}',
                      *(f'{seconds:.2g}' for seconds in row.get('profile', {}).values())])
    return table(['model', 'AdvBN after', 'm', 'step', 'seconds', 'x plain', 'faster than reference', 'other deltas, %',
                  'memory x plain', *(f'{kind}, s' for kind in rows[0].get('profile', ()))], shown, 4)


def strengths(*names):
    """Return the strengths of attacks on several networks, from JSON files of the benchmark."""
    rows = []
    for name in names:
        for row in json.loads((RESULTS / 'benchmark' / f'strength_{name}.json').read_text(encoding='utf-8')):
            rows.append([name, str(row['num_steps']), row['mode'],
                         *(f'{mean:.2f} ± {half:.2f}' for mean, half in row['strength'].values())])
    return table(['network', 'm', 'attack', 'training', 'eval'], rows, 3)


def matrix_cost():
    """Return the cost of the matrix, from a JSON file of its benchmark."""
    result = json.loads((RESULTS / 'benchmark/matrix.json').read_text(encoding='utf-8'))
    rows = [[title, *(f'{abs(value):.2f}' if abs(value) < 0.005 else f'{value:.2f}' for value in costs)]
            for title, costs in matrix_lines(result)]
    return table(['', *COSTS], rows, 1)


def value(name, *path):
    """Return a number of a JSON file of results/, or the median of several, without decimals."""
    found = json.loads((RESULTS / f'{name}.json').read_text(encoding='utf-8'))
    for key in path:
        found = found[int(key) if isinstance(found, list) else key]
    return f'{median(found) if isinstance(found, list) else found:.0f}'


def zoo():
    """Return the models that the tests train, and the layers after which AdvBN sits, from tests/hooks/zoo.py."""
    nodes = ast.parse((ROOT / 'tests/hooks/zoo.py').read_text(encoding='utf-8')).body
    assigned = {ast.unparse(node.targets[0]): node.value for node in nodes if isinstance(node, ast.Assign)}
    rows = []
    for entry in assigned['ZOO'].elts:
        name, config, layer = (ast.literal_eval(value) for value in entry.args[:3])
        library = 'mmpretrain' if "'mmpretrain'" in ast.unparse(entry) else 'mmseg'
        rows.append([name, f'{library}: {config}', f'`{layer}`'])
    rows += [[name, 'torchvision', f'`{layer}`'] for name, layer in ast.literal_eval(assigned['TORCHVISION']).items()]
    return table(['model', 'config', '`layer`'], rows, 3)


FILLERS = {each.__name__: each for each in (gain, interval, gains, headline, ranks, means, table_3, robustness, demo,
                                            candidates, choices, steps, strengths, matrix_cost, value, zoo)}


def main():
    for path in pages():
        text = path.read_text(encoding='utf-8')
        if (new := filled(text)) != text:
            path.write_text(new, encoding='utf-8')
            print(f'{path.relative_to(ROOT)} is up to date now')


if __name__ == '__main__':
    main()
