_base_ = ['_base_/sources/synthia_nyc_spring.py', 'methods/advbn_running_single.py']
vars().update(_base_.finetune)
