_base_ = ['_base_/sources/mini_synthia_standard_highway_dawn.py', 'methods/baseline.py']
