"""Rows of measured cells, and the numbers of the paper's tables that are computed from them."""
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pandas as pd

from ...errors import UserError
from ...runtime.atomic_io import write_text
from ...synthetic.corruptions import CORRUPTIONS, SEVERITIES
from ..segmentation.matrix import CONTROL
from .corruption_error import ALEXNET_ERROR, corruption_errors, mean
from .test_sets import IMAGENET_C, INSTAGRAM

PAPER_BRANCHES = 'paper'  # the norms that the paper chose for each set
IMAGENET_CLASSES = 1000


@dataclass
class Row:
    """One checkpoint scored through one choice of norms.

    `cells` maps a name ('imagenet-c/fog/3', 'instagram/toaster', 'sketch') to its `branch`, `images`, `top1`, `top5`
    and, with branch 'auto', `aux_share`; `versions` are those of the libraries that measured them, each once.
    """
    method: str
    branch: str
    seed: int | None
    checkpoint: str
    sha256: str
    classes: int | None
    cells: dict = field(default_factory=dict)
    versions: list = field(default_factory=list)

    @property
    def label(self):
        return self.method if self.branch == PAPER_BRANCHES else f'{self.method} ({self.branch})'

    @property
    def is_imagenet(self):
        return self.classes == IMAGENET_CLASSES

    def errors(self):
        """Top-1 error of ImageNet-C: corruption -> one number for each severity; None where it was not measured."""
        if not any(name.startswith(f'{IMAGENET_C}/') for name in self.cells):
            return None
        return {name: [100 - self.cells[f'{IMAGENET_C}/{name}/{severity}']['top1'] for severity in SEVERITIES]
                for name in CORRUPTIONS}

    def corruption_errors(self):
        """Table 4: clean error, corruption errors (over AlexNet's for ImageNet's classes only) and their mean."""
        errors = self.errors()
        if errors is None:
            return None
        divided = corruption_errors(errors, ALEXNET_ERROR if self.is_imagenet else None)
        clean = 100 - self.cells['imagenet']['top1'] if 'imagenet' in self.cells else float('nan')
        return {'clean': clean, **divided, 'mCE' if self.is_imagenet else 'mean': mean(divided.values())}

    def filters(self):
        """Top-1 of each Instagram filter."""
        return {name.partition('/')[2]: cell['top1'] for name, cell in self.cells.items()
                if name.startswith(f'{INSTAGRAM}/')}

    def summary(self):
        """Table 1: one number for each set, top-1 but for ImageNet-C, which has its mean (corruption) error."""
        numbers = {}
        for name, cell in self.cells.items():
            numbers.setdefault(name.partition('/')[0], cell['top1'])
        if IMAGENET_C in numbers:
            numbers[IMAGENET_C] = list(self.corruption_errors().values())[-1]
        if INSTAGRAM in numbers:
            numbers[INSTAGRAM] = mean(self.filters().values())
        return numbers


@dataclass
class Robustness:
    """The rows of one benchmark, as robustness.json holds them."""
    rows: list = field(default_factory=list)

    @classmethod
    def load(cls, path):
        """Reads a robustness.json; no rows where there is none yet.

        Raises:
            UserError: where the file is something else.
        """
        if not Path(path).exists():
            return cls()
        try:
            return cls([Row(**row) for row in json.loads(Path(path).read_text(encoding='utf-8'))['rows']])
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(f'{path} is no robustness.json of this tool ({error}); give another, '
                            'or delete it to begin anew') from None

    def save(self, path):
        """Writes a robustness.json in one step."""
        write_text(path, json.dumps(asdict(self), indent=1) + '\n')

    def put(self, row):
        """Adds a row in place of an older one of the same checkpoint and norms, whose other cells it takes over."""
        older = [old for old in self.rows if old.branch == row.branch
                 and (old.sha256 == row.sha256 or old.checkpoint == row.checkpoint)]
        cells, versions = {}, []
        for each in [*(old for old in older if old.sha256 == row.sha256), row]:
            cells.update(each.cells)
            versions += [found for found in each.versions if found not in versions]
        self.rows = [each for each in self.rows if each not in older] + [replace(row, cells=cells, versions=versions)]

    def labels(self):
        """What to call each row; those that are not seeds of one experiment are told apart by their checkpoint."""
        names = [(row.label, row.seed) for row in self.rows]
        return [f'{row.label} [{row.checkpoint}]' if names.count(name) > 1 else row.label
                for row, name in zip(self.rows, names)]

    def mean_and_std(self, numbers):
        """Mean and sample deviation over seeds of what `numbers(row)` returns as a dict, both indexed by label.

        Rows for which it returns None are left out.
        """
        found = [(label, numbers(row)) for label, row in zip(self.labels(), self.rows)]
        frame = pd.DataFrame([{'label': label, **values} for label, values in found if values])
        if frame.empty:
            return frame, frame
        groups = frame.groupby('label', sort=False)
        return groups.mean(), groups.std()

    def gains(self):
        """What each row's `summary` has more than the control's with the same seed, as `mean_and_std` gives it.

        A seed with several controls counts as one without.
        """
        seeds = [row.seed for row in self.rows if row.method == CONTROL]
        controls = {row.seed: pd.Series(row.summary()) for row in self.rows
                    if row.method == CONTROL and seeds.count(row.seed) == 1}
        return self.mean_and_std(lambda row: row.method != CONTROL and row.seed in controls
                                 and (pd.Series(row.summary()) - controls[row.seed]).dropna().to_dict())

    def choices(self):
        """How good the choice of norms by `auto` is, for each checkpoint that was scored with all three of them.

        Returns:
            DataFrame: indexed by label; `sets` on which the branches differ in accuracy, and the percentage of their
                batches that went through the better branch; the mean accuracy over all sets of `main`, `aux`, `auto`
                and of the better branch of each set, `best`.
        """
        rows = {(row.sha256, row.branch): row for row in self.rows}
        lines = []
        for label, row in zip(self.labels(), self.rows):
            trio = [rows.get((row.sha256, branch)) for branch in ('main', 'aux', 'auto')]
            if row.branch == 'auto' and all(trio):
                lines.append({'label': label, **choice_quality(*(each.cells for each in trio))})
        return pd.DataFrame(lines).groupby('label', sort=False).mean() if lines else pd.DataFrame()


def choice_quality(main, aux, auto):
    """`Robustness.choices` of one checkpoint, from its cells through each branch."""
    names = [name for name in auto if name in main and name in aux]
    top1 = {key: {name: cells[name]['top1'] for name in names}
            for key, cells in dict(main=main, aux=aux, auto=auto).items()}
    best = {name: max(top1['main'][name], top1['aux'][name]) for name in names}
    differing = [name for name in names if top1['main'][name] != top1['aux'][name]]
    right = [auto[name]['aux_share'] if top1['aux'][name] > top1['main'][name] else 1 - auto[name]['aux_share']
             for name in differing]
    return {'sets': len(differing), 'right': 100 * mean(right) if right else float('nan'),
            **{key: mean(values.values()) for key, values in top1.items()}, 'best': mean(best.values())}
