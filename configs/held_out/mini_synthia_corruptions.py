# Held-out source frames under colour and blur corruptions, to choose hyperparameters without seeing a target domain:
#     advbn-seg matrix RUN --domains held_out/mini_synthia_corruptions


def corrupted(name, **corruption):
    pipeline = [
        dict(type='LoadImageFromFile'),
        dict(prob=1.0, **corruption),
        dict(type='LoadSynthiaLabels'),
        dict(type='PackSegInputs'),
    ]
    return dict(name=f'source/{name}', dataset=dict(pipeline=pipeline))


domains = [
    corrupted('dark', type='mmpretrain.datasets.Brightness', magnitude=-0.5, random_negative_prob=0.),
    corrupted('bright', type='mmpretrain.datasets.Brightness', magnitude=0.5, random_negative_prob=0.),
    corrupted('flat', type='mmpretrain.datasets.Contrast', magnitude=-0.5, random_negative_prob=0.),
    corrupted('grey', type='mmpretrain.datasets.ColorTransform', magnitude=-0.8, random_negative_prob=0.),
    corrupted('blurred', type='mmpretrain.datasets.GaussianBlur', radius=1),
]
