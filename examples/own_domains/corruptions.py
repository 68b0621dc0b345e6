# The source's own validation images under five corruptions, to choose hyperparameters without seeing another domain:
#
#     advbn-seg matrix work_dirs/own_finetune work_dirs/own_advbn --domains corruptions.py --out work_dirs/held_out
#
# Each entry is a change to the dataset of `test_dataloader`. It names the images too, as some test sets are a target.


def corrupted(name, **corruption):
    pipeline = [dict(type='LoadImageFromFile'), dict(prob=1.0, **corruption), dict(type='LoadAnnotations'),
                dict(type='PackSegInputs')]
    return dict(name=f'source/{name}', dataset=dict(
        pipeline=pipeline, data_prefix=dict(img_path='day/images', seg_map_path='day/labels')))


domains = [
    corrupted('dark', type='mmpretrain.datasets.Brightness', magnitude=-0.5, random_negative_prob=0.),
    corrupted('bright', type='mmpretrain.datasets.Brightness', magnitude=0.5, random_negative_prob=0.),
    corrupted('flat', type='mmpretrain.datasets.Contrast', magnitude=-0.5, random_negative_prob=0.),
    corrupted('grey', type='mmpretrain.datasets.ColorTransform', magnitude=-0.8, random_negative_prob=0.),
    corrupted('blurred', type='mmpretrain.datasets.GaussianBlur', radius=1),
]
