"""JSON files: what was saved is loaded, and whatever else a file holds is one sentence."""
import copy
import json
import sys

import pytest

from advbn_seg.errors import UserError
from advbn_seg.evaluation.classification.robustness import Robustness
from advbn_seg.evaluation.segmentation.matrix import CrossDomainMatrix
from advbn_seg.reports.matrix import matrix_report
from advbn_seg.reports.robustness import robustness_report
from advbn_seg.reports.tables import as_markdown

CELL = dict(images=9, versions=dict(torch='2'), branch='main', data='d', settings='s')
ROW = dict(method='advbn', branch='main', seed=0, sha256='a')
MATRIX = dict(benchmark='tiny', classes=['road', 'car'], targets=['nyc/dawn', 'nyc/fog'], rows=[
    dict(ROW, source='nyc/fog', run='run', checkpoint='last.pth',
         cells={'nyc/dawn': dict(CELL, miou=40.5, iou=[41.0, None]), 'nyc/fog': dict(CELL, miou=None, iou=[1, 2])})])
ROBUSTNESS = dict(rows=[
    dict(ROW, branch='auto', checkpoint='a.pth', classes=10, versions=[dict(torch='2')], cells={
        'imagenet': dict(CELL, top1=70.5, top5=90, aux_share=0.5), 'instagram/rise': dict(CELL, top1=60, top5=90)})])
KINDS = {'matrix': (CrossDomainMatrix, matrix_report, MATRIX),
         'robustness': (Robustness, robustness_report, ROBUSTNESS)}
WRONG = ('x', '', None, True, -1, 1.5, 101, 10**30, 1e308, float('nan'), float('-inf'), [], {}, [[]], [{}], ['x'],
         {'x': 1}, '\ud800', '\x1b[31m$\\input{x}|`<script>', [None, 'road'])


def places(value, path=()):
    """The path of each value in a tree of dicts and lists."""
    yield path
    for key, each in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(each, (*path, key))


def parent_of(content, path):
    for key in path[:-1]:
        content = content[key]
    return content


def forged(content):
    """Each value in turn is another, is missing, and has a sibling that nobody knows."""
    for path in places(content):
        for wrong in WRONG:
            other = copy.deepcopy(content)
            if path:
                parent_of(other, path)[path[-1]] = wrong
            yield path, (other if path else wrong)
        if path:
            other = copy.deepcopy(content)
            del parent_of(other, path)[path[-1]]
            yield path, other
            other = copy.deepcopy(content)
            parent = parent_of(other, path)
            parent.update(unknown=1) if isinstance(parent, dict) else parent.append({})
            yield path, other


@pytest.mark.slow
@pytest.mark.parametrize('name', KINDS)
def test_a_forged_file_is_one_sentence_or_what_it_says(name, tmp_path):
    kind, report, content = KINDS[name]
    file, refused, loaded = tmp_path / 'forged.json', 0, 0
    for path, other in forged(content):
        file.write_text(json.dumps(other))
        try:
            results = kind.load(file)
            shown = report(results) if results.rows else None
        except UserError as error:
            refused += 1
            sentence = str(error)
            assert sentence.startswith(f'{file} is no {name}.json of this tool: ') and sentence.isprintable(), path
        else:
            loaded += 1
            if shown and shown.tables:  # else nothing was measured
                assert as_markdown(shown.tables)
    assert refused > 500 and loaded > 30


