# The source as it is, from scratch.
method = 'baseline'
