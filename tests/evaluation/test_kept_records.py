"""The record of a training lies beside its results, and goes along where these are joined with others."""
import json

from advbn_seg.evaluation import measure, open_run
from advbn_seg.evaluation.kept_records import carry
from advbn_seg.evaluation.segmentation import SEGMENTATION
from advbn_seg.evaluation.segmentation.matrix import MatrixRow

RECORD = {'seconds': 61.5, 'finished': True}


def test_the_record_of_a_training_outlives_its_work_dir(make_run, tmp_path, call):
    folder = make_run(method='baseline')
    (folder / 'run.json').write_text(json.dumps(RECORD))
    log = folder / '20260101_000000/vis_data/scalars.json'
    log.parent.mkdir(parents=True)
    log.write_text('{"loss": 0.5, "step": 1, "epoch": 1}\n{"mIoU": 55.5, "step": 1}\n')
    other = make_run('other', seed=1, method='finetune')  # which advbn-seg experiments has not trained
    measure(SEGMENTATION, [open_run(folder), open_run(other)], tmp_path / 'a' / 'matrix.json')
    file, = (tmp_path / 'a' / 'runs').iterdir()
    kept = {**RECORD, 'validation': [[1, 55.5]]}
    assert json.loads(file.read_text()) == kept
    code, _, error = call('cross_domain_matrix.py', '--from-json', tmp_path / 'a' / 'matrix.json', '--out', 'b')
    assert code == 0, error
    assert json.loads((tmp_path / 'b' / 'runs' / file.name).read_text()) == kept


def test_a_row_from_elsewhere_names_no_other_file(tmp_path):
    (tmp_path / 'a' / 'runs').mkdir(parents=True)
    (tmp_path / 'secret.json').write_text(json.dumps(RECORD))
    carry(tmp_path / 'a', MatrixRow('advbn', 'nyc', 'main', 0, 'run', 'a.pth', '../../secret'), tmp_path / 'b')
    assert not (tmp_path / 'b').exists()
