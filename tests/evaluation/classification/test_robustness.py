"""From cells to the numbers of the paper."""
from dataclasses import replace

import pytest

from advbn_seg.errors import UserError
from advbn_seg.evaluation.classification.corruption_error import ALEXNET_ERROR
from advbn_seg.evaluation.classification.robustness import Robustness, RobustnessRow, choice_quality
from advbn_seg.evaluation.classification.test_sets import TITLES, is_error
from advbn_seg.synthetic.corruptions import CORRUPTIONS, SEVERITIES
from advbn_seg.synthetic.filters import FILTERS


def row(method='advbn', branch='paper', seed=0, classes=1000, shift=0., aux_share=None):
    """Top-1 of 70 on ImageNet, 50 to 60 through filters, 10 * severity in error on ImageNet-C; less a shift."""
    cells = {'imagenet': 70, **{f'instagram/{name}': 50 + 10 * (index % 2) for index, name in enumerate(FILTERS)},
             'sketch': 30,
             **{f'imagenet-c/{name}/{severity}': 100 - 10 * severity
                for name in CORRUPTIONS for severity in SEVERITIES}}
    cells = {name: dict(images=9, top1=value - shift, top5=90, aux_share=aux_share) for name, value in cells.items()}
    return RobustnessRow(method, branch, seed, f'{method}{seed}.pth', f'hash of {method}{seed}', classes, cells)


def test_table_1():
    numbers = row().summary()
    mce = sum(30 / error for error in ALEXNET_ERROR.values()) / 15
    assert numbers == {'imagenet': 70, 'imagenet-c': pytest.approx(mce), 'instagram': 55, 'sketch': 30}


def test_sets_whose_names_begin_as_imagenet_c_or_have_a_slash():
    found = row()
    found.cells |= {name: dict(images=9, top1=40, top5=60) for name in ('imagenet-cartoon', 'paintings/oil')}
    assert found.summary() == {**row().summary(), 'imagenet-cartoon': 40, 'paintings/oil': 40}
    assert found.sets('top5') == {**row().sets('top5'), 'imagenet-cartoon': 60, 'paintings/oil': 60}
    assert [name for name in ('imagenet-c', 'imagenet-c/fog/3', 'imagenet-c (2 of 75)', 'imagenet-cartoon',
                              'imagenet-c-bar') if is_error(name)] == [
        'imagenet-c', 'imagenet-c/fog/3', 'imagenet-c (2 of 75)']


def test_a_set_cannot_have_the_title_of_another():
    found = row()
    found.cells['clean'] = found.cells['sketch']
    with pytest.raises(UserError, match="a set of images cannot be called 'clean', found 'clean'"):
        Robustness([found]).check()
    assert 'reconstructed' in TITLES.values()  # but is a name, too
    del found.cells['clean']
    found.cells['reconstructed'] = found.cells['sketch']
    Robustness([found]).check()


def test_parts_of_one_size_must_be_the_same():
    one, other = row(), row(seed=1)
    for each, kept in ((one, 'fog'), (other, 'snow')):
        each.cells = {name: cell for name, cell in each.cells.items() if f'/{kept}/' in name}
    with pytest.raises(UserError, match='advbn0.pth was scored on fog/1, fog/2, fog/3 ... of imagenet-c, and advbn1'
                                        '.pth on snow/1.* in its place: score both on the same, or into another --out'):
        Robustness([one, other]).check_parts()
    Robustness([one, row(seed=1)]).check_parts()  # the whole has another column


def test_errors_of_other_classes_than_imagenets_are_not_divided_by_alexnets():
    assert row(classes=10).summary()['imagenet-c'] == pytest.approx(30)
    assert list(row(classes=10).corruption_errors())[-1] == 'mean'
    assert list(row().corruption_errors())[-1] == 'mCE'


def test_seeds_are_averaged_and_branches_are_not():
    rows = [row(seed=0), row(seed=1, shift=2), row('advbn', 'aux', shift=5)]
    mean, std, runs = (each.droplevel('source') for each in Robustness(rows).summary())
    assert list(mean.index) == ['advbn', 'advbn (aux)']
    assert mean.loc['advbn', 'sketch'] == 29 and std.loc['advbn', 'sketch'] == pytest.approx(2 ** 0.5)
    assert mean.loc['advbn (aux)', 'imagenet'] == 65 and std.isna().loc['advbn (aux)'].all()


def test_a_gain_is_over_the_control_with_the_same_seed():
    rows = [row('finetune', shift=3), row('finetune', seed=1, shift=1), row(), row(seed=1, shift=2), row(seed=2),
            row('advbn', 'aux', shift=9)]
    mean, std, _ = (each.droplevel('source') for each in Robustness(rows).control_gains())
    assert mean.loc['advbn', 'sketch'] == 1 and std.loc['advbn', 'sketch'] == pytest.approx(8 ** 0.5)
    assert mean.loc['advbn (aux)', 'imagenet'] == -6 and 'finetune' not in mean.index
    assert Robustness([row()]).control_gains().mean.empty


