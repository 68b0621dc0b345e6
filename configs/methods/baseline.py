# Plain training on the source, from the weights that its config names. A config SOURCE_METHOD.py is composed in two
# lines of a source, a method, and what the source says under the method's `recipe`. `advbn-seg train SOURCE_baseline
# --method METHOD` composes the same.
method = 'baseline'
