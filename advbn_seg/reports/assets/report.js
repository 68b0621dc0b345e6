'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const state = {seed: null, branch: '', colour: 'absolute', hidden: new Set(), sort: null};
const find = id => document.getElementById(id);
const SURFACE = 75;  // percent of the hue in the darkest cell: text stays readable on it

/* An element with properties and children; strings become text, whatever they hold. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('aria-') || name.startsWith('data-') || name === 'role') element.setAttribute(name, value);
    else if (name === 'style') for (const [key, each] of Object.entries(value)) element.style.setProperty(key, each);
    else element[name] = value;
  }
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}
const fixed = value => value === null || value === undefined ? '–' : value.toFixed(1);
const signed = value => {
  const rounded = Number(fixed(value));
  return Number.isNaN(rounded) ? '–' : (rounded > 0 ? '+' : rounded < 0 ? '−' : '') + fixed(Math.abs(rounded));
};
const unique = values => [...new Set(values)];

/* What a cell shows: [mean, deviation], of the number itself or of its gain over a reference. */
function shown(cell) {
  return state.colour === 'absolute' ? [cell.mean, cell.std] : cell.gains[state.colour] || [null, null];
}
function visible() {
  return data.lines.filter(line => line.seed === state.seed && !state.hidden.has(line.method)
    && (!state.branch || line.branch === state.branch || line.origin !== 'measured'));
}
function sorted(lines) {
  if (!state.sort) return lines;
  const {column, sign} = state.sort;
  const key = line => shown(line.cells[column])[0];
  return [...lines].sort((a, b) => (key(a) === null) - (key(b) === null) || sign * (key(a) - key(b)));
}

/* Ranges of the colours: gains share one that is symmetric, numbers that mean different things have one a column. */
function ranges(lines) {
  const all = data.columns.map((_, column) => lines.map(line => shown(line.cells[column])[0]).filter(value => value !== null));
  const range = values => values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
  if (state.colour !== 'absolute') {
    const most = Math.max(...all.flat().map(Math.abs), 0.1);
    return all.map(() => [-most, most]);
  }
  return data.range === 'column' ? all.map(range) : all.map(() => range(all.flat()));
}
function paint(value, [low, high], lower) {
  if (value === null) return {};
  if (state.colour === 'absolute') {
    const share = high > low ? (value - low) / (high - low) : 0.5;
    return {'--hue': 'var(--level)', '--weight': `${SURFACE * (lower ? 1 - share : share)}%`};
  }
  const better = (value > 0) !== Boolean(lower);
  return {'--hue': better ? 'var(--more)' : 'var(--less)', '--weight': `${SURFACE * Math.abs(value) / high}%`};
}

