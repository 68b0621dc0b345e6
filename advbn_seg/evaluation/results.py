"""Rows of measured cells, and what every table computes from them: labels, means over seeds, gains."""
import re
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple, TypedDict

import pandas as pd

from ..errors import UserError
from ..runtime.atomic_io import write_json
from .schema import Count, Share, read
from .titles import title_of

BASELINE, CONTROL = 'baseline', 'finetune'
MAIN, PAPER = 'main', 'paper'  # the second: for each set of images the norms that the paper chose
DIVERGED = 'diverged'  # in the place of a branch: the training has no weights to score
MEASURED = 'measured'
OPTIONAL = ('title', 'training', 'network')  # of a row: older files do not have them
NAMES = ['source', 'label', 'method', 'branch', 'seed', 'run', 'origin']  # a frame's first columns


class Stamps(TypedDict, total=False):
    """What the engine keeps of a cell beside its numbers: all that they depend on."""
    aux_share: Share
    versions: dict[str, str]
    device: str
    branch: str
    data: str
    labels: str
    settings: str
    pipeline: str
    batch_size: Count


class Row:
    """One checkpoint scored through one choice of norms; its dataclasses say what else a row knows.

    All have `method`, `title` (empty where nobody says), `source`, `branch`, `seed`, `sha256`, `cells` (target -> what
    was measured there) and `place`, which tells a reader where the checkpoint comes from. `training` is the
    `training_fingerprint`, empty in older files.
    """
    usual_branch = MAIN
    network = ''

    @property
    def label(self):
        return self.method if self.branch == self.usual_branch else f'{self.method} ({self.branch})'


class Summary(NamedTuple):
    """Mean and sample deviation (NaN for one run) over seeds; all indexed by (source, label)."""
    mean: pd.DataFrame
    std: pd.DataFrame
    runs: pd.Series


class Results:
    """The rows of one benchmark, as a JSON file holds them; its dataclasses have `rows`, and what all rows share.

    `file` is the name of that file; `only_paired`, whether a gain needs exactly one reference run of the same seed.
    """
    file = None
    only_paired = False

    @classmethod
    def load(cls, path):
        """Read a JSON file that `save` has written.

        Raises:
            UserError: where the file is missing or holds something else.
        """
        path = Path(path)
        if not path.exists():
            raise UserError(f'{path} does not exist; give a {cls.file} that this tool has written')
        return read(cls, path, 'give another file, or delete it to measure anew', cls.check)

    def check(self):
        """Raise UserError where values are right one by one, but not together."""
        rows = [(row.place, row.branch) for row in self.rows]
        if twice := [row for row in rows if rows.count(row) > 1]:
            raise UserError('two rows are of {!r} through the norms {!r}'.format(*twice[0]))

    def check_fits(self, other, name, path):
        """Raise UserError where `other` results, of `name`, cannot join those of `path`."""

    def save(self, path):
        """Write a JSON file in one step."""
        content = asdict(self)
        content['rows'] = [{key: value for key, value in row.items() if key not in OPTIONAL or value}
                           for row in content['rows']]
        write_json(path, content, allow_nan=False)

    def put(self, row):
        """Add a row in place of an older one of the same training and branch.

        Of the same weights it takes over the cells that were not measured anew. Rows of other weights at the same
        place go, whatever their branch: these weights are no more.
        """
        same = [old for old in self.rows if old.branch == row.branch and old.sha256 == row.sha256]
        older = [old for old in self.rows if old in same
                 or old.place == row.place and (old.branch == row.branch or old.sha256 != row.sha256)]
        row.cells = {name: cell for each in [*same, row] for name, cell in each.cells.items()}
        self.rows = [each for each in self.rows if each not in older] + [row]

    def labels(self):
        """Return what to call each row; those that are not seeds of one experiment are told apart by their place."""
        alike, ends = {}, {}
        for row in self.rows:
            alike.setdefault((row.source, row.label), []).append(row)
        for rows in alike.values():
            ends |= {(row.place, row.branch): end for row, end in zip(rows, told_apart(rows))}
        return [row.label + ends[row.place, row.branch] for row in self.rows]

    def names(self):
        """Return what readers call each label: 'AdvBN (paper), aux' for 'advbn (aux)'."""
        names = {}
        for label, row in zip(self.labels(), self.rows):
            branch = '' if row.branch == row.usual_branch else f', {row.branch}'
            names[row.label] = title_of(row.method, self.rows) + branch
            names[label] = names[row.label] + label.removeprefix(row.label)
        return names

    def frame(self, numbers, others=()):
        """Return one line for each row: its names, then its numbers.

        Args:
            numbers (callable): row -> dict of numbers, None for one that is missing; rows without any are left out.
            others (iterable): further lines, as dicts.
        """
        lines = [dict(source=row.source, label=label, method=row.method, branch=row.branch, seed=row.seed,
                      run=row.place, origin=MEASURED) | found
                 for row, label in zip(self.rows, self.labels()) if (found := numbers(row))]
        lines += others
        frame = pd.DataFrame(lines, columns=None if lines else NAMES)
        frame['seed'] = pd.array([line['seed'] for line in lines], dtype='Int64')
        return frame.astype(dict.fromkeys(frame.columns[len(NAMES):], float))

    def gains(self, frame, reference):
        """Return what the lines of a frame have more than their reference run, number by number.

        That is the run of the method `reference` with the same source and seed. Where there is none, the mean over
        those of all seeds counts, unless `only_paired`. Where there are several, there is no gain: see
        `ambiguous_references`.

        Returns:
            DataFrame: the numbers of the frame, NaN where there is no reference.
        """
        numbers = frame.drop(columns=NAMES)
        lines = []
        for index, line in frame.iterrows():
            chosen = self.same_seed(frame, line, reference)
            if frame.run[chosen].nunique() > 1:  # a run scored as `main` and as `paper` has two lines
                chosen &= False
            elif not chosen.any() and not self.only_paired:
                chosen = self.reference_lines(frame, line, reference)
            lines.append(numbers.loc[index] - numbers[chosen].mean())
        return pd.DataFrame(lines, index=frame.index, columns=numbers.columns)

    def reference_lines(self, frame, line, reference):
        """Return which lines of a frame are of the method `reference`, its main norms, and the source of a line."""
        return ((frame.method == reference) & (frame.source == line.source) & (frame.origin == line.origin)
                & frame.branch.isin([MAIN, PAPER]))

    def ambiguous_references(self):
        """Return a sentence about each seed of a baseline or control that several trainings have."""
        places = {}
        for row in self.rows:
            if row.method in (BASELINE, CONTROL) and row.branch != DIVERGED:
                places.setdefault((row.method, row.source, row.seed, row.network), {})[row.place] = None
        sentences = []
        for (method, _, seed, _), found in places.items():
            if len(found) > 1:
                why, advice = f'of the same seed, {seed}', 'Score one into another --out.'
                if seed is None:
                    why, advice = 'without a seed', 'Train each with a seed: --cfg-options randomness.seed=N.'
                sentences.append(f' {" and ".join(found)} are {method} {why}: no gain is over any of them. {advice}')
        return ''.join(sentences)

    def same_seed(self, frame, line, reference):
        """Return which of `reference_lines` have the seed of a line."""
        seeds = frame.seed.isna() if pd.isna(line.seed) else frame.seed.eq(line.seed).fillna(False)
        return self.reference_lines(frame, line, reference) & seeds


