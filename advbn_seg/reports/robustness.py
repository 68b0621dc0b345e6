"""Robustness as a report and a page, beside the paper's numbers where they are about ImageNet."""
from functools import partial

import pandas as pd

from ..evaluation.classification import published as paper
from ..evaluation.classification.robustness import RobustnessRow
from ..evaluation.classification.test_sets import FOLDERS, IMAGENET_C, INSTAGRAM, PAPER_SETS, TITLES, is_error
from ..evaluation.results import CONTROL, NAMES, PAPER
from ..evaluation.titles import title_of
from .findings import robustness_findings
from .page_data import about, page_lines, references
from .page_trainings import page_trainings
from .report import Report
from .severities import draw_severities
from .tables import Table, extent, text, texts
from .terms import explained


def robustness_report(robustness):
    """Return the report of a `Robustness`; its picture is there where ImageNet-C was measured.

    Raises:
        UserError: Rows have different parts of a set, of one size.
    """
    robustness.check_parts()
    frame = robustness.frame(RobustnessRow.summary).drop(columns=['source', 'origin'])
    pictures = {}
    if any(row.errors() for row in robustness.rows):
        pictures['robustness.png'] = partial(draw_severities, robustness)
    return Report('robustness', frame, tables(robustness), partial(robustness_page, robustness), pictures,
                  robustness_findings(robustness), optional=frozenset({'robustness.png'}))


def tables(robustness):
    """Return a table of each kind that the rows have numbers for."""
    imagenet, gains = any(row.is_imagenet for row in robustness.rows), robustness.control_gains()
    found = [
        Table(summary_table(robustness, imagenet), 'Top-1 accuracy in percent; ↓ is an error',
              images_note(robustness) + robustness.ambiguous_references()),
        Table(gain_table(robustness, gains, imagenet),
              f'Difference to {title_of(CONTROL, robustness.rows)}, seed by seed', pairs_note(gains.runs)),
        Table(sets_table(robustness, imagenet), 'Each set: top-1 / top-5 accuracy'),
        Table(transposed(robustness, RobustnessRow.corruption_errors, 'corruption', paper.TABLE_4 if imagenet else {}),
              f'Corruption errors{", over those of AlexNet" if imagenet else ""}'),
        Table(transposed(robustness, RobustnessRow.severities, 'corruption, severity',
                         by_severity() if imagenet else {}), 'Error at each severity of corruption'),
        Table(transposed(robustness, RobustnessRow.filters, 'filter'), 'Top-1 accuracy of each filter'),
        Table(choice_table(robustness), 'Choice of norms by `auto`')]
    return [table for table in found if not table.cells.empty]


def images_note(robustness):
    """Return how many images each set has: one that was made with `--limit` has fewer than the paper's."""
    images = {}
    for row in robustness.rows:
        for name, cell in row.cells.items():
            whole = name.partition('/')[0]
            images.setdefault(whole if whole in FOLDERS else name, set()).add(cell['images'])
    counts = [f'{TITLES.get(name, name)} {extent(found)}{" a folder" if name in FOLDERS else ""}'
              for name, found in images.items()]
    return f'Images: {", ".join(counts)}.'


def pairs_note(pairs):
    """Return over how many pairs of runs the differences are means."""
    return f'Pairs of runs with the same network and seed: {extent(pairs)} a method.' if len(pairs) else ''


def values(robustness, numbers):
    """Return means and deviations of `numbers(row)`, indexed by label."""
    mean, std, _ = robustness.summary(numbers)
    return texts(mean, std).droplevel('source').rename(index=robustness.names()).rename_axis('method')


def published(method, numbers, columns, form):
    """Return a line of the paper's."""
    cells = [text(numbers.get(column), form=form) for column in columns]
    return pd.DataFrame([cells], index=[f'{method} (published)'], columns=columns, dtype=object)


def summary_table(robustness, imagenet):
    """Return Table 1, and Table 7 where a branch was forced."""
    rows = in_order(values(robustness, RobustnessRow.summary))
    if imagenet and any(column in paper.SETS for column in rows):
        forced = any(row.branch != PAPER for row in robustness.rows)
        rows = pd.concat([rows, *(published(method, numbers, rows.columns, '{:.1f}') for method, numbers in
                                  {**paper.TABLE_1, **(paper.TABLE_7 if forced else {})}.items())])
    return titled(rows, imagenet)


