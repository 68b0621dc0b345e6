_base_ = ['_base_/sources/streets_labelmefacade.py', 'methods/baseline.py']
