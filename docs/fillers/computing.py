"""What trainings cost: operations, as each forecast.csv counts them, and hours, as their records tell."""
import json
import re
from functools import cache
from pathlib import Path
from statistics import mean

from advbn_seg.evaluation.results import CONTROL
from advbn_seg.reports.tables import NOTHING

from .tables import RESULTS, lines, table

BENCHMARKS = {'mini_synthia_standard': 'mini-SYNTHIA, standard', 'mini_synthia_mobilenet': 'mini-SYNTHIA, MobileNetV2',
              'labelmefacade': 'LabelMeFacade', 'camvid_large': 'CamVid at 320x240',
              'streets': 'CamVid and LabelMeFacade', 'mini_synthia': 'mini-SYNTHIA, short',
              'camvid': 'CamVid at 192x144'}
SOURCES = [('highway_dawn', 'nyc_spring'), ('boston', 'mallorca'), ('day', 'dusk'),
           ('streets_camvid', 'streets_labelmefacade')]
AT_A_TIME = 2  # trainings, where those with a record ran


@cache
def forecasts():
    """Return {training: its line} of each forecast.csv; that of a sweep is called as in a work dir, NAME_eps1."""
    return {re.sub(r', (\w+) ', r'_\1', line['training']): line for path in RESULTS.glob('*/forecast.csv')
            for line in lines(path.relative_to(RESULTS))}


def operations(name):
    """Return the operations of a training alone, or of the same with the other source; None where neither is known."""
    others = (name.replace(one, other, 1) for pair in SOURCES for one, other in (pair, pair[::-1]))
    found = [line for each in (name, *others) if (line := forecasts().get(each))]
    return int(found[0]['steps']) * int(found[0]['flops a step']) if found else None


def operations_in_all(name):
    """Return the operations of a training with those of what it starts from."""
    start = forecasts()[name]['starts from']
    return operations(name) + (operations_in_all(start) if start else 0)


def compute(folder, label):
    """Return the operations of a training over those of its control; nothing where no source's were counted."""
    for path in (Path(run['run']) for run in lines(f'{folder}/matrix.csv') if run['label'] == label):
        name, point = path.parent.name, re.sub(r'^seed\d+', '', path.name)
        control = name.removesuffix(label.partition(' ')[0]) + CONTROL
        name = name + point if name + point in forecasts() else name
        if {name, control} <= forecasts().keys():
            return f'{operations_in_all(name) / operations_in_all(control):.1f}'
    return NOTHING


@cache
def records():
    """Return the records that results have kept of trainings that came to their end, and whose operations are known."""
    found = [json.loads(path.read_text(encoding='utf-8')) for path in RESULTS.glob('*/runs/*.json')]
    return [each for each in found if each['finished'] and operations(each['name'])]


def recorded():
    """Return how many trainings have a record, and the hours of all together."""
    total = sum(each['seconds'] for each in records()) / AT_A_TIME / 3600
    return f'{len(records())} trainings, {total:.0f} hours'


def hours(count):
    """Return the hours of so many operations, at the rate of the trainings that have a record."""
    rate = sum(operations(each['name']) for each in records()) / sum(each['seconds'] for each in records())
    return count / rate / AT_A_TIME / 3600


@cache
def checkpoints():
    """Return {SHA-256: name of the training} of all results; some stand in several folders."""
    rows = [row for path in RESULTS.glob('*/matrix.csv')
            for row in json.loads(path.with_suffix('.json').read_text(encoding='utf-8'))['rows']]
    return {row['sha256']: re.sub(r'/seed[^/]*$', '', row['run']).rpartition('/')[2] for row in rows}


def validation(folder, method):
    """Return the last three validation scores of a method in percent, in the mean over the runs of a folder."""
    found = [json.loads(path.read_text(encoding='utf-8')) for path in (RESULTS / folder / 'runs').glob('*.json')]
    curves = [[score for _, score in each['validation']][-3:] for each in found if each['method'] == method]
    return ', '.join(f'{mean(scores):.1f}' for scores in zip(*curves))


def computing():
    """Return the table of trainings by benchmark: how many, their operations, and hours at the recorded rate."""
    found = {benchmark: [] for benchmark in BENCHMARKS}
    for name in checkpoints().values():
        found[max(filter(name.startswith, found), key=len)].append(operations(name))
    rows = [*((BENCHMARKS[benchmark], each) for benchmark, each in found.items()),
            ('all', [count for each in found.values() for count in each])]
    known = [(title, each, sum(filter(None, each))) for title, each in rows]
    return table(['benchmark', 'trainings', 'not counted', 'operations, 10^15', 'hours'],
                 [[title, str(len(each)), str(each.count(None)), f'{total / 1e15:.2f}' if total else NOTHING,
                   f'{hours(total):.0f}' if total else NOTHING] for title, each, total in known])
