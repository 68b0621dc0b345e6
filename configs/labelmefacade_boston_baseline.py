_base_ = ['_base_/sources/labelmefacade_boston.py', 'methods/baseline.py']
