"""Reading a work dir: what a row is called, and what is missing is said in one sentence."""
import pytest
from mmengine.config import Config

from advbn_seg.errors import UserError
from advbn_seg.evaluation import open_run, open_runs
from advbn_seg.evaluation.segmentation.domains import source_domain, target_domains


def test_names_come_from_the_config(make_run):
    run = open_run(make_run(source='highway/fog', seed=3, method='finetune'))
    assert (run.method, source_domain(run), run.seed) == ('finetune', 'highway/fog', 3)
    assert run.checkpoint.name == 'epoch_1.pth'  # found in the folder, though it was trained elsewhere
    assert [domain.name for domain in target_domains(run)] == ['nyc/dawn', 'nyc/fog', 'highway/fog']


def test_a_run_behind_a_link_is_called_by_the_path_that_leads_there(make_run, tmp_path, monkeypatch):
    folder = make_run()
    (tmp_path / 'here').mkdir()
    (tmp_path / 'here/work_dirs').symlink_to(folder.parent)
    monkeypatch.chdir(tmp_path / 'here')
    assert open_run(f'work_dirs/{folder.name}').name == f'work_dirs/{folder.name}'
    assert open_run(tmp_path / f'here/../here/work_dirs/{folder.name}').name == str(folder.resolve())
    assert open_run(folder).name == str(folder.resolve())


def test_the_config_name_is_the_method_where_none_is_given(make_run):
    assert open_run(make_run()).method == 'tiny_config'


def test_a_wrapped_training_dataset_and_a_named_source(make_run):
    run = make_run()
    with open(run / 'tiny_config.py', 'a') as config:
        config.write("\ntrain_dataloader['dataset'] = dict(type='RepeatDataset', dataset=train_dataloader['dataset'])")
    assert source_domain(open_run(run)) == 'nyc/dawn'
    assert source_domain(open_run(run, cfg_options=dict(source_domain='games'))) == 'games'
    with pytest.raises(UserError, match="source_domain is 'NYC_dawn', but its domain is called 'nyc/dawn': spell both"):
        source_domain(open_run(run, cfg_options=dict(source_domain='NYC_dawn')))


def test_a_training_dataset_that_knows_its_domain(make_run):
    domains = [dict(name='day', dataset=dict(indices=2)), dict(name='dusk', dataset=dict(indices=1))]
    train = {'train_dataloader.dataset.metainfo': dict(domain='dusk')}
    assert source_domain(open_run(make_run(), cfg_options=dict(domains=domains, **train))) == 'dusk'


def test_the_branch_goes_to_every_advbn_hook(make_run):
    hooks = [dict(type='EMAHook'), dict(type='TinyAdvBNHook', norm_branch='aux')]
    run = make_run(custom_hooks=hooks)
    assert open_run(run).cfg.custom_hooks == [hooks[0], dict(type='TinyAdvBNHook', norm_branch='main')]
    assert open_run(run, 'aux').cfg.custom_hooks[1].norm_branch == 'aux'


@pytest.mark.parametrize('suffix', ['.json', '.yaml', '.yml'])
def test_a_config_may_be_data(make_run, suffix):
    run = make_run(seed=3)
    expected = open_run(run).cfg.to_dict()
    (run / 'run.json').write_text('{"method": "advbn", "finished": true}')
    Config.fromfile(run / 'tiny_config.py').dump(run / f'own{suffix}')
    with pytest.raises(UserError, match=f'found own{suffix}, tiny_config.py'):
        open_run(run)
    (run / 'tiny_config.py').unlink()
    assert open_run(run).cfg.to_dict() == expected and open_run(run).seed == 3
    of_two, = open_runs([run / f'own{suffix}', run / 'epoch_1.pth'], ['main'])
    assert of_two.method == open_run(run).method == 'own'


def remove(name):
    return lambda run: (run / name).unlink()


