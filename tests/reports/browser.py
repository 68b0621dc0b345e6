"""Headless Chromium, where there is one: Debian's packages chromium and chromium-driver."""
import shutil

import pytest


@pytest.fixture(scope='session')
def chromium(tmp_path_factory):
    """A selenium driver."""
    webdriver = pytest.importorskip('selenium.webdriver', reason='selenium is not installed')
    browser, driver = shutil.which('chromium'), shutil.which('chromedriver')
    if not (browser and driver):
        pytest.skip('no chromium and chromedriver: apt-get install chromium chromium-driver')
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in ('headless', 'no-sandbox', 'disable-gpu', 'disable-quic', 'no-first-run', 'disable-sync',
                 'disable-background-networking', 'disable-component-update', 'disable-dev-shm-usage',
                 f'user-data-dir={tmp_path_factory.mktemp("chromium")}'):
        options.add_argument(f'--{flag}')
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
    browser = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield browser
    browser.quit()