function drawTable() {
  const focused = document.activeElement && document.activeElement.dataset.column;
  const lines = visible(), limits = ranges(lines);
  const groups = [];
  data.columns.forEach(column => {
    if (groups.length && groups.at(-1)[0] === column.group) groups.at(-1)[1] += 1;
    else groups.push([column.group, 1]);
  });
  const head = make('thead', {});
  if (groups.some(([name]) => name)) head.append(make('tr', {}, make('th', {}), ...groups.map(([name, span]) =>
    make('th', {className: name ? 'scene' : '', colSpan: span, scope: 'colgroup'}, name))));
  head.append(make('tr', {}, make('th', {scope: 'col'}, 'method'), ...data.columns.map((column, index) => {
    const sort = state.sort && state.sort.column === index ? (state.sort.sign < 0 ? 'descending' : 'ascending') : 'none';
    const button = make('button', {type: 'button', 'data-column': index, title: 'sort'}, column.label);
    button.onclick = () => {
      const old = state.sort && state.sort.column === index ? state.sort.sign : 0;
      state.sort = old === 1 ? null : {column: index, sign: old === 0 ? -1 : 1};
      drawTable();
    };
    return make('th', {scope: 'col', 'aria-sort': sort}, button);
  })));
  const bodies = unique(lines.map(line => line.source)).map(source => {
    const body = make('tbody', {});
    if (source) body.append(make('tr', {}, make('th', {className: 'source', scope: 'rowgroup', title: source}, `trained on ${source}`)));
    for (const line of sorted(lines.filter(each => each.source === source))) body.append(drawLine(line, limits));
    return body;
  });
  find('table').replaceChildren(lines.length ? make('table', {}, head, ...bodies) : make('p', {className: 'none'}, 'No line fits these filters.'));
  if (focused !== undefined) find('table').querySelector(`[data-column="${focused}"]`)?.focus();
  drawLegend(limits[0]);
}
function drawLine(line, limits) {
  const name = line.runs > 1 ? `${line.label} (n=${line.runs})` : line.label;
  return make('tr', {}, make('th', {scope: 'row', title: name}, name), ...data.columns.map((column, index) => {
    const [value, deviation] = shown(line.cells[index]);
    if (value === null) return make('td', {className: 'none'}, '–');
    const text = state.colour === 'absolute' ? fixed(value) : signed(value);
    const button = make('button', {type: 'button', style: paint(value, limits[index], column.lower),
      'aria-label': `${line.label}${line.source && `, trained on ${line.source}`}, ${column.name}: ${text}`}, text,
      deviation === null ? null : make('small', {}, `±${fixed(deviation)}`));
    button.onclick = () => openDetail(line, index);
    return make('td', {className: line.source && line.source === column.name ? 'own' : ''}, button);
  }));
}
function drawLegend(range) {
  const absolute = state.colour === 'absolute';
  const parts = [];
  if (!absolute || data.range !== 'column') parts.push(absolute ? fixed(range[0]) : signed(range[0]),
    make('span', {className: `scale ${absolute ? 'level' : ''}`, style: absolute ? {'--to': 'var(--level)'}
      : {'--from': 'var(--less)', '--to': 'var(--more)'}}), absolute ? fixed(range[1]) : signed(range[1]));
  parts.push(absolute ? ` ${data.unit}` : ` difference to ${state.colour}, ${data.unit}`);
  if (data.columns.some(column => column.lower)) parts.push('; ↓ marks an error, where less is better');
  if (data.lines.some(line => data.columns.some(column => column.name === line.source)))
    parts.push('; outlined: the domain that the model was trained on');
  find('legend').replaceChildren(...parts);
}

function choice(name, options, onchange) {
  const select = make('select', {name}, ...options.map(([value, text]) => make('option', {value}, text)));
  select.onchange = () => { onchange(select.value); state.sort = null; drawTable(); };
  return make('label', {}, make('span', {}, name), select);
}
function drawControls() {
  const controls = find('controls');
  controls.onsubmit = event => event.preventDefault();
  const references = data.references.filter(name => data.lines.some(line => line.cells.some(cell => cell.gains[name])));
  controls.append(choice('show', [['absolute', data.unit], ...references.map(name => [name, `difference to ${name}`])],
    value => { state.colour = value; }));
  const seeds = unique(data.lines.map(line => line.seed)).filter(seed => seed !== null);
  if (seeds.length) controls.append(choice('seed', [['', 'mean of all'], ...seeds.map(seed => [String(seed), String(seed)])],
    value => { state.seed = value === '' ? null : Number(value); }));
  const branches = unique(data.lines.filter(line => line.origin === 'measured').map(line => line.branch));
  if (branches.length > 1) controls.append(choice('norm branch', [['', 'all'], ...branches.map(name => [name, name])],
    value => { state.branch = value; }));
  const methods = unique(data.lines.map(line => line.method));
  if (methods.length > 1) controls.append(make('fieldset', {}, make('legend', {}, 'methods'), ...methods.map(method => {
    const box = make('input', {type: 'checkbox', checked: true, name: 'method', value: method});
    box.onchange = () => { state.hidden[box.checked ? 'delete' : 'add'](method); drawTable(); };
    return make('label', {}, box, method);
  })));
}

