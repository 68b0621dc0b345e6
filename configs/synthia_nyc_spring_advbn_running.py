_base_ = 'synthia_highway_dawn_advbn_running.py'
source = dict(scene='nyc', condition='spring')
train_dataloader = dict(dataset=source)
val_dataloader = dict(dataset=source)
test_dataloader = dict(dataset=source)
load_from = 'work_dirs/synthia_nyc_spring_baseline/epoch_80.pth'
