import pytest

from advbn_seg.errors import UserError
from advbn_seg.runtime import environment
from advbn_seg.runtime.environment import PACKAGES, check_environment
from tests.blocked import run_without

INSTALLED = {maintained for maintained, _ in PACKAGES.values()}


@pytest.fixture
def machine(monkeypatch):
    """machine(there, installed): a machine with these import names and these distributions."""
    def make(there=tuple(PACKAGES), installed=frozenset(INSTALLED)):
        monkeypatch.setattr(environment, 'find_spec', lambda name: object() if name in there else None)
        monkeypatch.setattr(environment, 'is_installed', lambda name: name in installed)

    return make


def test_a_machine_with_all_of_them_once_passes(machine):
    machine()
    assert check_environment(*PACKAGES) is None


def test_what_a_room_does_not_need_may_be_missing(machine):
    machine(there=['mmengine', 'mmcv', 'mmpretrain'])
    check_environment('mmengine', 'mmpretrain')
    with pytest.raises(UserError, match='needs packages .*; run: pip install onedl-mmsegmentation$'):
        check_environment('mmengine', 'mmseg')


def test_double_installs_are_named_also_of_what_is_not_needed(machine):
    machine(installed=INSTALLED | {'mmcv-lite'})
    with pytest.raises(UserError, match='mmcv is installed twice, by onedl-mmcv and by mmcv-lite.*pip uninstall -y'):
        check_environment('mmengine')


def test_the_originals_alone_pass(machine):
    machine(installed={'mmengine', 'mmcv'})
    check_environment('mmengine')


@pytest.mark.parametrize('room, package, says', [
    ('hooks', 'mmengine', 'pip install onedl-mmengine'), ('datasets', 'mmseg', 'pip install onedl-mmsegmentation')])
def test_a_room_names_what_it_lacks(room, package, says):
    code = f'''
import advbn_seg.errors
try:
    import advbn_seg.{room}
except advbn_seg.errors.UserError as error:
    print(error)
'''
    assert says in run_without([package], code)


def test_the_package_itself_checks_and_imports_nothing():
    code = "import advbn_seg; print(sorted(name for name in sys.modules if name.startswith(('advbn', 'torch', 'mm'))))"
    assert run_without([], code) == "['advbn_seg', 'advbn_seg.version']\n"
