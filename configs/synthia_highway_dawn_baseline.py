_base_ = ['_base_/sources/synthia_highway_dawn.py', 'methods/baseline.py']
