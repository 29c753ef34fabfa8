/** Forward lean over the last minute. Missing data is a gap in the line, never a guess. */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { TrackPoints } from '../live/angleTrack.ts';
import type { BendLimits } from '../words/postureWords.ts';

const HEIGHT_PX = 250;
const FONT = '15px "Segoe UI", "Helvetica Neue", "Noto Sans", "Liberation Sans", Arial, sans-serif';

/** Colours come from the style sheet, so that light and dark are decided in one place. */
function colour(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

function drawZone(plot: uPlot, fromDeg: number, toDeg: number, fill: string): void {
  const { left, width, top, height } = plot.bbox;
  const clamp = (y: number): number => Math.max(top, Math.min(top + height, y));
  const y0 = clamp(plot.valToPos(toDeg, 'y', true));
  const y1 = clamp(plot.valToPos(fromDeg, 'y', true));
  plot.ctx.fillStyle = fill;
  plot.ctx.fillRect(left, y0, width, y1 - y0);
}

function drawLimit(plot: uPlot, deg: number, words: string, stroke: string, dash: readonly number[]): void {
  const { ctx, bbox } = plot;
  const y = plot.valToPos(deg, 'y', true);
  const ratio = devicePixelRatio;
  ctx.strokeStyle = stroke;
  ctx.lineWidth = 2 * ratio;
  ctx.setLineDash(dash.map((length) => length * ratio));
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.fillStyle = stroke;
  ctx.font = FONT.replace('15px', `600 ${15 * ratio}px`);
  ctx.textAlign = 'left';
  ctx.textBaseline = 'bottom';
  ctx.fillText(words, bbox.left + 8 * ratio, y - 4 * ratio);
}

function zoneDrawer(element: Element, { cautionDeg, limitDeg }: BendLimits): (plot: uPlot) => void {
  return (plot) => {
    plot.ctx.save();
    if (cautionDeg !== undefined) drawZone(plot, cautionDeg, limitDeg ?? 180, colour(element, '--caution-ground'));
    if (limitDeg !== undefined) drawZone(plot, limitDeg, 180, colour(element, '--limit-ground'));
    if (cautionDeg !== undefined) {
      drawLimit(plot, cautionDeg, `Caution ${cautionDeg}°`, colour(element, '--caution'), [2, 5]);
    }
    if (limitDeg !== undefined) drawLimit(plot, limitDeg, `Limit ${limitDeg}°`, colour(element, '--limit'), [9, 5]);
    plot.ctx.restore();
  };
}

function optionsFor(element: HTMLElement, limits: BendLimits): uPlot.Options {
  const axis = { stroke: colour(element, '--soft'), font: FONT, ticks: { show: false } };
  const grid = { stroke: colour(element, '--line'), width: 1 };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    padding: [8, 12, 0, 0],
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
        splits: () => [-60, -45, -30, -15, 0],
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
    hooks: { drawClear: [zoneDrawer(element, limits)] },
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
