_base_ = ['_base_/sources/mini_synthia_mobilenet_nyc_spring.py', 'methods/baseline.py']