def test_a_row_takes_the_place_of_an_older_one_of_the_same_checkpoint_and_norms():
    robustness = Robustness()
    for each in (row(), row(branch='aux'), row(seed=1), row(shift=1)):
        robustness.put(each)
    assert [(each.branch, each.seed, each.cells['sketch']['top1']) for each in robustness.rows] == [
        ('aux', 0, 30), ('paper', 1, 30), ('paper', 0, 29)]


def test_a_row_keeps_the_cells_of_the_same_weights_that_are_not_measured_anew():
    robustness = Robustness()
    sets = row().cells
    for name, top1, weights in (('imagenet', 70, 'a'), ('sketch', 30, 'a'), ('sketch', 31, 'a')):
        robustness.put(replace(row(), sha256=weights, cells={name: {**sets[name], 'top1': top1}}))
    assert robustness.rows[0].summary() == {'imagenet': 70, 'sketch': 31}
    robustness.put(replace(row(), sha256='b', cells={'sketch': sets['sketch']}))  # the file was trained on
    assert [each.summary() for each in robustness.rows] == [{'sketch': 30}]


def test_different_models_of_one_method_are_not_averaged():
    rows = [row('finetune'), row('advbn'), replace(row('advbn', shift=2), checkpoint='wide.pth', sha256='wide')]
    mean, std, runs = (each.droplevel('source') for each in Robustness(rows).summary())
    assert list(mean.index) == ['finetune', 'advbn [advbn0.pth]', 'advbn [wide.pth]'] and std.isna().all(axis=None)
    assert mean['sketch'].tolist() == [30, 30, 28]
    gains, _, _ = Robustness(rows).control_gains()
    assert gains['sketch'].tolist() == [0, -2]
    assert Robustness([*rows, replace(rows[0], checkpoint='wide.pth', sha256='w')]).control_gains().mean.empty


def test_a_control_of_another_network_is_none():
    wide = replace(row('advbn', shift=1), network='wide')
    assert Robustness([replace(row('finetune'), network='deep'), wide]).control_gains().mean.empty
    assert not Robustness([replace(row('finetune'), network='wide'), wide]).control_gains().mean.empty
    assert not Robustness([row('finetune'), wide]).control_gains().mean.empty  # of an older file, which does not say
    both = [replace(row('finetune'), network='deep'),
            replace(row('finetune'), network='wide', checkpoint='w', sha256='w')]
    assert Robustness([*both, wide]).control_gains().mean['sketch'].tolist() == [-1]
    assert Robustness([*both, wide]).ambiguous_references() == ''


def test_a_control_that_was_scored_through_its_main_norms_too_is_one_run():
    control, main = row('finetune', shift=3), row('finetune', branch='main', shift=3)
    del control.cells['sketch']
    gains = Robustness([control, main, row()]).control_gains().mean
    assert gains['sketch'].tolist() == [3] and gains['imagenet'].tolist() == [3]


def test_a_set_that_one_seed_lacks_has_no_mean():
    few = row(seed=1)
    del few.cells['sketch'], few.cells['imagenet-c/fog/3']
    mean, std, runs = Robustness([row(), few]).summary()
    assert mean.isna().loc['', 'advbn'].to_dict() == {'imagenet': False, 'imagenet-c': True, 'instagram': False,
                                                      'sketch': True, 'imagenet-c (74 of 75)': True}


def test_a_part_of_a_set_is_called_so_and_has_its_plain_mean():
    part = row()
    part.cells = {name: part.cells[name] for name in ('imagenet-c/fog/1', 'imagenet-c/snow/4', 'instagram/1977',
                                                      'instagram/amaro', 'instagram/rise')}
    assert part.summary() == {'imagenet-c (2 of 75)': 25, 'instagram (3 of 20)': pytest.approx(160 / 3)}


def test_quality_of_the_choice_of_norms():
    main, aux = ({name: dict(top1=value) for name, value in values.items()}
                 for values in (dict(a=80, b=40, c=50), dict(a=70, b=60, c=50)))
    auto = {name: dict(top1=value, aux_share=share)
            for name, (value, share) in dict(a=(78, 0.25), b=(58, 0.75), c=(50, 1)).items()}
    quality = choice_quality(main, aux, auto)
    assert quality['sets'] == 2 and quality['right'] == 75
    assert (quality['main'], quality['aux']) == pytest.approx((170 / 3, 60))
    assert (quality['auto'], quality['best']) == pytest.approx((62, 190 / 3))


def test_choices_need_all_three_branches():
    rows = [row(branch='main'), row(branch='aux', shift=1), row(branch='auto', shift=0.5, aux_share=0.1)]
    assert Robustness(rows[1:]).choices().empty
    assert Robustness(rows).choices().loc['advbn (auto)', 'right'] == pytest.approx(90)
