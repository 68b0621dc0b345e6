"""The source x target matrix: rows of measured cells, and what is computed from them.

A row is one training scored with one branch of its norms, on every target. Its cells hold the IoU of each class, so
that every table and picture can be made again from the JSON alone.
"""
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from ...errors import UserError
from ...runtime.atomic_io import write_text
from . import published as paper

BASELINE, CONTROL = 'baseline', 'finetune'
UNSEEN, GAINS = 'unseen', {f'vs {BASELINE}': BASELINE, f'vs {CONTROL}': CONTROL}


@dataclass
class Row:
    """One training. `cells` maps a target to its `images`, `miou`, `iou`, `data`, `settings` and `versions`."""
    method: str
    source: str
    branch: str
    seed: int | None
    run: str
    checkpoint: str
    sha256: str
    cells: dict = field(default_factory=dict)


class Summary(NamedTuple):
    """Mean and sample deviation (NaN for one run) over seeds, percent; all indexed by (source, label)."""
    mean: pd.DataFrame
    std: pd.DataFrame
    runs: pd.Series


@dataclass
class CrossDomainMatrix:
    """The rows of one benchmark, all on the same classes and targets.

    Args:
        benchmark (str): 'synthia' puts the paper's rows beside.
        classes (list[str]): names, in the order of each cell's `iou`.
        targets (list[str]): names ('scene/condition'), in the order of the columns.
        rows (list[Row]): in any order.
    """
    benchmark: str
    classes: list
    targets: list
    rows: list = field(default_factory=list)

    @classmethod
    def load(cls, path):
        """Reads a matrix.json.

        Raises:
            UserError: where the file is missing or is no matrix.
        """
        try:
            content = json.loads(Path(path).read_text(encoding='utf-8'))
            return cls(**{**content, 'rows': [Row(**row) for row in content['rows']]})
        except (KeyError, OSError, TypeError, ValueError) as error:
            raise UserError(f'{path} is no matrix.json of this tool ({error}); give another, '
                            'or delete it to measure anew') from None

    def save(self, path):
        """Writes a matrix.json in one step."""
        write_text(path, json.dumps(asdict(self), indent=1, allow_nan=False) + '\n')

    def put(self, row):
        """Adds a row in place of an older one of the same training and branch."""
        self.rows = [old for old in self.rows
                     if old.branch != row.branch or (old.run != row.run and old.sha256 != row.sha256)] + [row]

    def frame(self):
        """One line per run: names, mIoU (percent, NaN where not measured), mean over unseen targets, gains.

        A gain is the difference in that mean to the reference run of the same source and seed, or to the mean of the
        reference runs of that source where none has the seed.
        """
        names = ['source', 'label', 'method', 'branch', 'seed', 'run', 'origin']
        frame = pd.DataFrame([*map(self._record, self.rows), *self._paper_records()], columns=[*names, *self.targets])
        frame = frame.astype({'seed': 'Int64', **dict.fromkeys(self.targets, float)})
        seeds = frame.duplicated(['source', 'label', 'seed', 'origin'], keep=False)
        frame.loc[seeds, 'label'] += ' [' + frame.loc[seeds, 'run'] + ']'  # not seeds of one experiment
        frame[UNSEEN] = [row[[t for t in self.targets if t != row.source]].mean(skipna=False)
                         for _, row in frame.iterrows()]
        for column, reference in GAINS.items():
            frame[column] = [gain(row, frame, reference) for _, row in frame.iterrows()]
        return frame.sort_values('source', key=lambda column: column.map(self._order), kind='stable',
                                 ignore_index=True)

    def summary(self):
        """The lines of `frame` with runs that differ only in their seed taken together."""
        frame = self.frame().sort_values(['source', 'origin', 'method', 'branch'], kind='stable', key=self._rank)
        numbers = [*self.targets, UNSEEN, *GAINS]
        groups = frame.groupby(['source', 'label'], sort=False)
        mean, std = (groups[numbers].agg(lambda runs, how=how: getattr(runs, how)(skipna=False))
                     for how in ('mean', 'std'))
        return Summary(mean.drop(columns=[name for name in GAINS if mean[name].isna().all()]), std, groups.size())

    def _record(self, row):
        miou = {target: cell['miou'] for target, cell in row.cells.items()}
        label = row.method if row.branch == 'main' else f'{row.method} ({row.branch})'
        return dict(source=row.source, label=label, method=row.method, branch=row.branch, seed=row.seed, run=row.run,
                    origin='measured', **miou)

    def _paper_records(self):
        sources = {row.source for row in self.rows} & paper.TABLE_3.keys() if self.benchmark == 'synthia' else ()
        return [dict(source=source, label=f'{method} (paper)', method=method, branch='main', seed=None, run='',
                     origin='paper', **dict(zip(paper.TARGETS, numbers)))
                for source in sources for method, numbers in paper.TABLE_3[source].items()]

    def _order(self, source):
        return self.targets.index(source) if source in self.targets else len(self.targets)

    def _rank(self, column):
        first = {'source': self.targets, 'origin': ['measured'], 'method': [BASELINE, CONTROL], 'branch': ['main']}
        order = dict.fromkeys([*first[column.name], *column])
        return column.map({name: rank for rank, name in enumerate(order)})


def gain(row, frame, reference):
    """How much better a line of the frame does on unseen targets than its reference method; NaN for the reference."""
    if row.method in (BASELINE, reference):
        return float('nan')
    same = frame[(frame.method == reference) & (frame.source == row.source) & (frame.origin == row.origin)
                 & (frame.branch == 'main')]
    paired = same[same.seed == row.seed]
    return row[UNSEEN] - (paired if len(paired) else same)[UNSEEN].mean()
