/** Forward lean over the last minute. Missing data is a gap in the line, never a guess. */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { TrackPoints } from '../live/angleTrack.ts';
import type { BendLimits } from '../words/postureWords.ts';

const HEIGHT_PX = 250;
const isNarrow = (widthPx: number): boolean => widthPx < 460;
const FONT_FAMILY =
  '"Atkinson Hyperlegible", "Segoe UI", "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif';
const FONT = `15px ${FONT_FAMILY}`;

/** Colours come from the style sheet, so that light and dark are decided in one place. */
function colour(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

function drawZone(plot: uPlot, fromDeg: number, toDeg: number, fill: string): void {
  const { left, width, top, height } = plot.bbox;
  const clamp = (y: number): number => Math.max(top, Math.min(top + height, y));
  const y0 = clamp(plot.valToPos(toDeg, 'y', true));
  const y1 = clamp(plot.valToPos(fromDeg, 'y', true));
  // Pale: the curve is what matters.
  plot.ctx.globalAlpha = 0.65;
  plot.ctx.fillStyle = fill;
  plot.ctx.fillRect(left, y0, width, y1 - y0);
  plot.ctx.globalAlpha = 1;
}

interface LimitLine {
  readonly deg: number;
  readonly words: string;
  readonly stroke: string;
  readonly dash: readonly number[];
}

function limitLines(element: Element, { cautionDeg, limitDeg }: BendLimits): LimitLine[] {
  const lines: LimitLine[] = [];
  if (cautionDeg !== undefined) {
    lines.push({
      deg: cautionDeg,
      words: `Caution ${cautionDeg}°`,
      stroke: colour(element, '--caution'),
      dash: [2, 5],
    });
  }
  if (limitDeg !== undefined) {
    lines.push({ deg: limitDeg, words: `Limit ${limitDeg}°`, stroke: colour(element, '--limit'), dash: [9, 5] });
  }
  return lines;
}

function drawLine(plot: uPlot, { deg, stroke, dash }: LimitLine): void {
  const { ctx, bbox } = plot;
  const y = plot.valToPos(deg, 'y', true);
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.setLineDash(dash.map((lengthPx) => lengthPx * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
}

/** Beside the plot, so that the words never cover the curve. */
function drawLabel(plot: uPlot, { deg, words, stroke }: LimitLine): void {
  const { ctx, bbox, width } = plot;
  ctx.font = `600 ${15 * devicePixelRatio}px ${FONT_FAMILY}`;
  ctx.fillStyle = stroke;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  const text = isNarrow(width) ? `${deg}°` : words;
  ctx.fillText(text, bbox.left + bbox.width + 8 * devicePixelRatio, plot.valToPos(deg, 'y', true));
}

function zoneHooks(
  element: Element,
  limits: BendLimits,
): { drawClear: (plot: uPlot) => void; draw: (plot: uPlot) => void } {
  const { cautionDeg, limitDeg } = limits;
  const lines = limitLines(element, limits);
  const saved = (plot: uPlot, paint: () => void): void => {
    plot.ctx.save();
    paint();
    plot.ctx.restore();
  };
  return {
    drawClear: (plot) =>
      saved(plot, () => {
        if (cautionDeg !== undefined) drawZone(plot, cautionDeg, limitDeg ?? 180, colour(element, '--caution-ground'));
        if (limitDeg !== undefined) drawZone(plot, limitDeg, 180, colour(element, '--limit-ground'));
        for (const line of lines) drawLine(plot, line);
      }),
    draw: (plot) =>
      saved(plot, () => {
        for (const line of lines) drawLabel(plot, line);
      }),
  };
}

/** Fewer times where there is little room. */
const timesFor = (widthPx: number): number[] => (isNarrow(widthPx) ? [-60, -30, 0] : [-60, -45, -30, -15, 0]);

function optionsFor(element: HTMLElement, limits: BendLimits): uPlot.Options {
  const axis = { stroke: colour(element, '--soft'), font: FONT, ticks: { show: false } };
  const zones = zoneHooks(element, limits);
  const grid = { stroke: colour(element, '--line'), width: 1 };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    padding: [8, (plot) => (isNarrow(plot.width) ? 44 : 104), 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: () => [-60, 0] },
      y: { range: (_plot, low, high) => [Math.min(-10, (low ?? 0) - 5), Math.max(90, (high ?? 0) + 5)] },
    },
    axes: [
      {
        ...axis,
        size: 34,
        grid: { show: false },
        splits: (plot) => timesFor(plot.width),
        values: (_plot, splits) => splits.map((s) => (s === 0 ? 'now' : `${-s} s ago`)),
      },
      {
        ...axis,
        size: 52,
        grid,
        splits: () => [0, 30, 60, 90],
        values: (_plot, splits) => splits.map((deg) => `${deg}°`),
      },
    ],
    series: [{}, { stroke: colour(element, '--accent'), width: 3, spanGaps: false, points: { show: false } }],
    hooks: { drawClear: [zones.drawClear], draw: [zones.draw] },
  };
}

/** Changes when the browser turns to light or dark. */
function useScheme(): boolean {
  const [isDark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const changed = (): void => setDark(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return isDark;
}

export function AngleChart({ points, limits }: { points: TrackPoints; limits: BendLimits }) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const isDark = useScheme();
  useEffect(() => {
    const element = holder.current;
    if (!element) return undefined;
    const drawn = new uPlot(optionsFor(element, limits), [[], []], element);
    plot.current = drawn;
    const observer = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
      plot.current = undefined;
    };
  }, [isDark, limits.cautionDeg, limits.limitDeg]);
  useEffect(() => plot.current?.setData([points.agoS, points.flexionDeg]));
  return <div class="chart" ref={holder} aria-hidden="true" />;
}
