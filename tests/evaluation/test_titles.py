"""What readers call a method: its config says, a row keeps it, and files from before have a table."""
import json
from pathlib import Path

import pytest
from mmengine.config import Config

from advbn_seg.evaluation.runs import open_run
from advbn_seg.evaluation.segmentation.matrix import CrossDomainMatrix
from advbn_seg.evaluation.titles import EARLIER

from .segmentation.test_matrix import matrix_of, row

METHODS = [path for path in sorted((Path(__file__).parents[2] / 'configs' / 'methods').glob('*.py'))
           if path.stem != 'baseline']  # which is called so


@pytest.mark.parametrize('path', METHODS, ids=lambda path: path.stem)
def test_every_method_has_a_title_and_the_same_as_before(path):
    title = Config.fromfile(path).titles[path.stem]
    assert title == EARLIER.get(path.stem, title)


def test_names_have_title_branch_and_what_tells_runs_apart():
    rows = [row('mine', [1] * 10), row('mine', [2] * 10, branch='aux'), row('mine', [3] * 10, run='elsewhere'),
            row('advbn', [4] * 10, branch='aux')]
    rows[0].title = 'My method'
    names = matrix_of(*rows).names()
    assert names['mine (aux)'] == 'My method, aux' and names['mine [elsewhere]'] == 'My method [elsewhere]'
    assert names['advbn (aux)'] == 'AdvBN (paper), aux' and names['advbn (paper)'] == 'AdvBN (published)'


def test_a_file_has_a_title_where_there_is_one(tmp_path):
    matrix = matrix_of(row('mine', [1] * 10), row('advbn', [4] * 10))
    matrix.rows[0].title = 'My method'
    matrix.save(tmp_path / 'matrix.json')
    assert [each.get('title') for each in json.loads((tmp_path / 'matrix.json').read_text())['rows']] == [
        'My method', None]
    assert [each.title for each in CrossDomainMatrix.load(tmp_path / 'matrix.json').rows] == ['My method', '']


def test_a_config_that_inherits_a_title_and_has_another_method_is_called_by_its_id(make_run):
    titles = dict(advbn='AdvBN (paper)')
    assert open_run(make_run('a', method='advbn', titles=titles)).title == 'AdvBN (paper)'
    assert open_run(make_run('b', method='other', titles=titles)).title == ''


def test_runs_are_told_apart_by_the_end_of_their_place():
    rows = [row('advbn', [1] * 10, run=f'work/{name}') for name in ('a/seed0', 'b/seed0', 'b/seed0_eps0.1')]
    assert list(matrix_of(*rows).names().values())[-3:] == [
        'AdvBN (paper) [a/seed0]', 'AdvBN (paper) [b/seed0]', 'AdvBN (paper) [seed0_eps0.1]']
