_base_ = ['_base_/sources/mini_synthia_mobilenet_highway_dawn.py', 'methods/baseline.py']
