# Handwritten digits, as advbn-seg make-digits writes them: source MNIST, 3,000 images for training and 500 to score.
# The images are 32 x 32: nothing is resized or cropped.
benchmark = 'digits'
data_root = 'data/digits'

train_pipeline = [dict(type='LoadImageFromFile'), dict(type='RandomCrop', crop_size=32, padding=2),
                  dict(type='PackInputs')]
test_pipeline = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]

train_dataloader = dict(
    batch_size=32,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='CustomDataset', data_root=data_root, data_prefix='mnist/train', pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=100,
    num_workers=0,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(type='CustomDataset', data_root=data_root, data_prefix='mnist/val', pipeline=test_pipeline))
test_dataloader = val_dataloader

val_evaluator = dict(type='Accuracy', topk=(1, 5))
test_evaluator = val_evaluator

# What advbn-seg experiments scores on, by the flags of advbn-seg robustness.
test_sets = dict(imagenet='data/digits/mnist/val', imagenet_c='data/digits/mnist_c',
                 instagram='data/digits/mnist_instagram', other='uci=data/digits/uci')
