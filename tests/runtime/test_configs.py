import json

import pytest
import yaml
from mmengine.config import Config

from advbn_seg.errors import UserError
from advbn_seg.runtime.configs import config_from_file
from tests import tiny
from tests.lab import Lab


def test_configs_of_mmseg_are_inherited_by_their_usual_name(tmp_path):
    path = tmp_path / 'own.py'
    path.write_text("_base_ = ['mmseg::_base_/models/segformer_mit-b0.py']\n")
    assert config_from_file(path).model.type == 'EncoderDecoder'


@pytest.mark.parametrize('suffix', ['py', 'json', 'yaml', 'yml'])
def test_all_formats_hold_the_same(tmp_path, suffix):
    cfg = tiny.config(tmp_path)
    cfg.dump(tmp_path / f'config.{suffix.replace("yml", "yaml")}')
    if suffix == 'yml':
        (tmp_path / 'config.yaml').rename(tmp_path / 'config.yml')
    read = config_from_file(tmp_path / f'config.{suffix}')
    assert json.dumps(read.to_dict(), sort_keys=True) == json.dumps(cfg.to_dict(), sort_keys=True)
    assert read.filename == str(tmp_path / f'config.{suffix}') and read.model.backbone.depth == 18
    if suffix != 'json':
        assert read.model.backbone.strides == (1, 2, 1)


@pytest.mark.parametrize('tag', ['!!python/object/apply:os.system ["touch {}"]',
                                 '!!python/object/new:os.system ["touch {}"]', '!!python/name:os.system',
                                 '!!python/module:os', '!mine 1'])
def test_a_tag_runs_nothing(tmp_path, tag):
    writes = tmp_path / 'the_code_ran'
    (tmp_path / 'a.yaml').write_text(f'model: {tag.format(writes)}\n')
    with pytest.raises(UserError, match='a.yaml cannot be read: could not determine a constructor for the tag'):
        config_from_file(tmp_path / 'a.yaml')
    assert not writes.exists()
    if 'apply' in tag:  # as mmengine alone does
        Config.fromfile(tmp_path / 'a.yaml')
        assert writes.exists()


@pytest.mark.parametrize('name, text, says', [
    ('a.json', '{"_base_": "evil.py"}', "has the key '_base_', which only a config in Python may have"),
    ('a.yaml', '_base_: evil.py', "has the key '_base_'"), ('a.json', '[1]', 'holds a list, but a mapping'),
    ('a.yaml', '', 'holds a NoneType, but a mapping'), ('a.yaml', '1: 2', 'but a mapping from names'),
    ('a.json', '{"a"', 'cannot be read: Expecting'), ('a.yaml', 'a: [', 'cannot be read: while parsing'),
    ('a.json', '[' * 100000, 'cannot be read: '), ('a.json', b'\xff\xfe', 'cannot be read: ')])
def test_data_that_is_no_config_is_one_sentence(tmp_path, name, text, says):
    (tmp_path / 'evil.py').write_text(f'open({str(tmp_path / "the_code_ran")!r}, "w")')
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UserError, match=says) as raised:
        config_from_file(tmp_path / name)
    assert '\n' not in str(raised.value) and not (tmp_path / 'the_code_ran').exists()


@pytest.mark.parametrize('tool', ['train', 'test', 'convert_checkpoint'])
def test_no_tool_runs_a_tag(tmp_path, tool):
    lab = Lab(tmp_path)
    lab.config = tmp_path / 'config.yaml'
    lab.config.write_text(f'model: !!python/object/apply:os.system ["touch {tmp_path}/the_code_ran"]\n')
    arguments = ['--config', lab.config] if tool == 'convert_checkpoint' else []
    status, said = lab.start(tool, *arguments)
    assert status == 2 and 'config.yaml cannot be read: could not determine a constructor' in said, said
    assert not (tmp_path / 'the_code_ran').exists()


def test_the_modules_that_data_names_are_imported(tmp_path):
    (tmp_path / 'a.yaml').write_text(yaml.safe_dump(dict(custom_imports=dict(imports=['no_such_module_of_mine']))))
    with pytest.raises(ImportError, match='no_such_module_of_mine'):
        config_from_file(tmp_path / 'a.yaml')
    assert config_from_file(tmp_path / 'a.yaml', import_custom_modules=False).custom_imports
