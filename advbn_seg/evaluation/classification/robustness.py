"""Rows of measured cells, and the numbers of the paper's tables that are computed from them."""
from dataclasses import dataclass, field
from statistics import fmean

import pandas as pd

from ...errors import UserError
from ...synthetic.corruptions import CORRUPTIONS, SEVERITIES
from ..fingerprint import network_fingerprint, training_fingerprint
from ..results import CONTROL, NAMES, PAPER, Results, Row, Stamps, summarise
from ..schema import Count, Percent, Seed
from .corruption_error import ALEXNET_ERROR, corruption_errors
from .test_sets import FOLDERS, IMAGENET_C, INSTAGRAM, TITLES, number_of_classes

IMAGENET_CLASSES = 1000
BRANCHES = ('main', 'aux', 'auto')


class RobustnessCell(Stamps):
    """What `TopAccuracy` returns."""
    images: Count
    top1: Percent
    top5: Percent


@dataclass
class RobustnessRow(Row):
    """One checkpoint scored through one choice of norms.

    `cells` maps a name ('imagenet-c/fog/3', 'instagram/toaster', 'sketch') to a `RobustnessCell`. `network` is the
    `network_fingerprint`, empty in older files. `versions` are in files of version 0.1 only, whose cells do not have
    them.
    """
    method: str
    branch: str
    seed: Seed | None
    checkpoint: str
    sha256: str
    classes: Count | None
    cells: dict[str, RobustnessCell] = field(default_factory=dict)
    versions: list[dict[str, str]] = field(default_factory=list)
    title: str = ''
    training: str = ''
    network: str = ''

    source = ''  # ImageNet, mostly; not in the file
    usual_branch = PAPER

    @property
    def place(self):
        return self.checkpoint

    @property
    def is_imagenet(self):
        return self.classes == IMAGENET_CLASSES

    def errors(self):
        """Return the top-1 error of ImageNet-C: corruption -> one number a severity; None if some is missing."""
        try:
            return {name: [100 - self.cells[f'{IMAGENET_C}/{name}/{severity}']['top1'] for severity in SEVERITIES]
                    for name in CORRUPTIONS}
        except KeyError:
            return None

    def corruption_errors(self):
        """Return Table 4: clean error, corruption errors (over AlexNet's for ImageNet only) and their mean."""
        errors = self.errors()
        if errors is None:
            return None
        divided = corruption_errors(errors, ALEXNET_ERROR if self.is_imagenet else None)
        clean = 100 - self.cells['imagenet']['top1'] if 'imagenet' in self.cells else float('nan')
        return {'clean': clean, **divided, 'mCE' if self.is_imagenet else 'mean': fmean(divided.values())}

    def severities(self):
        """Return Table 5: the error at each severity, 'fog 3'."""
        return {f'{name} {severity}': error for name, errors in (self.errors() or {}).items()
                for severity, error in zip(SEVERITIES, errors)}

    def filters(self):
        """Return the top-1 accuracy of each Instagram filter."""
        return self.folders(INSTAGRAM)

    def sets(self, key):
        """Return 'top1' or 'top5' of the sets that are one folder each."""
        return {name: cell[key] for name, cell in self.cells.items()
                if not name.startswith((f'{IMAGENET_C}/', f'{INSTAGRAM}/'))}

    def summary(self):
        """Return Table 1: one number a set, top-1 but for ImageNet-C, which has its mean (corruption) error.

        Where some of the folders of ImageNet-C or Instagram are missing, the name says how many there are, as in
        'instagram (2 of 20)', and the number is the mean over these, of ImageNet-C the plain mean error.
        """
        numbers = {}
        for name, cell in self.cells.items():
            if name.startswith(f'{IMAGENET_C}/'):
                found = [100 - top1 for top1 in self.folders(IMAGENET_C).values()]
                errors = self.corruption_errors()
                numbers[part_of(IMAGENET_C, found)] = list(errors.values())[-1] if errors else fmean(found)
            elif name.startswith(f'{INSTAGRAM}/'):
                numbers[part_of(INSTAGRAM, self.filters())] = fmean(self.filters().values())
            else:
                numbers[name] = cell['top1']
        return numbers

    def folders(self, name):
        """Return the top-1 accuracy of each folder of a set: 'fog/3' or 'toaster'."""
        return {each.removeprefix(f'{name}/'): cell['top1'] for each, cell in self.cells.items()
                if each.startswith(f'{name}/')}


