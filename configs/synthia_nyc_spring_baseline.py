_base_ = 'synthia_highway_dawn_baseline.py'
source = dict(scene='nyc', condition='spring')
train_dataloader = dict(dataset=source)
val_dataloader = dict(dataset=source)
test_dataloader = dict(dataset=source)
