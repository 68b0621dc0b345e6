"""README.md and docs/ have the numbers of results/, and name what is there."""
import re
from itertools import product
from pathlib import Path

import pytest

from advbn_seg.experiments.methods import with_method
from docs.fillers import candidates, choices, computing, gains, interval, means, overview, ranks, table_3
from docs.fillers.computing import compute, forecasts, hours, operations, records
from docs.fillers.tables import lines
from docs.generate import filled, pages

ROOT = Path(__file__).parents[1]
RESULTS = [ROOT / 'docs/results.md', *sorted(ROOT.glob('docs/results/*.md'))]


def text_of(path):
    return (ROOT / path).read_text(encoding='utf-8')


@pytest.mark.parametrize('path', pages(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_numbers_are_those_of_the_results(path):
    assert filled(text_of(path)) == text_of(path), f'{path.name} is out of date: run python -m docs.generate'


def test_a_number_that_was_changed_by_hand_is_put_back():
    text = text_of('docs/recipe.md')
    mark = '<!-- gain mini_synthia_standard mean advbn_per_image_noise -->+1.1<!-- end -->'
    assert mark in text
    assert filled(text.replace(mark, mark.replace('+1.1', '+9.1'))) == text


def test_numbers_of_a_table():
    assert interval('labelmefacade', 'boston', 'advbn_per_image_single') == '+2.2 (+1.3 to +3.0)'
    assert interval('labelmefacade', 'boston', 'advbn', 'same scene') == '–'
    assert '| 3 | 49.5 ± 0.4 | 33.2 ± 0.4 | – | – |' in means('mini_synthia')
    best = candidates().splitlines()[2]
    assert best.endswith('| +5.0 | -0.0 |')
    assert '| deltas of each image | +0.7 ± 0.2 |' in choices()


def rows_of(text):
    """Return the heads and rows of a Markdown table as dicts."""
    heads, _, *rows = ([cell.strip() for cell in line.strip('|').split(' | ')] for line in text.splitlines())
    return [dict(zip(heads, row, strict=True)) for row in rows]


def test_tables_of_gains_have_the_control_first_and_then_the_most_unseen_gain():
    rows = rows_of(gains('streets'))
    for source in ('camvid/day', 'labelmefacade', 'mean of sources'):
        control, *others = (row for row in rows if row['source'] == source)
        assert control['method'] == 'fine-tune (no adversary)' and control['unseen'] == '–'
        points = [float(row['unseen'].split()[0]) for row in others]
        assert points == sorted(points, reverse=True) and len(points) > 5
    assert 'same scene' in rows[0] and 'same scene' not in gains('camvid_large'), 'all of CamVid is one scene'


def test_a_table_of_means_has_the_gains_over_another_method_beside():
    rows = {row['method']: row for row in rows_of(gains('labelmefacade_methods', 'mean', 'over_recipe'))}
    asa, recipe = rows['ASA'], rows['AdvBN (per image, two places)']
    assert recipe['unseen, over the recipe'] == '–' and 'source' not in asa
    assert asa['unseen, over the recipe'] == interval('labelmefacade_methods/over_recipe', 'mean', 'asa')
    assert asa['unseen'].removesuffix(' *') == interval('labelmefacade_methods', 'mean', 'asa')


def test_the_overview_has_each_benchmark():
    rows = {row['method']: row for row in rows_of(overview('in-domain'))}
    assert list(rows)[0] == 'fine-tune (no adversary)' and rows['fine-tune (no adversary)']['CamVid'].endswith(' mIoU')
    assert rows['AdvBN (paper)']['CamVid and LabelMeFacade'] == interval('streets', 'mean', 'advbn', 'in-domain')


@pytest.mark.parametrize('number, sources', [('2', 4), ('4', 8)])
def test_ranks_are_those_of_methods_that_all_benchmarks_have(number, sources):
    rows = [line.strip('| ').split(' | ') for line in ranks(number).splitlines()[2:]]
    methods = {row[0] for row in rows}
    assert 'AdvBN (paper)' in methods and 'AdvBN (per image, consistent)' not in methods
    assert ('pAdaIN' in methods) == (number == '2') and {len(row) for row in rows} == {sources + 2}
    for places in list(zip(*rows))[1:-1]:
        assert sorted(map(int, places)) == list(range(1, len(rows) + 1))
    assert [float(row[-1]) for row in rows] == sorted(float(row[-1]) for row in rows)


def test_table_3_has_the_papers_gains_and_ours_of_the_first_folder_that_has_a_method():
    rows = table_3(standard='mini_synthia_standard', short='mini_synthia_table3,mini_synthia').splitlines()
    assert '| AdvBN (paper) | +6.3 | +1.0 ± 0.3 | +1.5 ± 0.4 | +3.4 | +1.1 ± 0.1 | +1.2 ± 0.2 |' in rows
    assert '| AdvProp | +0.0 | – | +1.4 ± 0.1 | -2.9 | – | +1.2 ± 0.2 |' in rows
    assert any(row.startswith('| MoEx | +2.9 | – | +0.9') for row in rows)


def test_compute_is_that_of_a_training_and_of_what_it_starts_from():
    steps = {line['training'].removeprefix('labelmefacade_boston_'): int(line['steps']) * int(line['flops a step'])
             for line in lines('labelmefacade/forecast.csv')}
    ratio = (steps['baseline'] + steps['advbn']) / (steps['baseline'] + steps['finetune'])
    assert compute('labelmefacade', 'advbn (aux)') == f'{ratio:.1f}' > '1.5'
    assert compute('labelmefacade', 'finetune') == '1.0'
    assert compute('mini_synthia_standard', 'advbn_natural') == '–'  # its config is gone


def test_hours_are_at_the_rate_of_the_trainings_that_have_a_record():
    rows = rows_of(computing())
    each, total = rows[:-1], rows[-1]
    assert sum(int(row['trainings']) for row in each) == int(total['trainings'])
    assert int(total['trainings']) < sum(len({run['run'] for run in lines(f'{path.parent.name}/matrix.csv')})
                                         for path in Path('results').glob('*/matrix.csv'))  # some stand in several
    assert {row['benchmark']: row['operations, 10^15'] for row in each}['CamVid at 192x144'] == '–'  # none is counted
    assert 'camvid_large_dusk_advbn' not in forecasts()  # so that the other source stands for it
    assert operations('camvid_large_dusk_advbn') == operations('camvid_large_day_advbn') > 0
    own = sum(operations(each['name']) for each in records())
    assert hours(own) == pytest.approx(sum(each['seconds'] for each in records()) / 2 / 3600)


def test_numbers_that_are_not_there_are_an_error():
    with pytest.raises(KeyError):
        filled('<!-- gain labelmefacade mean nonsense -->+9.9<!-- end -->')


def test_every_folder_of_results_has_its_place():
    text = ''.join(path.read_text(encoding='utf-8') for path in RESULTS)
    folders = [path.name for path in (ROOT / 'results').iterdir() if path.is_dir()]
    missing = [name for name in folders if f'`results/{name}`' not in text]
    assert not missing, f'no page of docs/results says what made results/{missing[0]}'


def test_every_method_is_described():
    names = {name for cell in re.findall(r'^\| (.*?) \|', text_of('docs/segmentation.md'), re.M)
             for pattern in re.findall('`(.*?)`', cell) for name in expanded(pattern)}
    methods = {path.stem for path in (ROOT / 'configs/methods').glob('*.py')}
    assert methods <= names, f'docs/segmentation.md lacks {sorted(methods - names)}'


def expanded(pattern):
    """Return what a shell makes of braces: {a,b}_c is a_c and b_c."""
    parts = [part.strip('{}').split(',') for part in re.split(r'(\{.*?\})', pattern)]
    return [''.join(each) for each in product(*parts)]


def test_links_lead_to_files_that_are_there():
    texts = [*ROOT.glob('*.md'), *ROOT.glob('docs/**/*.md'), *ROOT.glob('data/*.md'), *ROOT.glob('results/*/README.md')]
    broken = [f'{path.relative_to(ROOT)}: {target}' for path in texts
              for target in re.findall(r'\]\(([^)#:\s]+)(?:#[^)]*)?\)', path.read_text(encoding='utf-8'))
              if not (path.parent / target).exists()]
    assert not broken, '\n'.join(broken)


def test_files_of_results_in_commands_are_there():
    named = {name for path in [*ROOT.glob('docs/**/*.md'), *ROOT.glob('results/*/README.md')]
             for name in re.findall(r' (results/[\w/.]+\.(?:json|csv|md))\b', path.read_text(encoding='utf-8'))}
    assert named and all((ROOT / name).exists() for name in named), named


def test_readme_is_one_page():
    assert len(text_of('README.md').splitlines()) <= 130


def test_the_mmseg_config_of_ones_own_takes_every_kind_of_method(tmp_path):
    text, = re.findall(r"```python\n(_base_ = 'mmseg::.*?)```", text_of('docs/your_data.md'), re.S)
    (tmp_path / 'my_baseline.py').write_text(text)
    recipe, random = (with_method(tmp_path / 'my_baseline.py', method) for method in ('advbn_two_places', 'np_plus'))
    assert (recipe.load_from, recipe.train_cfg.max_iters) == ('work_dirs/my_baseline/iter_80000.pth', 20000)
    assert (random.load_from, random.train_cfg.max_iters, random.param_scheduler[0].end) == (None, 100000, 100000)
