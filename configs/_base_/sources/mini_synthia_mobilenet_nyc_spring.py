_base_ = 'mini_synthia_mobilenet_highway_dawn.py'
source = dict(scene='nyc', condition='spring')
train_dataloader = dict(dataset=source)
val_dataloader = dict(dataset=source)
test_dataloader = dict(dataset=source)
finetune = dict(load_from='work_dirs/mini_synthia_mobilenet_nyc_spring_baseline/epoch_40.pth')
