"""What readers call a method; files and commands have its id.

A title has its home in the config of the method, `titles = dict(advbn='AdvBN (paper)')`. A config that inherits it and
calls its method otherwise keeps its own id. A row stores the title of its method when it is measured.
"""

# For the rows in results/ that were measured before methods had titles.
EARLIER = {
    'finetune': 'fine-tune (no adversary)',
    'photometric': 'photometric augmentation',
    'advbn': 'AdvBN (paper)',
    'advbn_per_image': 'AdvBN (per image)',
    'advbn_per_image_single': 'AdvBN (per image, shared norms)',
    'advbn_per_image_one_step': 'AdvBN (per image, one step)',
    'advbn_running': 'AdvBN (running)',
    'advbn_running_single': 'AdvBN (running, shared norms)',
    'advbn_bf16': 'AdvBN (bfloat16 ascent)',
    'advbn_every2': 'AdvBN (every second batch)',
    'advbn_one_step': 'AdvBN (one step)',
    'advbn_subsample2': 'AdvBN (subsampled ascent)',
    'advbn_consistent': 'AdvBN (per image, consistent)',
    'advbn_natural': 'AdvBN (per image, natural radius)',
    'advbn_per_image_noise': 'noise (per image, no adversary)',
    'advbn_two_places': 'AdvBN (per image, two places)',
    'baseline_long': 'baseline (long)',
    'photometric_advbn_per_image_single': 'photometric + AdvBN (per image, shared norms)',
    'photometric_finetune': 'photometric + fine-tune',
    'efficientnet-lite0': 'EfficientNet-Lite0',
}


def title_of(method, rows=()):
    """Return the title that one of the rows of a method has, an earlier one, or the id."""
    return next((row.title for row in rows if row.method == method and row.title), EARLIER.get(method, method))
