"""The page in a real browser: what it shows, what a click does, and that names stay text."""
import json
import re

import cv2
import numpy as np
import pytest

from advbn_seg.evaluation.classification.robustness import Robustness
from advbn_seg.evaluation.fingerprint import checkpoint_fingerprint
from advbn_seg.evaluation.segmentation.example_choice import packed
from advbn_seg.evaluation.segmentation.examples import Examples, Frame, Prediction
from advbn_seg.reports.matrix import matrix_page, matrix_report
from advbn_seg.reports.page import page, write_page
from advbn_seg.reports.robustness import robustness_page

from ..evaluation.classification.test_robustness import row as robustness_row
from ..evaluation.segmentation.test_matrix import matrix_of, row
from .browser import chromium  # noqa: F401
from .test_escape import HOSTILE

TARGETS = ['a/x', 'a/y', 'b/x']
CLASSES = 24  # of a large page
SHOW = '#table tbody tr:not(:has(th.source))'

pytestmark = pytest.mark.slow  # a browser


def matrix():
    """Unseen means of 20 and 24 (baseline), 26 and 28 (advbn) with seeds 0 and 1; advbn (aux) has seed 0 alone."""
    rows = [row(method, numbers, seed, branch, 'a/x', TARGETS) for method, seed, branch, *numbers in (
        ('baseline', 0, 'main', 90, 10, 30), ('baseline', 1, 'main', 90, 14, 34), ('advbn', 0, 'main', 80, 12, 40),
        ('advbn', 1, 'main', 80, 14, 42), ('advbn', 0, 'aux', 70, 11, 20))]
    return matrix_of(*rows, targets=TARGETS)


def write_training(folder, adversarial, seed):
    """Write a work dir with a checkpoint, a record and a log; return the checkpoint's hash."""
    log = folder / 'now' / 'vis_data' / 'scalars.json'
    log.parent.mkdir(parents=True, exist_ok=True)
    losses = [dict(step=step, epoch=step, loss=2. / step, **({'adv.loss': 1. / step} if adversarial else {}))
              for step in (1, 2)]
    if adversarial:
        losses = [{**each, 'loss': each['loss'] + each['adv.loss']} for each in losses]
    log.write_text('\n'.join(map(json.dumps, [*losses, dict(step=2, mIoU=60. + seed)])))
    host = dict(cpu='A CPU', machine='x86', features=['avx2'], gpu=None)
    (folder / 'run.json').write_text(json.dumps(dict(host=host, seconds=90)))
    (folder / 'last.pth').write_text(str(folder))
    return checkpoint_fingerprint(folder / 'last.pth')


def frames_of(shown, targets, noise):
    """One frame a target, of 240 x 144 and random areas, predicted by one run of each method and source."""
    def areas():
        small = noise.integers(0, CLASSES, (18, 30)).astype(np.uint8)
        return packed('.png', cv2.resize(small, (240, 144), interpolation=cv2.INTER_NEAREST))

    def image():
        return packed('.jpg', noise.integers(0, 255, (144, 240, 3)).astype(np.uint8))

    predictions = {(each.source, each.label): each for each in shown.rows}.values()
    frames = [Frame(target, 'a.png', image(), areas(), [
        Prediction(each.source, each.label, each.sha256, 50., areas()) for each in predictions]) for target in targets]
    palette = [[index, 9 * index, 255 - index] for index in range(CLASSES)]
    return Examples(shown.classes, palette, 'method1', frames, [], [])


