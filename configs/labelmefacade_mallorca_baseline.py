_base_ = ['_base_/sources/labelmefacade_mallorca.py', 'methods/baseline.py']
