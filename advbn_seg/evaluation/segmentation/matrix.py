"""The source x target matrix: rows of measured cells, and what is computed from them.

A row is one training scored with one branch of its norms, on every target. Its cells hold the IoU of each class, so
that every table and picture can be made again from the JSON alone.
"""
from dataclasses import dataclass, field

import pandas as pd

from ...errors import UserError
from ..fingerprint import training_fingerprint
from ..results import BASELINE, CONTROL, MAIN, MEASURED, NAMES, Results, Row, Stamps, summarise
from ..schema import Count, Percent, Seed
from . import published as paper
from .domains import check_order, number_of_classes, source_domain, training_metainfo

UNSEEN, RUNS, GAINS = 'unseen', 'runs', {f'vs {BASELINE}': BASELINE, f'vs {CONTROL}': CONTROL}
IOU = 'IoU '  # before the name of a class


class Counts(Stamps, total=False):
    """What files of version 0.1 do not have."""
    confusion: list[list[Count]]


class MatrixCell(Counts):
    """What `DomainIoU` returns."""
    images: Count
    miou: Percent | None
    iou: list[Percent | None]


@dataclass
class MatrixRow(Row):
    """One training. `cells` maps a target to a `MatrixCell`."""
    method: str
    source: str
    branch: str
    seed: Seed | None
    run: str
    checkpoint: str
    sha256: str
    cells: dict[str, MatrixCell] = field(default_factory=dict)
    title: str = ''
    training: str = ''

    @property
    def place(self):
        return self.run


