"""What the site has beyond docs/: pages that lie elsewhere and the pictures of results/. Links work in a clone, too."""
import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[1]
PAGES = {'README.md': 'index.md', 'data/README.md': 'data.md', 'CONTRIBUTING.md': 'contributing.md',
         'CHANGELOG.md': 'changelog.md', 'results/feature_divergence/README.md': 'feature_divergence.md',
         'results/imagenet_advbn/README.md': 'imagenet_advbn.md'}
SOURCES = {page: source for source, page in PAGES.items()}
LINK = re.compile(r'(!?)\[([^][]*)\]\(([^)#:\s]+)(#[^)\s]*)?\)')  # to a file, not to another site


def on_files(files, config):
    """Add the pages and pictures."""
    pictures = {path.relative_to(ROOT).as_posix(): path for path in ROOT.glob('results/**/*.png')}
    for place, path in ({page: ROOT / source for source, page in PAGES.items()} | pictures).items():
        files.append(File.generated(config, place, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown, page, files, **_):
    """Let links lead to where the site has their files; those to other files of the clone become plain text."""
    folder = posixpath.dirname(SOURCES.get(page.file.src_uri, f'docs/{page.file.src_uri}'))

    def moved(match):
        picture, text, target, anchor = match.groups()
        path = posixpath.normpath(posixpath.join(folder, target))
        place = PAGES.get(path, path.removeprefix('docs/'))
        if files.get_file_from_path(place) or not (ROOT / path).exists():  # the latter is a mistake, which mkdocs tells
            place = posixpath.relpath(place, posixpath.dirname(page.file.src_uri))
            return f'{picture}[{text}]({place}{anchor or ""})'
        return text

    return LINK.sub(moved, markdown)