@pytest.mark.parametrize('path, value, says', [
    (('rows', 0, 'cells', 'nyc/dawn', 'miou'), 'x',
     "matrix.json.rows[0].cells['nyc/dawn'].miou is 'x', a number was expected"),
    (('rows', 0, 'cells', 'nyc/dawn', 'miou'), float('nan'), "miou is nan, a number was expected"),
    (('rows', 0, 'cells', 'nyc/dawn', 'miou'), 101, 'miou is 101, a number from 0 to 100 was expected'),
    (('rows', 0, 'cells', 'nyc/dawn', 'images'), True, 'images is True, a whole number was expected'),
    (('rows', 0, 'cells', 'nyc/dawn', 'iou'), [1], "row 'run', cell 'nyc/dawn': 1 IoU for 2 classes"),
    (('rows', 0, 'cells', 'elsewhere'), dict(CELL, miou=1, iou=[1, 1]), "cell 'elsewhere': there is no such target"),
    (('rows', 0, 'cells', 'nyc/dawn', 'miou'), 10 ** 310, 'miou is 1000'),
    (('rows', 0, 'seed'), 'x', 'rows[0].seed is \'x\', a whole number was expected'),
    (('rows', 0, 'best'), 1, "rows[0] has the unknown key 'best', expected method, source, branch, seed, run"),
    (('targets',), [{}, []], 'targets[0] is {}, a string was expected'),
    (('targets',), ['seed'], "the name 'seed' is given to two classes, targets or other columns"),
    (('targets',), ['runs'], "the name 'runs' is given to two classes, targets or other columns"),
    (('classes',), ['car', 'car'], "the name 'IoU car' is given to two classes"),
])
def test_the_sentence_names_the_value_and_what_to_do(tmp_path, path, value, says):
    content = copy.deepcopy(MATRIX)
    parent_of(content, path)[path[-1]] = value
    (tmp_path / 'matrix.json').write_text(json.dumps(content))
    with pytest.raises(UserError) as error:
        CrossDomainMatrix.load(tmp_path / 'matrix.json')
    assert says in str(error.value)
    assert str(error.value).endswith('; give another file, or delete it to measure anew')


@pytest.mark.parametrize('text', [b'', b'not json', b'[]', b'null', b'{"rows": []', b'{"rows": 3}', b'\xff\xfe',
                                  b'[' * 100_000, b'{"rows": [' + b'1' * 5000 + b']}', b'NaN'])
@pytest.mark.parametrize('kind', [CrossDomainMatrix, Robustness])
def test_a_file_that_is_something_else(kind, tmp_path, text):
    (tmp_path / 'file.json').write_bytes(text)
    with pytest.raises(UserError, match=f'file.json is no {kind.file} of this tool: .*; give another file'):
        kind.load(tmp_path / 'file.json')
    with pytest.raises(UserError, match=f'is no {kind.file} of this tool: .*[Dd]irectory'):
        kind.load(tmp_path)
    with pytest.raises(UserError, match=f'nowhere.json does not exist; give a {kind.file} that this tool has written'):
        kind.load(tmp_path / 'nowhere.json')


@pytest.mark.parametrize('name', KINDS)
def test_what_was_saved_is_loaded(name, tmp_path):
    kind, _, content = KINDS[name]
    (tmp_path / 'a.json').write_text(json.dumps(content))
    results = kind.load(tmp_path / 'a.json')
    results.save(tmp_path / 'b.json')
    assert kind.load(tmp_path / 'b.json') == results
    assert json.loads((tmp_path / 'b.json').read_text()) == content


def test_a_seed_may_be_any_that_python_draws(tmp_path):
    content = copy.deepcopy(MATRIX)
    content['rows'][0]['seed'] = sys.maxsize
    content['rows'].append(dict(content['rows'][0], seed=None, run='other'))
    (tmp_path / 'matrix.json').write_text(json.dumps(content))
    assert CrossDomainMatrix.load(tmp_path / 'matrix.json').frame().seed.tolist()[0] == sys.maxsize


def test_two_rows_of_one_training_and_branch_are_refused(tmp_path):
    (tmp_path / 'matrix.json').write_text(json.dumps(dict(MATRIX, rows=[MATRIX['rows'][0]] * 2)))
    with pytest.raises(UserError, match="two rows are of 'run' through the norms 'main'; give another file, or delete"):
        CrossDomainMatrix.load(tmp_path / 'matrix.json')
