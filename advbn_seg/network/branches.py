"""The names of the norms that a model of two sets may run through; nothing is imported, so that flags have them."""
NORM_BRANCHES = ('main', 'aux')
NORM_CHOICES = (*NORM_BRANCHES, 'auto')  # the last: `adversarial.nearest_branch`
