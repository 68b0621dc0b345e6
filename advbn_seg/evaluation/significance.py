"""What a gain is worth: a paired bootstrap over images and seeds, Holm's correction. numpy alone.

A score is an array (1 + resamples,): what was measured, then the same number on resampled images. Every run is scored
on the same resampled images, so that the difference of two scores is paired.

Seeds are few, and drawing three of three never leaves their range: three gains of one sign, which chance alone gives in
one case of four, would be clear of zero. Deviations of a gain from its mean over seeds are therefore drawn from those
of all methods of a source, and with the tails of Student's t. Chance alone then gives such an interval in 4 to 8 cases
of 100, where 5 are meant (`tests/evaluation/test_significance.py`). The frames of a video resemble each other, which no
bootstrap over images knows.
"""
import numpy as np

LEVEL = 0.05  # of a test; the intervals are those of 1 - LEVEL
SEED = 0  # of all that is drawn here


def number_of_resamples(comparisons):
    """Return how many resamples so many comparisons need: 1000, or 100 for each where there are more than ten.

    The smallest p-value of n resamples is 2 / (n + 1), and Holm multiplies the smallest by the number of comparisons.
    """
    return max(1000, 100 * comparisons)


def image_weights(images, resamples, domain=0):
    """Return how often each image of a domain counts, (1 + resamples, images): once, then as often as it is drawn.

    Args:
        images (int): in the domain.
        resamples (int): each of as many images as there are, with replacement.
        domain (int): which of all; domains are drawn independently.
    """
    drawn = np.random.default_rng([SEED, domain]).multinomial(images, np.full(images, 1 / images), size=resamples)
    return np.concatenate([np.ones((1, images)), drawn])


def weighted_miou(counts, weights):
    """Return the mIoU of a domain for each line of weights, (lines,), in percent.

    Args:
        counts (ndarray): (images, 3, classes), pixels by intersection, predicted and labelled area.
        weights (ndarray): (lines, images), how often each image counts.
    """
    totals = weights @ counts.reshape(len(counts), -1).astype(float)  # whole numbers, so exact below 2 ** 53
    return miou(totals.reshape(len(weights), *counts.shape[1:]))


def miou(totals):
    """Return the mean IoU over the classes that occur in labels or predictions, in percent; NaN where none does.

    Args:
        totals (ndarray): (..., 3, classes), summed over images.
    """
    intersection, predicted, labelled = np.moveaxis(totals, -2, 0)
    union = predicted + labelled - intersection
    occurs = union > 0
    iou = np.divide(intersection, union, out=np.zeros(union.shape), where=occurs)
    with np.errstate(invalid='ignore'):
        return 100 * iou.sum(-1) / occurs.sum(-1)


def over_seeds(differences, source=0):
    """Return the mean over seeds of paired differences as scores, one for each method.

    Each resample adds a mean deviation of as many runs as there are seeds. These are drawn with replacement from the
    deviations of all methods from their own means, which are widened to the variance of single runs, and the mean is
    scaled by how uncertain that variance is, as in Student's t. With one seed images alone vary.

    Args:
        differences (list[ndarray]): of each method (seeds, 1 + resamples), a pair of runs a line.
        source (int): which of all; trainings on several sources are drawn independently.
    """
    rng = np.random.default_rng([SEED, source])
    several = [each[:, 0] for each in differences if len(each) > 1 and np.isfinite(each[:, 0]).all()]
    deviations = [(each - each.mean()) * np.sqrt(len(each) / (len(each) - 1)) for each in several]
    freedom = sum(len(each) - 1 for each in several)
    scores = [each.mean(0) for each in differences]
    for score, each in zip(scores, differences):
        if len(each) > 1 and several:
            drawn = rng.choice(np.concatenate(deviations), (len(score) - 1, len(each))).mean(1)
            score[1:] += drawn * np.sqrt(freedom / rng.chisquare(freedom, len(drawn)))
    return scores


def interval(score):
    """Return (low, high), between which lie 95 % of the resamples; NaN where one is."""
    return np.quantile(score[1:], [LEVEL / 2, 1 - LEVEL / 2])


def p_value(score):
    """Return the two-sided bootstrap p-value of a difference of zero; NaN where a resample is NaN, or where all agree.

    The latter is so with one image a domain and one seed, which say nothing about others.
    """
    resampled = score[1:]
    if np.isnan(resampled).any() or np.ptp(resampled) == 0 != resampled[0]:
        return np.nan
    rarer = min((resampled <= 0).sum(), (resampled >= 0).sum())
    return min(1., 2 * (rarer + 1) / (len(resampled) + 1))


def holm(p_values):
    """Return p-values corrected for their number (Holm 1979); those that are NaN do not count."""
    p_values = np.asarray(p_values, dtype=float)
    order = np.argsort(p_values)[:np.isfinite(p_values).sum()]  # NaN comes last
    corrected = np.full(len(p_values), np.nan)
    factors = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(1, np.maximum.accumulate(factors * p_values[order]))
    return corrected
