/**
 * A plot over time as SVG text: lines, levels, shaded spans, marks. Same input, same bytes.
 *
 * Its own background, so that it reads on light and dark pages. Colours of Okabe & Ito 2008, and dashes beside them: nobody has to
 * tell colours apart.
 */
import { simplified } from './simplified.ts';

interface PlotLine {
  readonly name: string;
  readonly values: readonly number[];
}

interface PlotSpan {
  readonly startS: number;
  readonly endS: number;
  readonly name: string;
}

export interface PlotMark {
  readonly tS: number;
  readonly value: number;
  readonly text: string;
  /** Of the words; above where it is not said. */
  readonly place?: 'above' | 'aboveRight' | 'belowRight';
}

export interface Plot {
  readonly title: string;
  /** What somebody reads who does not see it. */
  readonly description: string;
  readonly valueAxis: string;
  readonly fromS: number;
  readonly toS: number;
  readonly fromValue: number;
  readonly toValue: number;
  /** Between labelled ticks. */
  readonly tickValue: number;
  readonly tS: readonly number[];
  readonly lines: readonly PlotLine[];
  readonly levels: readonly { readonly value: number; readonly name: string }[];
  readonly spans: readonly PlotSpan[];
  readonly marks: readonly PlotMark[];
  readonly moments: readonly { readonly tS: number; readonly text: string }[];
}

const WIDTH = 820;
const HEIGHT = 340;
const LEFT = 66;
const RIGHT = 806;
const TOP = 74;
const BOTTOM = 288;
const LINES = [
  { colour: '#0072B2', dash: '' },
  { colour: '#B14A00', dash: '9 4' },
] as const;
const MOMENT_COLOUR = '#8C2D6B';
/** Half a pixel cannot be seen. */
const TOLERANCE_PX = 0.4;
const MOMENT_LABEL_PX = 190;
/** How far from the mark, and which end of the words is there. */
const MARK_PLACES = {
  above: [0, -12, 'middle'],
  aboveRight: [12, -6, 'start'],
  belowRight: [12, 16, 'start'],
} as const;