def are_seeds_of_one_experiment(rows):
    """Return whether rows of one label have each a seed of its own, and the same settings wherever these are known."""
    settings = {'training': {row.training or None for row in rows}}
    for row in rows:
        for target, cell in row.cells.items():
            settings.setdefault(target, set()).add(cell.get('settings'))
    return len({row.seed for row in rows}) == len(rows) and all(len(each - {None}) <= 1 for each in settings.values())


def told_apart(rows):
    """Return what follows the label that some rows have in common: as much of each place's end as tells it apart.

    It is nothing where all are seeds of one experiment. Those whose places differ in `seed0` alone stay together, as
    `seed*`.
    """
    if are_seeds_of_one_experiment(rows):
        return [''] * len(rows)
    groups = {}
    for row in rows:
        groups.setdefault(without_seed(row), []).append(row)
    groups = {place: group for place, group in groups.items() if len(group) > 1 and are_seeds_of_one_experiment(group)}
    places = [without_seed(row) if without_seed(row) in groups else row.place for row in rows]
    return [f' [{distinct_end(place, {*places} - {place})}]' for place in places]


def without_seed(row):
    """Return the place of a row, with * for the number after `seed`.

    Example:
        >>> from types import SimpleNamespace
        >>> without_seed(SimpleNamespace(place='work_dirs/advbn/seed0_eps0.25', seed=0))
        'work_dirs/advbn/seed*_eps0.25'
    """
    return re.sub(rf'(seed[-_]?){row.seed}(?!\d)', r'\1*', row.place)


def distinct_end(path, others):
    """Return the last parts of a path, as few as no other path ends with."""
    parts = path.split('/')
    ends = ['/'.join(parts[-number:]) for number in range(1, len(parts) + 1)]
    return next((end for end in ends if not any(f'/{other}'.endswith(f'/{end}') for other in others)), path)


def beside(folder, part, row, suffix):
    """Return the path of what is kept of a row beside its results; None for weights that no evaluation has measured.

    `PART/SHA.suffix` belongs to the checkpoint whose SHA-256 begins with `SHA`.
    """
    known = re.fullmatch('[0-9a-f]{64}', row.sha256)
    return Path(folder) / part / f'{row.sha256[:16]}{suffix}' if known else None


def summarise(frame, columns=None):
    """Return the lines of a frame with runs that differ only in their seed taken together, in the same order.

    A number that is missing for one run is missing in its mean.

    Args:
        frame (DataFrame): from `Results.frame`.
        columns (list[str], optional): which numbers; all if not given.

    Returns:
        Summary
    """
    columns = list(frame.columns[len(NAMES):] if columns is None else columns)
    groups = frame.groupby(['source', 'label'], sort=False)
    if frame.empty or not columns:
        none = pd.DataFrame(index=pd.MultiIndex.from_arrays([[], []], names=['source', 'label']))
        return Summary(none, none, groups.size())
    return Summary(*mean_and_std(groups[columns]), groups.size())


def mean_and_std(groups):
    """Return mean and sample deviation of each group's numbers; one that is missing for a run is missing in both."""
    return [groups.agg(lambda runs, how=how: getattr(runs, how)(skipna=False)) for how in ('mean', 'std')]
