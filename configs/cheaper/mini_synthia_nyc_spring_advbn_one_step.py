_base_ = ['../_base_/sources/mini_synthia_nyc_spring.py', '../methods/advbn_one_step.py']
vars().update(_base_.finetune)