function openDetail(line, index) {
  const column = data.columns[index], cell = line.cells[index], dialog = find('detail');
  const close = make('button', {type: 'button', id: 'close'}, 'Close');
  close.onclick = () => dialog.close();
  const deviation = cell.std === null ? '' : ` ± ${fixed(cell.std)} over ${line.runs} runs`;
  const gains = Object.entries(cell.gains).map(([name, [mean, std]]) =>
    `${signed(mean)}${std === null ? '' : ` ± ${fixed(std)}`} to ${name}`);
  dialog.replaceChildren(
    make('div', {className: 'top'}, make('h2', {id: 'detail-title'}, `${line.label} on ${column.name}`), close),
    make('p', {className: 'quiet'}, [line.source && `Trained on ${line.source}.`, line.seed === null ? '' : `Seed ${line.seed}.`,
      `${column.lower ? 'Error' : data.unit}: ${fixed(cell.mean)}${deviation}.`, gains.length ? `Difference: ${gains.join(', ')}.` : ''].filter(Boolean).join(' ')),
    ...drawFrames(line, column), ...drawParts(line, index), ...drawConfusion(cell));
  dialog.showModal();
  dialog.scrollTop = 0;
}
function drawParts(line, index) {
  const parts = line.cells[index].parts;
  if (!parts || !parts.length) return [];
  const name = state.colour === 'absolute' ? data.references[0] : state.colour;
  const reference = data.lines.find(each => each.method === name && each.source === line.source && each.seed === line.seed
    && each.origin === 'measured' && ['main', 'paper'].includes(each.branch) && each !== line && each.cells[index].parts);
  const theirs = new Map(reference ? reference.cells[index].parts : []);
  return [make('h3', {}, data.part), make('div', {className: 'wide'}, make('table', {className: 'parts'},
    make('thead', {}, make('tr', {}, make('th', {}, ''), make('th', {className: 'bar'}, ''), make('th', {}, line.label),
      ...(reference ? [make('th', {}, name), make('th', {}, 'difference')] : []))),
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
    drawPictures(frame.pictures.filter(each => [null, line.label].includes(each.label) || (data.references.includes(each.label) && !each.change))), drawClasses()]);
}
function drawPictures(pictures) {
  const figure = (uri, text) => make('figure', {}, make('img', {src: uri, alt: text, loading: 'lazy'}), make('figcaption', {}, text));
  return make('div', {className: 'frames'}, ...pictures.map(each => figure(each.uri, each.text)));
}
function drawClasses() {
  return make('p', {className: 'classes'}, ...data.classes.filter(each => each.colour).map(each =>
    make('span', {}, make('span', {className: 'swatch', style: {background: each.colour}}), each.name)));
}

function drawRest() {
  if (data.changes.length) {
    find('examples').hidden = false;
    find('examples').replaceChildren(make('h2', {}, 'The largest gains and the largest losses'),
      make('p', {className: 'quiet'}, 'Chosen for their difference on unseen domains: no sample of what is usual.'), drawClasses(),
      ...data.changes.flatMap(frame => [make('p', {}, frame.caption), drawPictures(frame.pictures)]));
  }
  document.querySelector('h1').textContent = data.title;
  find('subtitle').textContent = data.subtitle;
  find('findings').replaceChildren(...data.findings.map(text => make('p', {}, text)));
  for (const [id, pairs] of [['terms', data.terms], ['about', data.about]])
    find(id).replaceChildren(...pairs.flatMap(([name, text]) => [make('dt', {}, name), make('dd', {}, text)]));
  const theme = find('theme'), root = document.documentElement;
  const dark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  const label = () => { theme.textContent = dark() ? 'Light' : 'Dark'; theme.setAttribute('aria-label', `${theme.textContent} colours`); };
  theme.onclick = () => { root.dataset.theme = dark() ? 'light' : 'dark'; label(); };
  label();
}
drawRest();
drawControls();
drawTable();