@dataclass
class Robustness(Results):
    """The rows of one benchmark, as robustness.json holds them."""
    rows: list[RobustnessRow] = field(default_factory=list)

    file = 'robustness.json'
    only_paired = True

    @classmethod
    def begin(cls, run, targets):
        """Return results without rows: those of all runs may stand in one file."""
        check_set_names(target.name for target in targets)
        return cls()

    @staticmethod
    def row_of(run, targets):
        """Return the row of a run, without cells."""
        return RobustnessRow(run.method, run.branch, run.seed, str(run.checkpoint), run.sha256,
                             number_of_classes(run.cfg), title=run.title, training=training_fingerprint(run.cfg),
                             network=network_fingerprint(run.cfg))

    def check(self):
        super().check()
        check_set_names(name for row in self.rows for name in row.cells)

    def summary(self, numbers=RobustnessRow.summary):
        """Return mean and deviation over seeds of the dict `numbers(row)`; rows without any are left out."""
        return summarise(self.frame(numbers))

    def reference_lines(self, frame, line, reference):
        """Return those of the same network only, where both are known."""
        networks = frame.run.map({row.place: row.network for row in self.rows})
        own = networks[line.name]
        return super().reference_lines(frame, line, reference) & ((networks == own) | (networks == '') | (own == ''))

    def control_gains(self):
        """Return the `summary` of what each row has more than the control with the same seed, number by number.

        A row without such a control is left out; `runs` counts the others.
        """
        frame = self.frame(RobustnessRow.summary)
        gains = self.gains(frame, CONTROL).mask(frame.method == CONTROL).dropna(how='all').dropna(axis=1, how='all')
        return summarise(frame[NAMES].join(gains, how='inner'))

    def check_parts(self):
        """Raise UserError where rows have parts of a set that are as large and not the same: no column could hold both.
        """
        first = {}
        for row in self.rows:
            for name in FOLDERS:
                folders = {each.removeprefix(f'{name}/') for each in row.cells if each.startswith(f'{name}/')}
                other, known = first.setdefault((name, len(folders)), (row.place, folders))
                if folders != known:
                    raise UserError(f'{other} was scored on {sample(known - folders)} of {name}, and {row.place} on '
                                    f'{sample(folders - known)} in its place: score both on the same, or into another '
                                    '--out')

    def choices(self):
        """Return how good the choice of norms by `auto` is, for each checkpoint that was scored with all three.

        Returns:
            DataFrame: indexed by label. `sets` counts those on which the branches differ in accuracy, and `right` is
                the percentage of their batches that went through the better branch. `main`, `aux`, `auto`, and `best`
                with the better branch of each set, are mean accuracies over all sets.
        """
        rows = {(row.sha256, row.branch): row for row in self.rows}
        lines = []
        for label, row in zip(self.labels(), self.rows):
            trio = [rows.get((row.sha256, branch)) for branch in BRANCHES]
            if row.branch == 'auto' and all(trio) and (quality := choice_quality(*(each.cells for each in trio))):
                lines.append({'label': label, **quality})
        return pd.DataFrame(lines).groupby('label', sort=False).mean() if lines else pd.DataFrame()


def part_of(name, found):
    """Return the name of a set of several folders, with how many of them were found where some are missing."""
    return name if len(found) == FOLDERS[name] else f'{name} ({len(found)} of {FOLDERS[name]})'


def sample(names):
    """Return some names in a sentence."""
    first = sorted(names)[:3]
    return ', '.join(first) + (' ...' if len(names) > 3 else '')


def check_set_names(names):
    """Raise UserError where a set of images has the name of another column, or the title of another set."""
    taken = {*NAMES, *TITLES.values()} - {*TITLES}
    for name in names:
        if clash := taken & {*name.split('/')}:
            raise UserError(f'a set of images cannot be called {clash.pop()!r}, found {name!r}; give it another name')


def choice_quality(*cells):
    """Return `Robustness.choices` of one checkpoint, from its cells by branch; None where they share none."""
    top1 = pd.DataFrame({branch: {name: cell['top1'] for name, cell in each.items()}
                         for branch, each in zip(BRANCHES, cells)}).dropna()
    share = pd.Series({name: cell.get('aux_share') for name, cell in cells[-1].items()}, dtype=float)[top1.index]
    if top1.empty or share.isna().any():
        return None
    differing = top1.main != top1.aux
    right = share.where(top1.aux > top1.main, 1 - share)[differing]
    best = top1[['main', 'aux']].max(axis=1)
    return {'sets': differing.sum(), 'right': 100 * right.mean(), **top1.mean(), 'best': best.mean()}
