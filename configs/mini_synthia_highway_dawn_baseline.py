_base_ = ['_base_/sources/mini_synthia_highway_dawn.py', 'methods/baseline.py']
expected = dict(unseen=33.17)
