import pytest
from mmengine.config import Config

from advbn_seg.reports.predictions import is_segmentation


@pytest.mark.parametrize('config, segments', [
    (dict(default_scope='mmseg', model={}), True), (dict(default_scope='mmpretrain', model={}), False),
    (dict(model=dict(decode_head={})), True), (dict(model=dict(head={})), False)])
def test_a_config_that_names_no_package_is_known_by_its_model(config, segments):
    assert is_segmentation(Config(config)) == segments