@dataclass
class CrossDomainMatrix(Results):
    """The rows of one benchmark, all on the same classes and targets.

    Args:
        benchmark (str): 'synthia' puts the paper's rows beside.
        classes (list[str]): names, in the order of each cell's `iou`.
        targets (list[str]): names ('scene/condition'), in the order of the columns.
        rows (list[MatrixRow]): in any order.
    """
    benchmark: str
    classes: list[str]
    targets: list[str]
    rows: list[MatrixRow] = field(default_factory=list)

    file = 'matrix.json'

    @classmethod
    def begin(cls, run, targets):
        """Return an empty matrix of the kind of a run."""
        matrix = cls(str(run.cfg.get('benchmark', 'custom')), targets[0].classes, [target.name for target in targets])
        for target in targets:
            if target.classes != matrix.classes:
                raise UserError(f'{run.name}: {target.name} has the classes {", ".join(target.classes)}, but '
                                f'{targets[0].name} has {", ".join(matrix.classes)}; have all give those that it was '
                                'trained on')
        if (known := number_of_classes(run.cfg)) not in (None, len(matrix.classes)):
            raise UserError(f'{run.name}: its model knows {known} classes, but {targets[0].name} has '
                            f'{len(matrix.classes)} ({", ".join(matrix.classes)}); score it on domains with the '
                            'classes that it was trained on')
        check_order(run, targets[0], training_metainfo(run.cfg).get('classes') or ())
        matrix.check()
        return matrix

    @staticmethod
    def row_of(run, targets):
        """Return the row of a run, without cells."""
        return MatrixRow(run.method, source_domain(run), run.branch, run.seed, run.name, run.checkpoint.name,
                         run.sha256, title=run.title, training=training_fingerprint(run.cfg))

    def check(self):
        super().check()
        columns = [*NAMES, RUNS, *self.targets, UNSEEN, *GAINS, *self.class_columns]
        if twice := [name for name in columns if columns.count(name) > 1]:
            raise UserError(f'the name {twice[0]!r} is given to two classes, targets or other columns')
        for row in self.rows:
            for target, cell in row.cells.items():
                where = f'row {row.run!r}, cell {target!r}'
                if target not in self.targets:
                    raise UserError(f'{where}: there is no such target')
                if len(cell['iou']) != len(self.classes):
                    raise UserError(f'{where}: {len(cell["iou"])} IoU for {len(self.classes)} classes')
                sides = {len(side) for counts in [cell.get('confusion')] if counts for side in [counts, *counts]}
                if sides - {len(self.classes) + 1}:
                    raise UserError(f'{where}: confusion is not a square of {len(self.classes) + 1} counts')

    def leave_out(self, names):
        """Take some targets out of all rows.

        Raises:
            UserError: A name is no target, or none is left.
        """
        kept = [target for target in self.targets if target not in names]
        if unknown := [name for name in names if name not in self.targets]:
            raise UserError(f'the domain {unknown[0]!r} was to be left out, but there are only '
                            f'{", ".join(self.targets)}; name some of these')
        if not kept:
            raise UserError(f'all domains were to be left out, {", ".join(self.targets)}; keep some of them')
        self.targets = kept
        for row in self.rows:
            row.cells = {target: cell for target, cell in row.cells.items() if target in kept}

    def check_fits(self, other, name, path):
        for what in ('benchmark', 'targets', 'classes'):
            expected, found = ([value] if isinstance(value, str) else value
                               for value in (getattr(self, what), getattr(other, what)))
            if found != expected:
                what = f'classes of {self.targets[0]}' if what == 'classes' else what
                raise UserError(f'{name} has the {what} {", ".join(found)} but the other runs of {path} have '
                                f'{", ".join(expected)}; give it an --out of its own')

    @property
    def class_columns(self):
        return [IOU + name for name in self.classes]

    def names(self):
        published = {f'{method} (paper)': f'{title} (published)' for method, title in paper.TITLES.items()}
        return published | super().names()

    def frame(self):
        """Return one line per run: its names, then numbers in percent.

        The numbers are the mIoU on each target, the mean over unseen targets, gains and classes; NaN where one is not
        measured. Gains are in the mean over unseen targets (see `Results.gains`). The IoU of a class is its mean over
        the unseen targets where it occurs.
        """
        frame = super().frame(self._numbers, self._paper_lines())
        frame[UNSEEN] = [line[[target for target in self.targets if target != line.source]].astype(float).mean(
            skipna=False) for _, line in frame.iterrows()]
        for column, reference in GAINS.items():
            gains = self.gains(frame[[*NAMES, UNSEEN]], reference)[UNSEEN]
            frame[column] = gains.mask(frame.method.isin([BASELINE, reference]))
        frame = frame[[*NAMES, *self.targets, UNSEEN, *GAINS, *self.class_columns]]
        return frame.sort_values('source', key=self._rank, kind='stable', ignore_index=True)

    def has_unpaired_gains(self):
        """Return whether a run of a method is compared with references of other seeds, as it has none of its own."""
        for reference in GAINS.values():
            seeds = {(row.source, row.seed) for row in self.rows if (row.method, row.branch) == (reference, MAIN)}
            sources = {source for source, _ in seeds}
            if any(row.method not in (BASELINE, reference) and row.source in sources
                   and (row.source, row.seed) not in seeds for row in self.rows):
                return True
        return False

    def summary(self):
        """Return the lines of `frame` with runs that differ only in their seed taken together, less the classes."""
        summary = summarise(self.ordered(self.frame()), [*self.targets, UNSEEN, *GAINS])
        mean = summary.mean
        return summary._replace(mean=mean.drop(columns=[name for name in GAINS if mean[name].isna().all()]))

    def class_summary(self):
        """Return the IoU of each class in the mean over unseen targets, seeds of measured runs taken together."""
        frame = self.ordered(self.frame())
        summary = summarise(frame[frame.origin == MEASURED], self.class_columns)
        return summary._replace(mean=summary.mean.set_axis(self.classes, axis=1),
                                std=summary.std.set_axis(self.classes, axis=1))

    def _numbers(self, row):
        cells = {target: row.cells.get(target) for target in self.targets}
        unseen = [cell for target, cell in cells.items() if target != row.source]
        iou = [cell['iou'] for cell in unseen] if all(unseen) else []
        return {**{target: cell and cell['miou'] for target, cell in cells.items()},
                **pd.DataFrame(iou, columns=self.class_columns, dtype=float).mean()}

    def _paper_lines(self):
        known = [target for target in self.targets if target in paper.TARGETS]
        sources = {row.source for row in self.rows} & paper.TABLE_3.keys() if self.benchmark == 'synthia' else ()
        return [dict(source=source, label=f'{method} (paper)', method=method, branch='main', seed=None, run='',
                     origin='paper') | {target: numbers[paper.TARGETS.index(target)] for target in known}
                for source in sources for method, numbers in paper.TABLE_3[source].items()]

    def ordered(self, frame):
        """Return the lines of a frame as a table has them: by source, the paper's last, baseline and control first."""
        return frame.sort_values(['source', 'origin', 'method', 'branch'], kind='stable', key=self._rank)

    def _rank(self, column):
        first = {'source': self.targets, 'origin': [MEASURED], 'method': [BASELINE, CONTROL], 'branch': ['main']}
        order = dict.fromkeys([*first[column.name], *column])
        return column.map({name: rank for rank, name in enumerate(order)})
