"""Means over seeds, from matrix.csv and robustness.csv."""
import re
from statistics import mean

from advbn_seg.evaluation.results import CONTROL
from advbn_seg.evaluation.segmentation.published import TABLE_3, TARGETS, TITLES
from advbn_seg.reports.tables import NOTHING

from .tables import RESULTS, grouped, lines, spread, table, title, variant


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


def cell(file, method, column):
    """Return a cell of the first table of a stored Markdown file, by the row's method and the column's head."""
    first = re.search(r'^\|.*(\n\|.*)*', (RESULTS / file).read_text(encoding='utf-8'), re.M)[0]
    rows = [[each.strip() for each in line[1:-1].split(' | ')] for line in first.splitlines()]
    return {row[rows[0].index('method')]: row for row in rows[2:]}[method][rows[0].index(column)]
