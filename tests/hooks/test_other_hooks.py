import torch

from tests.tiny import runner

FROZEN = dict(type='advbn_seg.hooks.FrozenPrefixHook', layer='backbone.layer1')
CHANNELS_LAST = dict(type='advbn_seg.hooks.ChannelsLastHook')


def test_the_frozen_prefix_does_not_move_and_the_rest_does(tmp_path):
    runner(tmp_path, hooks=[FROZEN]).train()
    before, after = (torch.load(tmp_path / f'epoch_{epoch}.pth', weights_only=False)['state_dict'] for epoch in (1, 2))
    still = {name for name in before if torch.equal(before[name], after[name])}
    prefix = {name for name in before if name.startswith(('backbone.conv1', 'backbone.bn1', 'backbone.layer1'))}
    assert len(prefix) > 10 and prefix <= still
    assert not any(name.endswith(('conv1.weight', 'running_mean')) for name in still - prefix)


def test_a_frozen_prefix_that_no_checkpoint_has_filled_is_told(tmp_path):
    def log(name, **changes):
        runner(tmp_path / name, epochs=1, hooks=[FROZEN], log_level='INFO', **changes).train()
        path, = (tmp_path / name).glob('*/*.log')
        return path.read_text()

    told = 'No checkpoint was loaded, so what runs up to backbone.layer1 stays as it was initialised: name your'
    assert told in log('scratch')
    assert told not in log('fine', load_from=str(tmp_path / 'scratch' / 'epoch_1.pth'))


def test_of_several_perturbed_layers_the_prefix_ends_at_the_first(tmp_path):
    run = runner(tmp_path, epochs=1, hooks=[dict(FROZEN, layer=None)],
                 perturbed_layer=['backbone.maxpool', 'backbone.layer1'])
    run.train()
    trained = [parameter.requires_grad for part in (run.model.backbone.conv1, run.model.backbone.layer1)
               for parameter in part.parameters()]
    assert trained[0] is False and all(trained[1:])


def test_weights_and_features_become_channels_last(tmp_path):
    run = runner(tmp_path, epochs=1, hooks=[CHANNELS_LAST])
    run.train()
    assert run.model.backbone.layer2[0].conv1.weight.is_contiguous(memory_format=torch.channels_last)
    feature = run.model.backbone(torch.zeros(1, 3, 32, 32))[0]
    assert feature.is_contiguous(memory_format=torch.channels_last)
