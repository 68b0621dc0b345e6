import subprocess
import sys

import pytest
import torch

pytestmark = pytest.mark.ddp


@pytest.fixture(scope='module')
def results(tmp_path_factory):
    """{number of processes: [results of each of them]}, of the same global batches."""
    out = tmp_path_factory.mktemp('ranks') / 'results'
    subprocess.run([sys.executable, '-m', 'tests.adversarial.train_on_ranks', out], check=True)
    return torch.load(out)


@pytest.mark.parametrize('ranks', [2, 4])
def test_the_number_of_processes_does_not_change_the_result(results, ranks):
    deltas, weights = results[1][0]['together']
    for rank in results[ranks]:
        assert torch.equal(rank['together'][0], deltas)
        torch.testing.assert_close(rank['together'][1], weights, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize('ranks', [2, 4])
@pytest.mark.parametrize('which', ['per_image', 'drawn'])
def test_each_image_has_the_deltas_that_it_has_in_one_process(results, ranks, which):
    deltas, weights = results[1][0][which]
    for number, rank in enumerate(results[ranks]):
        assert torch.equal(rank[which][0], deltas[:, :, number::ranks])
        torch.testing.assert_close(rank[which][1], weights, rtol=1e-4, atol=1e-6)
    assert (deltas[:, :, 0] != deltas[:, :, 1]).any()


@pytest.mark.parametrize('ranks', [2, 4])
def test_each_image_has_the_noise_on_pixels_that_it_has_in_one_process(results, ranks):
    whole, = results[1][0]['noise']
    for number, rank in enumerate(results[ranks]):
        assert torch.equal(rank['noise'][0], whole[number::ranks])
    assert not torch.equal(whole[0], whole[1])


def test_a_random_start_is_the_same_in_all_processes(results):
    first, second = (rank['random'][0] for rank in results[2])
    assert torch.equal(first, second)
    assert len(first.unique()) > 10  # random indeed


def test_the_clean_loss_may_go_backward_first_under_ddp(results):
    _, weights = results[1][0]['together']
    for rank in [*results[1], *results[2], *results[4]]:
        torch.testing.assert_close(rank['clean_first'][1], weights, rtol=1e-4, atol=1e-6)


def test_options_of_ddp_that_cannot_count_several_passes_are_refused(results):
    for rank in results[2]:
        for option, said in rank['refused'].items():
            assert said == (f'DistributedDataParallel({option}=True) cannot count the several passes of a step: leave '
                            f'{option} out')
