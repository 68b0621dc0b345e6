# Table 3, baseline on Highway/Dawn: 80 epochs. Learning rate and decay are our choice; the paper does not say.
_base_ = ['_base_/datasets/synthia.py', '_base_/models/fcn_r50-d8.py', '_base_/schedules/sgd_poly.py',
          '_base_/default_runtime.py']
method = 'baseline'
benchmark = 'synthia'
