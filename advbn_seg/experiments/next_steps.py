"""What to do after an experiment: three commands."""
import shlex

from ..config_files import name_of

SEEDS = '0 1 2'


def next_steps(experiment, benchmark, sources=None):
    """Return lines to print after the report of an `Experiment`: what a command is for, and the command."""
    runs, out = experiment.runs, shlex.quote(str(experiment.out))
    methods = ' '.join(dict.fromkeys(run.method for run in runs))
    same = f'advbn-seg experiments {benchmark} --methods {methods}'
    same += f' --sources {" ".join(sources)}' if sources else ''
    if points := list(dict.fromkeys(run.point for run in runs if run.point)):
        values = {key: ','.join(str(dict(point)[key]) for point in points) for key in dict(points[0])}
        same += ' --sweep ' + ' '.join(f'{key}={each}' for key, each in values.items())
    same += f' --cfg-options {shlex.join(experiment.options)}' if experiment.options else ''
    best = next((run for run in runs if run.method == 'advbn'), runs[-1])
    own = f'advbn-seg train {name_of(best.config)}'
    own += '' if best.config.stem == best.name else f' --method {best.method}'
    if len({run.seed for run in runs}) == 1:
        domains = f' --domains {shlex.quote(str(experiment.domains))}' if experiment.domains else ''
        more = ('the same with three seeds, so that differences have an error',
                f'{same} --seeds {SEEDS}{domains} --out {out}')
    else:
        seeds = ' '.join(map(str, sorted({run.seed for run in runs})))
        more = ('the same numbers on what a config of yours names',
                f'{same} --seeds {seeds} --domains CONFIG --out OUT')
    classifier = 'test_sets' in runs[0].cfg
    tables = (('all tables of the numbers', f'less {out}/robustness.md') if classifier else
              ('the IoU of each class',
               f'advbn-seg matrix --from-json {out}/matrix.json --per-class'))
    steps = [more, tables, ('one training; copy its config to train on data of your own', own)]
    return [line for purpose, command in steps for line in (f'  {purpose}:', f'    {command}')]
