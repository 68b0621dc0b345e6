# The source as it is, from scratch. A config SOURCE_METHOD.py is composed in two lines of a source, a method, and what
# the source says under the method's `recipe`; advbn-seg train SOURCE_baseline --method METHOD composes the same.
method = 'baseline'
