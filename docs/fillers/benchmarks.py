"""Costs and strengths, from the JSON files of results/benchmark, and the models that the tests train."""
import ast
import json
from statistics import median

from advbn_seg.experiments.benchmark.matrix_cost import COSTS
from advbn_seg.experiments.benchmark.matrix_cost import lines as matrix_lines

from .tables import RESULTS, ROOT, table


def steps(name):
    """Return the cost of a training step, from a JSON file of the benchmark.

    A column of types of numbers is there if the file has several.
    """
    rows = json.loads((RESULTS / 'benchmark' / f'{name}.json').read_text(encoding='utf-8'))['rows']
    several = len({row.get('dtype') for row in rows}) > 1
    shown = []
    for row in rows:
        same = {other['mode']: other for other in rows
                if all(other.get(key) == row.get(key) for key in ('case', 'layer', 'num_steps', 'dtype'))}
        own, plain, reference = (median(each['seconds']) for each in (row, same['plain'], same['reference']))
        attack = ['' if row is same['plain'] else f'{reference / own:.2f}',
                  f'{100 * row["flipped"]:.1f}' if 'flipped' in row else '']
        shown.append([row['case'], row['layer'], str(row['num_steps']), *[row.get('dtype')] * several, row['mode'],
                      f'{own:.3g}', f'{own / plain:.2f}', *attack, f'{row["memory"] / same["plain"]["memory"]:.2f}',
                      *(f'{seconds:.2g}' for seconds in row.get('profile', {}).values())])
    heads = ['model', 'AdvBN after', 'm', *['type'] * several, 'step', 'seconds', 'x plain', 'faster than reference',
             'other deltas, %', 'memory x plain', *(f'{kind}, s' for kind in rows[0].get('profile', ()))]
    return table(heads, shown, 4 + several)


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


def value(name, *path, decimals=0):
    """Return a number of a JSON file of results/, or the median of several."""
    found = json.loads((RESULTS / f'{name}.json').read_text(encoding='utf-8'))
    for key in path:
        found = found[int(key) if isinstance(found, list) else key]
    return f'{median(found) if isinstance(found, list) else found:.{int(decimals)}f}'


def zoo():
    """Return the models that the tests train, and the layers of AdvBN and of the recipe, from tests/hooks/zoo.py."""
    nodes = ast.parse((ROOT / 'tests/hooks/zoo.py').read_text(encoding='utf-8')).body
    assigned = {ast.unparse(node.targets[0]): node.value for node in nodes if isinstance(node, ast.Assign)}
    rows = []
    for entry in assigned['ZOO'].elts:
        name, config, *layers = (ast.literal_eval(value) for value in entry.args[:4])
        library = 'mmpretrain' if "'mmpretrain'" in ast.unparse(entry) else 'mmseg'
        rows.append([name, f'{library}: {config}', *(f'`{layer}`' for layer in layers)])
    rows += [[name, 'torchvision', '–', f'`{layer}`']
             for name, layer in ast.literal_eval(assigned['TORCHVISION']).items()]
    return table(['model', 'config', 'stem', '`layer`'], rows, 4)
