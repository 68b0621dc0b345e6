"""What the words in a table mean, and no word that the table does not have."""
import re

from ..evaluation.results import BASELINE

TERMS = (  # (shown, pattern of the table's words that it explains, explanation)
    ('source, trained on', r'source', 'the domain that the model was trained on; all others are unseen.'),
    ('mIoU', r'unseen', 'overlap of prediction and truth, averaged over the classes; 100 is perfect.'),
    ('[in brackets]', r'\[', 'scored on the domain that the model was trained on.'),
    ('unseen mean', r'unseen( mean)?', 'the mean over the domains that the model was not trained on.'),
    (BASELINE, rf'(vs )?{BASELINE}( \[|$)', 'trained on its source alone.'),
    ('fine-tune', r'(vs )?fine-tune', "the control: AdvBN's extra epochs and frozen layers, without its adversary."),
    ('AdvBN ...', r'AdvBN', 'trained on after the baseline, against worst-case statistics of its features.'),
    ('per image', r'.*\(per image', 'each image has its own statistics and shift; else a batch shares them.'),
    ('running', r'.*\(running', 'perturbed features are normalised by running statistics, not those of their batch.'),
    ('shared norms', r'.*shared norms', 'perturbed features run through the main norms, too.'),
    ('noise', r'noise', 'random shifts in place of the adversary, all else alike.'),
    ('baseline (long)', r'baseline \(long', 'the epochs of baseline and fine-tuning in one training.'),
    ('photometric ...', r'photometric', "the baseline with mmseg's random brightness, contrast, saturation and hue."),
    ('main, aux, auto', r'.*, (main|aux|auto)$', 'the norms in use: those of clean features, those of perturbed '
     'features (auxiliary norms), or a choice for each batch. A segmentor without a note uses the first.'),
    ('diverged', r'.*, diverged', 'the loss or a parameter became infinite or NaN, so it was not scored.'),
    ('vs ...', r'vs ', "the mean over unseen domains, minus that of the named method with the same source and "
     "seed, or of all its seeds where it lacks this one."),
    ('±', r'.*±', 'sample standard deviation over trainings that differ in their seed.'),
    ('(published)', r'.*\(published\)', 'what the paper reports.'),
    ('clean', r'clean', 'the test images as they are.'),
    ('corrupted ↓', r'corrupted', 'the mean error under corruptions of the test images, 15 if no number is said: '
     'noise, blur, weather, compression; less is better.'),
    ('mCE ↓', r'mCE ↓', 'such an error, divided by that of AlexNet; less is better.'),
    ('Instagram', r'Instagram', 'the test images through photo filters.'),
    ('Sketch', r'Sketch', 'drawings of the same classes.'),
    ('Stylized', r'Stylized', 'the test images in the style of paintings.'),
    ('uci', r'uci$', 'digits that other people wrote: the data set of UCI.'))


def explained(table):
    """Return [(term, explanation), ...] of what a `Table` has."""
    words = [*table.cells.index.names, *table.cells.columns,
             *(word for line in table.lines() for word in map(str, line))]
    return [(term, text) for term, pattern, text in TERMS if any(re.match(pattern, word) for word in words)]