@pytest.mark.parametrize('harm, options, message', [
    (lambda run: run.rename(run.parent / 'gone'), {}, 'no such folder'),
    (remove('last_checkpoint'), {}, 'no last_checkpoint was found'),
    (remove('epoch_1.pth'), {}, "names the checkpoint '.*epoch_1.pth', which is neither there nor beside it"),
    (remove('tiny_config.py'), {}, 'one config was expected, .* found none'),
    (lambda run: (run / 'b.py').touch(), {}, 'found b.py, tiny_config.py'),
    (lambda run: (run / 'tiny_config.py').write_text('model ='), {}, 'tiny_config.py: the config cannot be read'),
    (lambda run: (run / 'tiny_config.py').write_text('a = 1'), {}, 'lacks model, train_dataloader, test_dataloader'),
    (None, dict(norm_branch='aux'), 'has no hook such as AdvBNHook'),
    (None, dict(cfg_options=dict(domains=['nyc/dawn'])), r"tiny_config.py: domains\[0\] is 'nyc/dawn', a dict was"),
    (None, dict(cfg_options=dict(domains=[dict(name='a', dataset={})] * 2)), 'each name once'),
    (None, dict(cfg_options=dict(domains=[dict(name='a', dataset=dict(scene='b'))])), 'is of none of .*source_domain'),
])
def test_what_is_wrong_is_said_in_one_sentence(make_run, harm, options, message):
    run = make_run()
    if harm:
        harm(run)
    with pytest.raises(UserError, match=message) as error:
        source_domain(open_run(run, **options))
    assert '\n' not in str(error.value)


def test_a_file_of_domains_may_name_the_source(make_run, tmp_path):
    (tmp_path / 'file.py').write_text("domains = [dict(name='dusk', dataset=dict(indices=1))]\nsource_domain = 'day'")
    run = open_run(make_run(), domains=tmp_path / 'file.py')
    assert source_domain(run) == 'day' and [each.name for each in target_domains(run)] == ['dusk']


@pytest.mark.parametrize('entry, message', [
    ("dict(name='a', data=dict())", r"file.py: domains\[0\] has the unknown key 'data', expected name, dataset"),
    ("dict(name='a')", r"file.py: domains\[0\] lacks the key 'dataset'"),
    ("dict(name='a', dataset=3)", r'file.py: domains\[0\].dataset is 3, a dict was expected')])
def test_a_file_of_domains_with_a_mistake(make_run, tmp_path, entry, message):
    (tmp_path / 'file.py').write_text(f'domains = [{entry}]')
    with pytest.raises(UserError, match=message):
        target_domains(open_run(make_run(), domains=tmp_path / 'file.py'))


def test_a_config_and_its_checkpoint_are_one_run(make_run):
    folder = make_run()
    run, = open_runs([folder / 'tiny_config.py', folder / 'epoch_1.pth'], ['main'])
    assert run.sha256 == open_run(folder).sha256 and run.name == 'run/epoch_1.pth'
    with pytest.raises(UserError, match='tiny_config.py is taken for a config, after which .* expected, found 0'):
        open_runs([folder / 'tiny_config.py'], ['main'])


def test_each_run_with_each_branch(make_run):
    hooks = [dict(type='TinyAdvBNHook')]
    folders = make_run('a', custom_hooks=hooks), make_run('b', custom_hooks=hooks)
    runs = open_runs([*folders, folders[0]], ['main', 'aux'])
    assert [(run.name, run.branch) for run in runs] == [('a', 'main'), ('b', 'main'), ('a', 'aux'), ('b', 'aux')]


def test_several_branches_are_those_that_each_run_has(make_run):
    advbn = make_run('advbn', custom_hooks=[dict(type='TinyAdvBNHook')])
    plain = make_run('plain')
    runs = open_runs([plain, advbn], ['main', 'aux'])
    assert [(run.name, run.branch) for run in runs] == [('plain', 'main'), ('advbn', 'main'), ('advbn', 'aux')]
    assert [(run.name, run.branch) for run in open_runs([plain, advbn], ['aux', 'main'])] == [
        (run.name, run.branch) for run in runs]
    with pytest.raises(UserError, match='no hook such as AdvBNHook'):
        open_runs([plain], ['main', 'aux'])


@pytest.mark.parametrize('text, message', [
    ("source_domian = 'day'", "file.py: the key 'source_domian' was found, where only domains and source_domain are"),
    ('pipeline = []', "file.py: the key 'pipeline' was found, .* begin the name of a variable .* two underscores")])
def test_a_file_of_domains_with_another_key(make_run, tmp_path, text, message):
    (tmp_path / 'file.py').write_text(f'domains = []\n{text}')
    with pytest.raises(UserError, match=message):
        open_run(make_run(), domains=tmp_path / 'file.py')


@pytest.mark.parametrize('text', ['__own = 1', 'def own(): pass', "model = dict(type='X')\nother = 1"])
def test_a_file_of_domains_may_have_variables_or_be_a_whole_config(make_run, tmp_path, text):
    (tmp_path / 'file.py').write_text(f"{text}\ndomains = [dict(name='day', dataset=dict())]")
    assert [each.name for each in target_domains(open_run(make_run(), domains=tmp_path / 'file.py'))] == ['day']