def gain_table(robustness, gains, imagenet):
    """Return what each method has more than the control, given `Robustness.control_gains`."""
    mean, std, _ = gains
    return titled(in_order(texts(mean, std, '{:+.1f}').droplevel('source').rename(index=robustness.names())), imagenet)


def in_order(rows):
    """Return the columns of one number a set, those of the paper first."""
    known = [name for each in PAPER_SETS for name in rows if name == each.name or name.startswith(f'{each.name} (')]
    return rows[[*known, *rows.columns.difference(known, sort=False)]]


def titled(rows, imagenet):
    error = 'mCE' if imagenet else TITLES[IMAGENET_C]
    whole = {**TITLES, IMAGENET_C: f'{error} ↓'}
    return rows.rename(columns=lambda name: whole.get(name) or title_of_part(name)).rename_axis('method')


def title_of_part(name):
    """Return the title of a set that has none of its own, such as a part: 'Instagram (2 of 20 filters)'."""
    if name.startswith(f'{IMAGENET_C} ('):
        return f'{TITLES[IMAGENET_C]}{name.removeprefix(IMAGENET_C)[:-1]} sets) ↓'
    if name.startswith(f'{INSTAGRAM} ('):
        return f'{TITLES[INSTAGRAM]}{name.removeprefix(INSTAGRAM)[:-1]} filters)'
    return name


def sets_table(robustness, imagenet):
    """Return both accuracies of the sets that are one folder each, and Table 8 where one is ImageNet-AdvBN."""
    top1, top5 = (values(robustness, lambda row, key=key: row.sets(key)) for key in ('top1', 'top5'))
    rows = top1 + ' / ' + top5
    if imagenet and 'advbn' in rows:
        theirs = {f'{method} (paper)': {name: ' / '.join(map(text, accuracies)) for name, accuracies in sets.items()}
                  for method, sets in paper.TABLE_8.items()}
        rows = pd.concat([rows, pd.DataFrame(theirs).T.reindex(columns=rows.columns, fill_value=text(None))])
    return rows.rename(columns=TITLES).rename_axis('method')


def transposed(robustness, numbers, name, reference=()):
    """Return Table 4 or 5: methods side by side, the paper's last."""
    rows = values(robustness, numbers)
    if not rows.empty:
        rows = pd.concat([rows, *(published(method, reference[method], rows.columns, '{:g}') for method in reference)])
    return rows.T.rename_axis(name)


def by_severity():
    """Return the paper's Table 5 with the columns of `RobustnessRow.severities`."""
    return {method: {f'{name} {severity}': error for name, errors in table.items()
                     for severity, error in enumerate(errors, start=1)} for method, table in paper.TABLE_5.items()}


def choice_table(robustness):
    names = dict(sets='sets where branches differ', right='batches through the better one (%)', main='mean top-1: main',
                 aux='aux', auto='auto', best='better branch of each set')
    return robustness.choices().map(text).rename(index=robustness.names(), columns=names).rename_axis('method')


def robustness_page(robustness):
    """Return the content of the page: see `page_lines`."""
    frame = robustness.frame(RobustnessRow.summary)
    names = list(in_order(frame[frame.columns[len(NAMES):]]))
    imagenet = any(row.is_imagenet for row in robustness.rows)
    titles = titled(pd.DataFrame(columns=names), imagenet).columns
    columns = [dict(name=name, group='', label=title, lower=is_error(name)) for name, title in zip(names, titles)]
    table = tables(robustness)[0]
    return dict(title='Robustness of classifiers', subtitle=table.title, unit='top-1 accuracy (%)', range='column',
                columns=columns, references=references(robustness), part='What is behind this number (%)', classes=[],
                examples=[], changes=[], images=[], limits=[], lines=page_lines(robustness, frame, names, parts),
                trainings=page_trainings(robustness), findings=robustness_findings(robustness),
                terms=explained(table), about=about(robustness))


def parts(row, name):
    """Return what a set's number consists of: errors by severity, accuracies by filter, or both accuracies."""
    if name == IMAGENET_C:
        return row.severities()
    if is_error(name):
        return {folder: 100 - top1 for folder, top1 in row.folders(IMAGENET_C).items()}
    if name in row.cells:
        return {key: row.cells[name][key] for key in ('top1', 'top5')}
    return row.filters() if name.startswith(INSTAGRAM) else {}
