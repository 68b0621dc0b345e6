"""Gains over the control, from gains.csv."""
from statistics import mean

from advbn_seg.evaluation.results import CONTROL
from advbn_seg.evaluation.segmentation.gains import GROUPS, MEAN
from advbn_seg.reports.tables import NOTHING

from .computing import compute
from .tables import RECIPE, SINGLE, lines, table, title, variant

BESIDE = {'over_recipe': 'unseen, over the recipe', 'over_photometric': 'unseen, over photometric',
          'by_day': 'unseen, by day'}
HEADLINE = [CONTROL, 'advbn', SINGLE, RECIPE, f'{RECIPE}_noise', 'np_plus_finetune', 'np_plus', 'asa',
            'photometric_finetune', 'photometric_advbn_two_places']
RENDERED = ['mini_synthia_standard_methods', 'mini_synthia_standard_from_imagenet', 'mini_synthia_standard_noise',
            'mini_synthia_standard_table3', 'mini_synthia_standard']
PAIR = 'CamVid and LabelMeFacade'  # which shares a source with CamVid
PHOTOGRAPHS = ['labelmefacade_methods', 'labelmefacade']
BENCHMARKS = {'mini-SYNTHIA': RENDERED, 'LabelMeFacade': PHOTOGRAPHS, 'CamVid': ['camvid_large'],
              PAIR: ['streets']}
OVERVIEW = [CONTROL, 'advbn', SINGLE, RECIPE, f'{RECIPE}_noise', 'np_plus_finetune', 'cross_norm_finetune',
            'photometric_finetune', f'photometric_{RECIPE}']


def gain_line(folder, source, label):
    source = MEAN if source == 'mean' else source
    return {(line['source'], line['label']): line for line in lines(f'{folder}/gains.csv')}[source, label]


def gain(folder, source, label, group='unseen'):
    """Return a gain in points: of 'mean' or a source, and in-domain, unseen, same scene or other scene."""
    return f'{float(gain_line(folder, source, label)[f"{group} gain"]):+.1f}'


def interval(folder, source, label, group='unseen'):
    """Return a gain with its 95 % interval, if pixels of each image tell it.

    None where no domain is of the group, and of a method over itself.
    """
    line = gain_line(folder, source, label)
    if not line[f'{group} gain']:
        return NOTHING
    if not line[f'{group} low']:
        return gain(folder, source, label, group)
    if is_reference(line, group):
        return NOTHING
    low, high = (float(line[f'{group} {end}']) for end in ('low', 'high'))
    return f'{gain(folder, source, label, group)} ({low:+.1f} to {high:+.1f})'


def is_reference(line, group='unseen'):
    """Return whether a line is of the method that the others are held against."""
    return bool(line[f'{group} low']) and float(line[f'{group} low']) == float(line[f'{group} high']) == 0


def gain_on(folder, source, label, *targets):
    """Return a gain in points in the mean over some domains, and over seeds."""
    runs = {(run['label'], run['seed']): mean(float(run[target]) for target in targets)
            for run in lines(f'{folder}/matrix.csv') if run['source'] == source}
    return f'{mean(score - runs[CONTROL, seed] for (own, seed), score in runs.items() if own == label):+.1f}'


def gains(folder, only=None, *others):
    """Return the table of gains of a folder, the reference first; a star is a gain that survives Holm's correction.

    Args:
        only (str, optional): 'mean', for the mean of sources alone.
        others (str): of `BESIDE`, folders in it; their unseen gains are the last columns.
    """
    names = {run['label']: title(variant(run)) for run in lines(f'{folder}/matrix.csv')}
    wanted = [line for line in lines(f'{folder}/gains.csv') if not only or line['source'] == MEAN]
    apart = any(line['same scene gain'] and line['other scene gain'] for line in wanted if not is_reference(line))
    groups = GROUPS if apart else GROUPS[:2]
    sources = [line['source'] for line in wanted]
    rows = []
    for line in sorted(wanted, key=lambda line: (sources.index(line['source']), not is_reference(line),
                                                 -float(line['unseen gain']))):
        source, label = line['source'], line['label']
        star = ' *' if line['clear'] == 'True' else ''
        cells = [interval(folder, source, label, group) + star * (group == 'unseen') for group in groups]
        over = [interval(f'{folder}/{other}', source, label) for other in others]
        rows.append([source, names[label], line['seeds'], compute(folder, label), f'{float(line["mIoU"]):.1f}', *cells,
                     *over])
    heads = ['source', 'method', 'seeds', 'compute', 'in-domain mIoU', *groups, *(BESIDE[other] for other in others)]
    return table(heads, rows, 2) if not only else table(heads[1:], [row[1:] for row in rows])


def first_with(folders, source, label):
    """Return the first of some folders that has a method, each with controls of its own; None where none has it."""
    return next((folder for folder in folders for line in lines(f'{folder}/gains.csv')
                 if (line['source'], line['label']) == (source, label)), None)


def headline():
    """Return README's table: the gain of each method on rendered and on real images; the recipe's name is bold."""
    by_day = [f'{folder}/by_day' for folder in PHOTOGRAPHS]
    rows = [[named(label), first_gain(RENDERED, label), first_gain(RENDERED, label, 'in-domain', gain),
             first_gain(PHOTOGRAPHS, label), first_gain(by_day, label),
             first_gain(PHOTOGRAPHS, label, 'in-domain', gain)] for label in HEADLINE]
    return table(['method', 'mini-SYNTHIA: unseen', 'in-domain', 'LabelMeFacade: unseen', 'by day', 'in-domain'], rows)


def overview(group):
    """Return the table of a kind of domains, 'unseen' or 'in-domain': each method on each benchmark."""
    return table(['method', *BENCHMARKS], [[named(label), *(first_gain(folders, label, group)
                                                            for folders in BENCHMARKS.values())] for label in OVERVIEW])


def named(label):
    return f'**{title(label)}**' if label == RECIPE else title(label)


def first_gain(folders, label, group='unseen', shown=interval):
    """Return the mean gain over sources in the first of some folders that has a method; the mIoU of the control."""
    if label == CONTROL:
        if group == 'in-domain':
            return f'{float(gain_line(folders[0], "mean", CONTROL)["mIoU"]):.1f} mIoU'
        runs = [line for line in lines(f'{folders[0]}/matrix.csv') if line['label'] == CONTROL]
        return f'{mean(float(line["unseen"]) for line in runs):.1f} mIoU'
    folder = first_with(folders, MEAN, label)
    return shown(folder, 'mean', label, group) if folder else NOTHING


def ranks(number):
    """Return the rank of each method by its unseen gain on each source, of those that all of some benchmarks have.

    Args:
        number (str): of benchmarks, the first ones of `BENCHMARKS`.
    """
    gained = {}  # source: label: points
    for folders in list(BENCHMARKS.values())[:int(number)]:
        for line in (line for folder in folders for line in lines(f'{folder}/gains.csv') if line['source'] != MEAN):
            source = f'{folders[0]}: {line["source"]}' if folders == BENCHMARKS[PAIR] else line['source']
            gained.setdefault(source, {}).setdefault(line['label'], float(line['unseen gain'] or 0))
    common = set.intersection(*map(set, gained.values()))
    ranked = {label: [1 + sum(each[other] > each[label] for other in common) for each in gained.values()]
              for label in common}
    rows = sorted((mean(places), title(label), places) for label, places in ranked.items())
    return table(['method', *gained, 'mean rank'],
                 [[name, *map(str, places), f'{rank:.1f}'] for rank, name, places in rows])
