"""The table of gains: its cells, its note, its files."""
import pandas as pd

from advbn_seg.evaluation.segmentation.gains import Gains, matrix_gains
from advbn_seg.reports.gain_table import gain_document
from advbn_seg.reports.matrix import matrix_report
from advbn_seg.reports.tables import as_markdown

from ..evaluation.segmentation.test_matrix import matrix_of, row

GROUPS = ('in-domain', 'unseen', 'same scene', 'other scene')


def gains_of(seeds, clear, counted=True, dropped=()):
    """Return gains of 1 in-domain, 2 unseen and so on, each a half more or less."""
    lines = {}
    for label in ('finetune', 'advbn (aux)'):
        lines['nyc/dawn', label] = dict(
            seeds=float(seeds), mIoU=47.36, time=1.25, step=float('nan'), rank=1.5, clear=clear and label != 'finetune',
            p=0.002, **{'p Holm': 0.002 if counted and label != 'finetune' else float('nan')})
        known = counted or label == 'finetune'  # which has the interval 0 to 0 over itself
        for number, group in enumerate(GROUPS, 1):
            for name, value in (('gain', 0), ('low', -0.5), ('high', 0.5)):
                lines['nyc/dawn', label][f'{group} {name}'] = float(number + value if known or not value else 'nan')
    frame = pd.DataFrame.from_dict(lines, orient='index').rename_axis(['source', 'label'])
    return Gains('finetune', 1000, frame, list(dropped))


def shown(*arguments, **options):
    document = gain_document(gains_of(*arguments, **options), {})
    return as_markdown(document.tables)


def test_a_line_has_gains_intervals_and_a_star_where_it_is_earned():
    text = shown(3, True)
    assert '| nyc/dawn | finetune | 3 | 47.4 | – | – | – | – | 1.2 | – | 1.5 |' in text
    assert ('| nyc/dawn | advbn (aux) | 3 | 47.4 | +1.0 (+0.5 to +1.5) | +2.0 (+1.5 to +2.5) * | +3.0 (+2.5 to +3.5) | '
            '+4.0 (+3.5 to +4.5) | 1.2 | – | 1.5 |') in text
    assert '1000 resamples' in text and 'Holm (methods of a source: 1)' in text and 'one seed' not in text
    assert ' *' not in shown(3, False)


def test_the_note_says_what_is_missing():
    assert 'With one seed the interval is over images only' in shown(1, False)
    text = shown(3, False, counted=False, dropped=['advbn with seed 7 is left out.'])
    assert '| +2.0 |' in text and 'no intervals' in text and 'resamples' not in text
    assert 'advbn with seed 7 is left out.' in text
    alone = gains_of(3, False)
    alone.frame['p Holm'] = float('nan')  # as without an unseen domain
    text = as_markdown(gain_document(alone, {}).tables)
    assert '1000 resamples' in text and 'no intervals' not in text and 'Holm' not in text


def test_the_files_stand_beside_those_of_the_matrix(tmp_path):
    matrix = matrix_of(row('baseline', [10] * 10), row('finetune', [11] * 10), row('advbn', [13] * 10))
    files = matrix_report(matrix, gains=matrix_gains(matrix)).write(tmp_path)
    assert [file.name for file in files] == ['matrix.csv', 'matrix.md', 'matrix.tex', 'gains.csv', 'gains.md',
                                             'gains.tex', 'matrix.png', 'gains.png', 'report.html']
    table = pd.read_csv(tmp_path / 'gains.csv')
    assert table.label.tolist() == ['finetune', 'advbn'] and table['unseen gain'].tolist() == [0, 2]
    assert r'nyc/spring} & fine-tune (no adversary) & 1 & 11.0 & -- &' in (tmp_path / 'gains.tex').read_text()


def test_intervals_of_some_kind_of_domain_are_explained():
    gains = gains_of(3, False)
    gains.frame[['unseen gain', 'unseen low', 'unseen high']] = float('nan')
    text = as_markdown(gain_document(gains, {}).tables)
    assert '+1.0 (+0.5 to +1.5)' in text and '1000 resamples' in text and 'no intervals' not in text
