import pytest

from advbn_seg.errors import UserError
from advbn_seg.runtime import environment


def test_this_environment_is_fine():
    environment.check_environment()


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr(environment, 'find_spec', lambda name: None if name == 'mmseg' else object())
    with pytest.raises(UserError, match='^advbn_seg needs .*; run: pip install onedl-mmsegmentation$'):
        environment.check_environment()


def test_double_installs_are_named(monkeypatch):
    installed = {'onedl-mmcv', 'mmcv-lite'}
    monkeypatch.setattr(environment, 'is_installed', installed.__contains__)
    with pytest.raises(UserError, match='mmcv is installed twice, by onedl-mmcv and by mmcv-lite.*pip uninstall -y'):
        environment.check_environment()
