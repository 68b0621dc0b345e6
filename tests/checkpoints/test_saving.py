import pytest
import torch

from advbn_seg.checkpoints.saving import save


def test_what_cannot_be_written_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / 'a.pth'
    save(dict(a=torch.ones(3)), path)
    assert torch.equal(torch.load(path)['a'], torch.ones(3))
    kept = path.read_bytes()
    with pytest.raises(Exception, match='pickle'):
        save(dict(a=lambda: 1), path)
    assert path.read_bytes() == kept and list(tmp_path.iterdir()) == [path]
