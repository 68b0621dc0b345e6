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

const titleOf = method => (data.references.find(each => each[0] === method) || [method, method])[1];

/* What a cell shows: [mean, deviation, interval], of the number itself or of its gain over a reference. */
function shown(cell) {
  if (state.colour === 'absolute') return [cell.mean, cell.std, null];
  return [...(cell.gains[state.colour] || [null, null]), cell.intervals?.[state.colour] ?? null];
}
/* What stands under a number: the interval of a gain where there is one, else the deviation over seeds. */
function spread(deviation, interval) {
  if (interval) return `${signed(interval[0])} to ${signed(interval[1])}`;
  return deviation === null ? '' : `±${fixed(deviation)}`;
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
    return make('th', {scope: 'col', 'aria-sort': sort, className: column.summary ? 'summary' : ''}, button);
  })));
  const bodies = unique(lines.map(line => line.source)).map(source => {
    const body = make('tbody', {});
    if (source) body.append(make('tr', {}, make('th', {className: 'source', scope: 'rowgroup', colSpan: data.columns.length + 1},
      make('span', {}, `trained on ${source}`))));
    for (const line of sorted(lines.filter(each => each.source === source))) body.append(drawLine(line, limits));
    return body;
  });
  find('table').replaceChildren(lines.length ? make('table', {}, head, ...bodies) : make('p', {className: 'none'}, 'No line fits these filters.'));
  if (focused !== undefined) find('table').querySelector(`[data-column="${focused}"]`)?.focus();
  drawLegend(limits[0]);
}
function drawLine(line, limits) {
  const seeds = line.runs > 1 ? make('small', {}, ` ${line.runs} seeds`) : null;
  return make('tr', {}, make('th', {scope: 'row'}, line.title, seeds), ...data.columns.map((column, index) => {
    const place = [column.summary ? 'summary' : '', line.source && line.source === column.name ? 'own' : ''].join(' ').trim();
    const [value, deviation, interval] = shown(line.cells[index]);
    if (value === null) return make('td', {className: `none ${place}`}, '–');
    const text = state.colour === 'absolute' ? fixed(value) : signed(value), under = spread(deviation, interval);
    const button = make('button', {type: 'button', style: paint(value, limits[index], column.lower),
      title: interval ? `${text}, 95 % interval ${under}` : '',
      'aria-label': `${line.title}${line.source && `, trained on ${line.source}`}, ${column.name}: ${text} ${under}`.trim()}, text,
      under ? make('small', {}, under) : null);
    button.onclick = () => openDetail(line, index);
    return make('td', {className: place}, button);
  }));
}
function drawLegend(range) {
  const absolute = state.colour === 'absolute';
  const parts = [];
  if (!absolute || data.range !== 'column') parts.push(absolute ? fixed(range[0]) : signed(range[0]),
    make('span', {className: `scale ${absolute ? 'level' : ''}`, style: absolute ? {'--to': 'var(--level)'}
      : {'--from': 'var(--less)', '--to': 'var(--more)'}}), absolute ? fixed(range[1]) : signed(range[1]));
  parts.push(absolute ? ` ${data.unit}` : ` difference to ${titleOf(state.colour)}, ${data.unit}`);
  if (data.lines.some(line => line.seed === state.seed && line.cells.some(cell => shown(cell)[2])))
    parts.push('; “… to …” is a 95 % interval');
  if (data.columns.some(column => column.lower)) parts.push('; ↓ marks an error, where less is better');
  if (data.lines.some(line => data.columns.some(column => column.name === line.source)))
    parts.push('; outlined: the domain that the model was trained on');
  find('legend').replaceChildren(...parts);
}

function choice(name, options, onchange) {
  const select = make('select', {name}, ...options.map(([value, text]) => make('option', {value}, text)));
  select.onchange = () => { onchange(select.value); state.sort = null; drawTable(); drawCurves(); };
  return make('label', {}, make('span', {}, name), select);
}
function drawControls() {
  const controls = find('controls');
  controls.onsubmit = event => event.preventDefault();
  const references = data.references.filter(([name]) => data.lines.some(line => line.cells.some(cell => cell.gains[name])));
  controls.append(choice('show', [['absolute', data.unit], ...references.map(([name, title]) => [name, `difference to ${title}`])],
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
    box.onchange = () => { state.hidden[box.checked ? 'delete' : 'add'](method); drawTable(); drawCurves(); };
    const own = data.lines.find(line => line.method === method);
    return make('label', {}, box, own.title.replace(/, (main|aux|auto)$| \[.*\]$/, ''));
  })));
}

function drawRest() {
  if (data.changes.length) {
    find('examples').hidden = false;
    find('examples').replaceChildren(make('h2', {}, 'The largest gains and the largest losses'),
      make('p', {className: 'quiet'}, 'Chosen for their difference on unseen domains: no sample of what is usual.'), drawClasses(),
      ...data.changes.map(frame => make('div', {className: 'change'}, make('p', {}, frame.caption), drawPictures(frame.pictures))));
  }
  document.querySelector('h1').textContent = data.title;
  find('subtitle').textContent = data.subtitle;
  find('limits').replaceChildren(...data.limits.map(text => make('p', {className: 'hint'}, text)));
  find('trainings').replaceChildren(...drawTrainings());
  find('findings').replaceChildren(...data.findings.map(text => make('p', {}, text)));
  for (const [id, pairs] of [['terms', data.terms], ['about', data.about]])
    find(id).replaceChildren(...pairs.flatMap(([name, text]) => [make('dt', {}, name), make('dd', {}, text)]));
  const theme = find('theme'), root = document.documentElement;
  const dark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  const label = () => { theme.textContent = dark() ? 'Light' : 'Dark'; theme.setAttribute('aria-label', `${theme.textContent} colours`); };
  theme.onclick = () => { root.dataset.theme = dark() ? 'light' : 'dark'; label(); };
  label();
  addEventListener('beforeprint', () => { document.querySelector('details').open = true; });
}
drawRest();
drawControls();
drawTable();
drawCurves();
