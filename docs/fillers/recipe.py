"""How the recommended recipe was chosen, and what its choices are worth."""
from statistics import mean

from advbn_seg.evaluation.results import CONTROL

from .tables import RECIPE, SINGLE, grouped, lines, spread, table, title, variant

STANDARD = 'mini_synthia_standard,mini_synthia_standard_eps'  # folders whose runs start from the same baselines
PLACES = 'mini_synthia_standard_places'  # whose baselines are its own
CHOICES = [  # what changes, from a method to another: in the order of the recipe, then what it does not take
    ("the paper's attack", CONTROL, 'advbn'), ('deltas of each image', 'advbn', 'advbn_per_image'),
    ('one set of norms', 'advbn_per_image', SINGLE),
    ('one step of 0.5, not three of 0.2', SINGLE, 'advbn_per_image_one_step'),
    ('a prefix that trains', 'advbn_per_image_one_step', f'{RECIPE} (only blocks.1)', PLACES),
    ('a second place, the stem', f'{RECIPE} (only blocks.1)', RECIPE, PLACES),
    ('*not taken:* the stem alone', 'advbn_per_image_one_step', f'{RECIPE} (only bn1)', PLACES),
    ('*not taken:* noise, no adversary', SINGLE, 'advbn_per_image_noise'),
    ('*not taken:* twice the radius, and steps of half of it', SINGLE, f'{SINGLE} (eps 1)'),
    ('*not taken:* half the radius, and steps of half of it', SINGLE, f'{SINGLE} (eps 0.25)',
     'mini_synthia_standard_halved'),
    ("*not taken:* radius in units of the batch's spread", SINGLE, 'advbn_natural'),
    ('*not taken:* consistency of both predictions', SINGLE, 'advbn_consistent')]


def candidates(held_out='mini_synthia_standard_held_out', clean=STANDARD):
    """Return what each candidate for the recipe gains on source frames, corrupted and clean; the best first.

    Args:
        held_out, clean (str): the folders with the scores of either; the control's are in the last one of `clean`.
    """
    corrupted = [run for source in ('highway_dawn', 'nyc_spring')
                 for run in lines(f'{held_out}/{source}/matrix.csv') if run['method'] != CONTROL]
    clean = {run['run']: run for folder in clean.split(',') for run in lines(f'{folder}/matrix.csv')
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
    rows = []
    for name, before, after, *folders in CHOICES:
        scores = scores_of(*folders or [STANDARD])
        changes = [[mean(scores[after][seed][source][which] - own[which] for source, own in sources.items())
                    for seed, sources in scores[before].items()] for which in (0, 1)]
        rows.append([name, *(spread(each, '+.1f') for each in changes)])
    return table(['choice', 'unseen', 'in-domain'], rows)


def scores_of(folders):
    """Return {label: {seed: {source: (unseen, in-domain mIoU)}}} of runs through their main norms."""
    scores = {}
    for folder in folders.split(','):
        for run in lines(f'{folder}/matrix.csv'):
            if run['branch'] == 'main':
                seeds = scores.setdefault(variant(run), {}).setdefault(run['seed'], {})
                seeds[run['source']] = float(run['unseen']), float(run[run['source']])
    return scores