@pytest.fixture
def opened(chromium, tmp_path):  # noqa: F811
    """opened(content) -> (browser, texts): the page, and texts(css) -> the text of each element found."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.wait import WebDriverWait

    def find(css):
        return chromium.find_elements(By.CSS_SELECTOR, css)

    def start(content):
        chromium.get_log('browser')
        address = write_page(tmp_path, content).as_uri()
        chromium.get(address)
        WebDriverWait(chromium, 60).until(lambda browser: browser.current_url == address and browser.execute_script(
            'return document.readyState') == 'complete')  # on a busy machine `get` can come back before
        return chromium, find, lambda css: [each.text for each in find(css)]

    yield start
    assert chromium.get_log('browser') == []


def choose(find, name, text):
    next(each for each in find(f'select[name="{name}"] option') if each.text == text).click()


def test_numbers_filters_and_gains(opened):
    _, find, texts = opened(matrix_page(matrix()))
    assert texts('h1') == ['Cross-domain matrix of tiny']
    assert texts(f'{SHOW} th') == ['baseline 2 seeds', 'AdvBN (paper) 2 seeds', 'AdvBN (paper), aux']
    assert texts(f'{SHOW}:nth-child(3) td') == ['27.0\n±1.4', '80.0\n±0.0', '13.0\n±1.4', '41.0\n±1.4']
    choose(find, 'show', 'difference to baseline')
    assert texts(f'{SHOW}:nth-child(2) td') == ['–'] * 4
    assert texts(f'{SHOW}:nth-child(3) td') == ['+5.0\n±1.4', '−10.0\n±0.0', '+1.0\n±1.4', '+9.0\n±1.4']
    assert 'interval' not in texts('#legend')[0]
    choose(find, 'seed', '1')
    assert texts(f'{SHOW} th') == ['baseline', 'AdvBN (paper)']
    assert texts(f'{SHOW}:nth-child(3) td')[0] == '+4.0'
    choose(find, 'seed', 'mean of all')
    choose(find, 'norm branch', 'aux')
    assert texts(f'{SHOW} th') == ['AdvBN (paper), aux']
    choose(find, 'norm branch', 'all')
    find('input[value="advbn"]')[0].click()
    assert texts(f'{SHOW} th') == ['baseline 2 seeds']
    find('input[value="baseline"]')[0].click()
    assert texts('#table') == ['No line fits these filters.']


def test_sorting_goes_down_up_and_back(opened):
    _, find, texts = opened(matrix_page(matrix()))
    orders = []
    for _ in range(3):
        find('#table thead button')[0].click()
        orders.append((find('#table thead th[aria-sort]')[0].get_attribute('aria-sort'), texts(f'{SHOW} th')[0]))
    assert orders == [('descending', 'AdvBN (paper) 2 seeds'), ('ascending', 'AdvBN (paper), aux'),
                      ('none', 'baseline 2 seeds')]


def test_a_cell_opens_its_classes_and_confusion_and_escape_closes(opened):
    from selenium.webdriver.common.keys import Keys

    shown = matrix()
    shown.rows[-1].cells['b/x']['confusion'] = [[3, 1, 0], [0, 0, 0], [5, 5, 5]]
    browser, find, texts = opened(matrix_page(shown))
    cell = find(f'{SHOW}:nth-child(4) td button')[3]
    cell.send_keys(Keys.ENTER)
    assert texts('#detail-title') == ['AdvBN (paper), aux on b/x']
    assert texts('#detail .parts tbody tr') == ['road\n20.0 32.0 −12.0', 'car\n– – –']
    assert texts('#detail .confusion tbody tr') == ['road 75.0 25.0', 'car – –']
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert not find('#detail')[0].is_displayed() and browser.switch_to.active_element == cell


def test_a_gain_has_its_interval_where_there_is_one(opened):
    def interval(*asked):
        return [0.25, 9.5] if asked == ('a/x', 'advbn', 2, 'baseline', 'unseen') else None

    _, find, texts = opened(matrix_page(matrix(), interval=interval))
    choose(find, 'show', 'difference to baseline')
    assert texts(f'{SHOW}:nth-child(3) td')[:2] == ['+5.0\n+0.3 to +9.5', '−10.0\n±0.0']
    find(f'{SHOW}:nth-child(3) td button')[0].click()
    assert '; “… to …” is a 95 % interval; outlined: ' in texts('#legend')[0]
    assert '+5.0 ± 1.4 to baseline (95 % interval +0.3 to +9.5)' in texts('#detail .quiet')[0]


def test_curves_of_the_chosen_trainings_and_what_they_ran_on(opened, tmp_path):
    shown = matrix()
    for each in shown.rows:
        folder = tmp_path / each.run
        each.run, each.sha256 = str(folder), write_training(folder, each.method == 'advbn', each.seed)
    shown.rows[0].sha256 = 'another'  # it was trained again
    _, find, texts = opened(matrix_page(shown))
    assert texts('#curves b') == ['baseline', 'AdvBN (paper)']
    assert [len(find(f'.card:nth-child({card}) .curve')) for card in (1, 2)] == [1, 2 * 2]  # of seed 1; of both, twice
    assert texts('#curves figcaption')[1].startswith('AdvBN (paper) 2 seeds\nvalidation mIoU 60.5 %')
    assert find('.card:nth-child(2) svg')[0].get_attribute('aria-label') == (
        'AdvBN (paper), trained on a/x: loss over epochs, at the end loss 1.0, adversarial loss 0.50')
    find('input[value="baseline"]')[0].click()
    choose(find, 'seed', '1')
    assert texts('#curves figcaption') == ['AdvBN (paper)\nvalidation mIoU 61.0 %']
    find('details summary')[0].click()
    line = texts('.trainings tbody tr')[2]
    assert line.startswith('AdvBN (paper) a/x 0 ') and 'A CPU, x86 avx2 1.5' in line


def test_a_page_of_many_runs_stays_below_5_mb_and_says_what_it_leaves_out(opened):
    targets = [f'scene/{index}' for index in range(10)]
    noise = np.random.default_rng(0)
    rows = [row(f'method{index}' if index else 'baseline', noise.uniform(20, 60, 10), seed, 'main', source, targets)
            for source in targets[:2] for index in range(10) for seed in range(3)]
    shown = matrix_of(*rows, targets=targets)
    shown.classes = [f'class {index}' for index in range(CLASSES)]
    for each in shown.rows:
        for cell in each.cells.values():
            cell.update(iou=noise.uniform(0, 90, CLASSES).tolist(),
                        confusion=noise.integers(0, 9999, (CLASSES + 1, CLASSES + 1)).tolist())
    content = matrix_page(shown, frames_of(shown, targets, noise))
    assert len(page(content).encode()) < 5_000_000
    _, _, texts = opened(content)
    frames, confusions = len(content['examples']), sum(
        bool(cell['confusion']) for line in content['lines'] for cell in line['cells'] if 'confusion' in cell)
    assert 0 < frames < 20 and 0 < confusions < 80 * 10
    assert texts('#limits p') == [
        f'This page has the confusion of classes for the first {confusions} of 800 numbers, and stays below 5 MB so; '
        'matrix.json has all.',
        f'This page has the first {frames} of 20 frames, and stays below 5 MB so; examples.json has all.']


def test_robustness_marks_errors_and_opens_what_is_behind_a_number(opened):
    _, find, texts = opened(robustness_page(Robustness([robustness_row(), robustness_row('baseline', shift=3)])))
    assert texts('#table thead th')[:5] == ['method', 'clean', 'mCE ↓', 'Instagram', 'Sketch']
    choose(find, 'show', 'difference to baseline')
    worse, better = (find(f'{SHOW} td button')[index].get_attribute('style') for index in (0, 1))
    assert '--more' in worse and '--more' in better  # less error is better, too
    find(f'{SHOW} td button')[2].click()
    assert texts('#detail .parts tbody tr')[:2] == ['1977\n50.0 47.0 +3.0', 'amaro\n60.0 57.0 +3.0']


def test_names_stay_text(opened):
    names = [*HOSTILE, '</script><script>document.title = "broken"</script>', '<img src=x onerror=alert(1)>']
    rows = [row(name or 'empty', [50] * 3, seed=0, source=name or 'none', targets=TARGETS, run=f'run {index} {name}')
            for index, name in enumerate(names)]
    shown = matrix_of(*rows, targets=TARGETS, benchmark=names[-2])
    shown.classes = [names[-1], names[-2]]
    browser, find, texts = opened(matrix_page(shown))
    assert texts('h1') == [f'Cross-domain matrix of {names[-2]}'] and 'broken' not in browser.title.partition('<')[0]
    assert not find('img') and len(find('script')) == 2
    find(f'{SHOW} td button')[0].click()
    assert texts('#detail .parts tbody tr')[0].startswith(names[-1])


def test_the_page_fits_a_phone_and_switches_its_theme(opened):
    browser, find, _ = opened(matrix_page(matrix()))
    colour = "return getComputedStyle(document.body).backgroundColor"
    before = browser.execute_script(colour)
    find('#theme')[0].click()
    assert browser.execute_script(colour) != before
    size = dict(width=400, height=800, deviceScaleFactor=1, mobile=True)
    browser.execute_cdp_cmd('Emulation.setDeviceMetricsOverride', size)
    try:
        assert browser.execute_script('return document.documentElement.scrollWidth') == 400
    finally:
        browser.execute_cdp_cmd('Emulation.clearDeviceMetricsOverride', {})


def test_the_file_holds_all_and_asks_for_nothing(tmp_path):
    text = matrix_report(matrix()).write(tmp_path)[-1].read_text(encoding='utf-8')
    assert not re.findall(r'''(?:src|href)=["'](?!data:)|url\(|@import|fetch\(''', text)
    content = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text)[1])
    assert content['lines'][0]['cells'][0] == dict(
        mean=22.0, std=2.8284, gains={}, confusion=None, parts=[['road', 22.0], ['car', None]])
    assert any(name == 'Page made by' for name, _ in content['about'])


def test_data_cannot_end_its_script():
    text = page(dict(title='</script><!--\u2028&'))
    assert '<title>&lt;/script&gt;&lt;!--\u2028&amp;</title>' in text
    assert r'{"title":"\u003c/script\u003e\u003c!--\u2028\u0026"}</script>' in text
