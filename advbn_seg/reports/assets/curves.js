'use strict';
/* The curves of the trainings: a card for each method and source, its seeds over each other. */
const CARD = {width: 264, height: 132, left: 34, right: 34, top: 8, bottom: 20};
const KINDS = [['clean', 'loss'], ['adversarial', 'adversarial loss']];

function svg(tag, properties = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(properties)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
const bounds = curves => {
  const ys = curves.flat().map(point => point[1]), low = Math.min(...ys), high = Math.max(...ys);
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  return [low - room, high + room];
};
const short = value => Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(2);

/* One plot. `series` is [[class, curve], ...]; the axes have the ends of their ranges, and each series its last value. */
function plot(series, end, [low, high], unit, label, height = CARD.height) {
  const right = CARD.width - CARD.right, bottom = height - CARD.bottom;
  const x = value => CARD.left + (right - CARD.left) * value / end;
  const y = value => bottom - (bottom - CARD.top) * (value - low) / (high - low);
  const text = (content, at, properties) => svg('text', {x: at[0], y: at[1], ...properties}, content);
  const picture = svg('svg', {viewBox: `0 0 ${CARD.width} ${height}`, role: 'img', 'aria-label': label},
    svg('path', {class: 'axis', d: `M${CARD.left} ${CARD.top}V${bottom}H${right}`}),
    text(short(high), [CARD.left - 4, CARD.top + 7], {class: 'tick', 'text-anchor': 'end'}),
    text(short(low), [CARD.left - 4, bottom], {class: 'tick', 'text-anchor': 'end'}),
    text('0', [CARD.left, height - 6], {class: 'tick'}),
    text(`${end} ${unit}${end > 1 ? 's' : ''}`, [right, height - 6], {class: 'tick', 'text-anchor': 'end'}));
  const ends = [];
  for (const [name, curve] of series) {
    const places = curve.map(([at, value]) => [x(at), y(value)]);
    picture.append(svg('path', {class: `curve ${name}`, d: `M${places.map(place => place.map(each => each.toFixed(1)).join(' ')).join('L')}`}));
    if (curve.length === 1 || name === 'validation') places.forEach(([cx, cy]) => picture.append(svg('circle', {class: name, cx, cy, r: 2.5})));
    ends.push([name, places.at(-1)[1], curve.at(-1)[1]]);
  }
  let above = -Infinity;  // where the label before is, for each to have room
  unique(ends.map(each => each[0])).map(name => ends.filter(each => each[0] === name))
    .map(same => [same[0][0], mean(same.map(each => each[1])), mean(same.map(each => each[2]))])
    .sort((a, b) => a[1] - b[1]).forEach(([name, at, value]) => {
      above = Math.max(at, above + 11);
      picture.append(text(short(value), [right + 6, above + 3], {class: `tick ${name}`}));
    });
  return picture;
}
const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;

function card(group, range) {
  const [{source, title}] = group, unit = group[0].curves.unit;
  const end = Math.ceil(Math.max(...group.flatMap(each => [...each.curves.clean, ...each.curves.validation].map(point => point[0]))));
  const series = group.flatMap(each => KINDS.filter(([kind]) => each.curves[kind].length).map(([kind]) => [kind, each.curves[kind]]));
  const checks = group.map(each => each.curves.validation).filter(each => each.length);
  const label = `${title}, trained on ${source || 'its data'}: loss over ${unit}s, at the end `
    + KINDS.map(([kind, name]) => [name, group.map(each => each.curves[kind].at(-1)?.[1]).filter(value => value !== undefined)])
      .filter(([, values]) => values.length).map(([name, values]) => `${name} ${short(mean(values))}`).join(', ');
  const metric = `validation ${data.unit.replace(' (%)', '')}`;
  const validated = checks.length ? `${metric} ${fixed(mean(checks.map(each => each.at(-1)[1])))} %` : '';
  return make('figure', {className: 'card'},
    make('figcaption', {}, make('b', {}, title), group.length > 1 ? ` ${group.length} seeds` : '', make('br'), validated),
    plot(series, end, range, unit, label),
    ...(checks.some(each => each.length > 1) ? [plot(checks.map(each => ['validation', each]), end, bounds(checks), unit,
      `${title}: ${metric} in percent over ${unit}s`, 84)] : []));
}

/* Cards of trainings of one length share the range of the loss, so that they can be compared. */
function drawCurves() {
  const known = data.trainings.filter(each => each.curves.clean);
  find('curves').hidden = !known.length;
  if (!known.length) return;
  const chosen = known.filter(each => !state.hidden.has(each.method) && (state.seed === null || each.seed === state.seed));
  const length = each => `${each.source} ${Math.round(each.curves.clean.at(-1)[0])} ${each.curves.unit}`;
  const ranges = new Map(unique(chosen.map(length)).map(key => [key, bounds(chosen.filter(each => length(each) === key)
    .flatMap(each => KINDS.map(([kind]) => each.curves[kind])))]));
  const key = KINDS.filter(([kind]) => chosen.some(each => each.curves[kind].length)).map(([kind, name]) =>
    make('span', {}, svg('svg', {class: 'key', viewBox: '0 0 24 8'}, svg('path', {class: `curve ${kind}`, d: 'M0 4H24'})), name));
  find('curves').replaceChildren(make('h2', {}, 'How the trainings went'), make('p', {className: 'quiet'},
    ...key, 'From the logs in the folders of the runs. Trainings of one source and length share their scale.'),
    ...unique(data.lines.map(line => line.source)).filter(source => chosen.some(each => each.source === source)).flatMap(source => {
      const mine = chosen.filter(each => each.source === source);
      return [...(source ? [make('h3', {}, `trained on ${source}`)] : []), make('div', {className: 'cards'},
        ...unique(data.lines.map(line => line.method)).filter(method => mine.some(each => each.method === method)).map(method => {
          const group = mine.filter(each => each.method === method);
          return card(group, ranges.get(length(group[0])));
        }))];
    }));
}