export function drawPlot(plot: Plot): string {
  const x = (tS: number): number => LEFT + ((tS - plot.fromS) / (plot.toS - plot.fromS)) * (RIGHT - LEFT);
  const y = (value: number): number =>
    BOTTOM - ((value - plot.fromValue) / (plot.toValue - plot.fromValue)) * (BOTTOM - TOP);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="t d" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif" font-size="14" fill="#1B1F24">`,
    `<title id="t">${escaped(plot.title)}</title>`,
    `<desc id="d">${escaped(plot.description)}</desc>`,
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="6" fill="#FFFFFF" stroke="#C9CED6"/>`,
    text(LEFT, 26, plot.title, 'font-size="17" font-weight="600"'),
    ...legend(plot),
    ...plot.spans.map((span) => spanOf(span, x)),
    ...grid(plot, x, y),
    ...plot.levels.map(({ value, name }) => levelOf(y(value), name)),
    ...plot.lines.map(({ values }, k) => lineOf(plot, values, k, x, y)),
    ...plot.moments.map((moment) => momentOf(x(moment.tS), moment.text)),
    ...plot.marks.map((mark) => markOf(x(mark.tS), y(mark.value), mark)),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

function grid(plot: Plot, x: (tS: number) => number, y: (value: number) => number): string[] {
  const out: string[] = [];
  for (let v = Math.ceil(plot.fromValue / plot.tickValue); v * plot.tickValue <= plot.toValue + 1e-9; v++) {
    const value = v * plot.tickValue;
    const isZero = v === 0;
    out.push(line(LEFT, y(value), RIGHT, y(value), `stroke="${isZero ? '#8A919C' : '#E3E6EB'}"`));
    out.push(text(LEFT - 8, y(value) + 5, minus(Number(value.toFixed(2))), 'text-anchor="end"'));
  }
  const tickS = niceStepS(plot.toS - plot.fromS);
  for (let k = Math.ceil(plot.fromS / tickS - 1e-9); k * tickS <= plot.toS + 1e-9; k++) {
    const tS = k * tickS;
    out.push(line(x(tS), BOTTOM, x(tS), BOTTOM + 5, 'stroke="#8A919C"'));
    out.push(text(x(tS), BOTTOM + 20, String(Number(tS.toFixed(2))), 'text-anchor="middle"'));
  }
  out.push(line(LEFT, BOTTOM, RIGHT, BOTTOM, 'stroke="#8A919C"'));
  out.push(text((LEFT + RIGHT) / 2, HEIGHT - 12, 'time, s', 'text-anchor="middle"'));
  const middle = (TOP + BOTTOM) / 2;
  out.push(text(18, middle, plot.valueAxis, `text-anchor="middle" transform="rotate(-90 18 ${px(middle)})"`));
  return out;
}

/** Names of the lines, what the shade is, and what the dashed upright is, in one row above the plot. */
function legend({ lines, spans }: Plot): string[] {
  const out: string[] = [];
  let left = LEFT;
  const add = (swatch: string, name: string): void => {
    out.push(swatch, text(left + 32, 52, name));
    left += 32 + 7.2 * name.length + 24;
  };
  lines.forEach(({ name }, k) => add(line(left, 47, left + 26, 47, strokeOf(k)), name));
  const [span] = spans;
  if (span) add(`<rect x="${px(left)}" y="40" width="26" height="14" fill="#FFE9A8"/>`, span.name);
  add(line(left, 47, left + 26, 47, momentStroke()), 'decided');
  return out;
}

const spanOf = ({ startS, endS }: PlotSpan, x: (tS: number) => number): string =>
  `<rect x="${px(x(startS))}" y="${TOP}" width="${px(Math.max(2, x(endS) - x(startS)))}" height="${BOTTOM - TOP}" fill="#FFE9A8"/>`;

const levelOf = (atY: number, name: string): string =>
  `${line(LEFT, atY, RIGHT, atY, 'stroke="#6B7280" stroke-dasharray="2 4"')}\n${text(LEFT + 6, atY - 4, name, 'font-size="12" fill="#4B5563"')}`;

function lineOf(
  plot: Plot,
  values: readonly number[],
  k: number,
  x: (tS: number) => number,
  y: (value: number) => number,
): string {
  const runs: [number, number][][] = [[]];
  values.forEach((value, i) => {
    const tS = plot.tS[i];
    if (tS < plot.fromS || tS > plot.toS) return;
    if (Number.isNaN(value)) runs.push([]);
    else runs.at(-1)?.push([x(tS), y(value)]);
  });
  const path = runs
    .filter((run) => run.length > 1)
    .map(
      (run) =>
        `M${simplified(run, TOLERANCE_PX)
          .map(([a, b]) => `${px(a)} ${px(b)}`)
          .join('L')}`,
    )
    .join('');
  return `<path d="${path}" fill="none" stroke-linejoin="round" ${strokeOf(k)}/>`;
}

function momentOf(atX: number, words: string): string {
  const isLate = atX + MOMENT_LABEL_PX > RIGHT;
  const label = text(
    isLate ? atX - 6 : atX + 6,
    TOP + 13,
    words,
    `fill="${MOMENT_COLOUR}"${isLate ? ' text-anchor="end"' : ''}`,
  );
  return `${line(atX, TOP, atX, BOTTOM, momentStroke())}\n${label}`;
}

function markOf(atX: number, atY: number, { text: words, place = 'above' }: PlotMark): string {
  const [dx, dy, anchor] = MARK_PLACES[place];
  const halo = 'stroke="#FFFFFF" stroke-width="3" paint-order="stroke"';
  const label = text(atX + dx, atY + dy, words, `text-anchor="${anchor}" font-weight="600" ${halo}`);
  return `<circle cx="${px(atX)}" cy="${px(atY)}" r="5" fill="#FFFFFF" stroke="#1B1F24" stroke-width="2"/>\n${label}`;
}

const strokeOf = (k: number): string => {
  const { colour, dash } = LINES[k % LINES.length];
  return `stroke="${colour}" stroke-width="2.5"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`;
};
const momentStroke = (): string => `stroke="${MOMENT_COLOUR}" stroke-width="2" stroke-dasharray="6 4"`;
const line = (x1: number, y1: number, x2: number, y2: number, style: string): string =>
  `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" ${style}/>`;
const text = (atX: number, atY: number, words: string, style = ''): string =>
  `<text x="${px(atX)}" y="${px(atY)}"${style === '' ? '' : ` ${style}`}>${escaped(words)}</text>`;
const px = (value: number): string => String(Number(value.toFixed(1)));
const minus = (value: number): string => String(value).replace('-', '−');
const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const niceStepS = (lengthS: number): number =>
  [0.1, 0.2, 0.5, 1, 2, 5, 10, 20].find((stepS) => lengthS / stepS <= 14) ?? 60;
