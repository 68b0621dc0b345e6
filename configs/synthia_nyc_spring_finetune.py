_base_ = ['_base_/sources/synthia_nyc_spring.py', 'methods/finetune.py']
vars().update(_base_.finetune)
