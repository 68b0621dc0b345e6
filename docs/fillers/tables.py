"""Reads the CSV files of results/, and writes Markdown tables."""
import ast
import csv
import re
from functools import cache
from pathlib import Path
from statistics import mean, stdev

from advbn_seg.evaluation.titles import EARLIER
from advbn_seg.reports.tables import NOTHING

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / 'results'
RECIPE, SINGLE = 'advbn_two_places', 'advbn_per_image_single'


@cache
def lines(file):
    """Return the lines of a CSV file of results/, as dicts."""
    with open(RESULTS / file, encoding='utf-8', newline='') as opened:
        return list(csv.DictReader(opened))


@cache
def titles():
    """Return {method: what readers call it}, of the configs and of methods that have none any more."""
    found = dict(EARLIER)
    for path in ROOT.glob('configs/methods/*.py'):
        for node in ast.parse(path.read_text(encoding='utf-8')).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == 'titles':
                found |= {each.arg: ast.literal_eval(each.value) for each in node.value.keywords}
    return {f'photometric_{method}': f'photometric + {title}' for method, title in found.items()} | found


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


def grouped(runs, key):
    """Return {key: runs that have it}, in their order."""
    found = {}
    for run in runs:
        found.setdefault(key(run), []).append(run)
    return found


def variant(run):
    """Return the label of a run, with the radius or layer where it is not its config's; alike for all its seeds."""
    label = run['label'].partition(' [')[0]
    radius = re.search(r'_eps([\d.]+)', run['run'])
    layer = re.search(r'_layerbackbone\.(?:timm_model\.)?([\w.]+)', run['run'])
    return label + (f' (eps {float(radius[1]):g})' if radius else '') + (f' (only {layer[1]})' if layer else '')
