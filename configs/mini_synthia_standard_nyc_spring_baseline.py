_base_ = ['_base_/sources/mini_synthia_standard_nyc_spring.py', 'methods/baseline.py']
