_base_ = ['_base_/sources/synthia_nyc_spring.py', 'methods/baseline.py']
