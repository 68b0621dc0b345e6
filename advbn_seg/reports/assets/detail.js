'use strict';
/* What is behind a number: frames, parts, confusion. */
function openDetail(line, index) {
  const column = data.columns[index], cell = line.cells[index], dialog = find('detail');
  const close = make('button', {type: 'button', id: 'close'}, 'Close');
  close.onclick = () => dialog.close();
  const deviation = cell.std === null ? '' : ` ± ${fixed(cell.std)} over ${line.runs} runs`;
  const gains = Object.entries(cell.gains).map(([name, [mean, std]]) =>
    `${signed(mean)}${std === null ? '' : ` ± ${fixed(std)}`} to ${titleOf(name)}${cell.intervals?.[name] ? ` (95 % interval ${spread(null, cell.intervals[name])})` : ''}`);
  dialog.replaceChildren(
    make('div', {className: 'top'}, make('h2', {id: 'detail-title'}, `${line.title} on ${column.name}`), close),
    make('p', {className: 'quiet'}, [line.source && `Trained on ${line.source}.`, line.seed === null ? '' : `Seed ${line.seed}.`,
      `${column.lower ? 'Error' : data.unit}: ${fixed(cell.mean)}${deviation}.`, gains.length ? `Difference: ${gains.join(', ')}.` : ''].filter(Boolean).join(' ')),
    ...drawFrames(line, column), ...drawParts(line, index), ...drawConfusion(cell));
  dialog.showModal();
  dialog.scrollTop = 0;
}
function drawParts(line, index) {
  const parts = line.cells[index].parts;
  if (!parts || !parts.length) return [];
  const name = state.colour === 'absolute' ? data.references[0][0] : state.colour;
  const reference = data.lines.find(each => each.method === name && each.source === line.source && each.seed === line.seed
    && each.origin === 'measured' && ['main', 'paper'].includes(each.branch) && each !== line && each.cells[index].parts);
  const theirs = new Map(reference ? reference.cells[index].parts : []);
  return [make('h3', {}, data.part), make('div', {className: 'wide'}, make('table', {className: 'parts'},
    make('thead', {}, make('tr', {}, make('th', {}, ''), make('th', {className: 'bar'}, ''), make('th', {}, line.title),
      ...(reference ? [make('th', {}, titleOf(name)), make('th', {}, 'difference')] : []))),
    make('tbody', {}, ...parts.map(([part, value]) => {
      const other = theirs.get(part) ?? null;
      return make('tr', {}, make('td', {}, part),
        make('td', {className: 'bar'}, make('div', {style: {width: `${Math.min(100, Math.max(0, value ?? 0))}%`}})), make('td', {}, fixed(value)),
        ...(reference ? [make('td', {}, fixed(other)), make('td', {}, value === null || other === null ? '–' : signed(value - other))] : []));
    }))))];
}
function drawConfusion(cell) {
  if (!cell.confusion) return [];
  return [make('h3', {}, 'What each class is taken for'), make('p', {className: 'quiet'}, 'Percent of the pixels of a class (row) that are predicted as a class (column).'),
    make('div', {className: 'wide'}, make('table', {className: 'confusion'},
      make('thead', {}, make('tr', {}, make('th', {}, ''), ...data.classes.map(each => make('th', {scope: 'col'}, each.name)))),
      make('tbody', {}, ...cell.confusion.map((row, index) => make('tr', {}, make('th', {scope: 'row'}, data.classes[index].name),
        ...row.map(value => make('td', {style: {'--weight': `${SURFACE * (value ?? 0) / 100}%`}}, value === null ? '–' : value < 0.05 ? '' : fixed(value))))))))];
}
function drawFrames(line, column) {
  const frames = data.examples.filter(each => each.target === column.name && each.source === line.source);
  return frames.flatMap(frame => [make('h3', {}, 'An example frame'), make('p', {className: 'quiet'}, frame.caption),
    drawPictures(frame.pictures.filter(each => [null, line.label].includes(each.label) || (data.references.some(([name]) => name === each.label) && !each.change))), drawClasses()]);
}
function drawPictures(pictures) {
  return make('div', {className: 'frames'}, ...pictures.map(each => make('figure', {},
    make('img', {src: data.images[each.image], alt: each.text}), make('figcaption', {}, each.text))));
}
function drawClasses() {
  return make('p', {className: 'classes'}, ...data.classes.filter(each => each.colour).map(each =>
    make('span', {}, make('span', {className: 'swatch', style: {background: each.colour}}), each.name)));
}

/* What all trainings have alike stands above their table. */
function drawTrainings() {
  if (!data.trainings.length) return [];
  const facts = data.trainings.map(each => new Map(each.facts));
  const names = unique(facts.flatMap(each => [...each.keys()]));
  const alike = facts.length > 1 ? names.filter(name => unique(facts.map(each => each.get(name))).length === 1) : [];
  const own = names.filter(name => !alike.includes(name));
  return [make('h3', {}, 'Trainings'),
    alike.length ? make('dl', {}, ...alike.flatMap(name => [make('dt', {}, name), make('dd', {}, facts[0].get(name))])) : '',
    make('div', {className: 'wide', tabIndex: 0, role: 'region', 'aria-label': 'Trainings'}, make('table', {className: 'trainings'},
      make('thead', {}, make('tr', {}, ...['method', 'trained on', 'seed', ...own, 'run'].map(name => make('th', {scope: 'col'}, name)))),
      make('tbody', {}, ...data.trainings.map((each, index) => make('tr', {}, make('th', {scope: 'row'}, each.title),
        ...[each.source, each.seed ?? '–', ...own.map(name => facts[index].get(name) ?? '–'), each.place].map(text => make('td', {className: String(text).length > 24 ? 'long' : ''}, String(text))))))))];
}
