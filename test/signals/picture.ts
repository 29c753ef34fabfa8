/** The picture of a scene: what was moved, what was found, and when it was known. */
import type { MotionEvent } from '../../src/model/event.ts';
import { drawPlot, type PlotMark } from './plot.ts';
import { runScene, SCENE_COLUMNS, type SceneRun } from './sceneRun.ts';
import type { Scene } from './scenes.ts';

export interface Picture {
  readonly scene: Scene;
  readonly run: SceneRun;
  /** Of the kind that the picture is about. */
  readonly events: readonly MotionEvent[];
  readonly marks: readonly PlotMark[];
  readonly description: string;
  readonly svg: string;
}

export function pictureOf(scene: Scene): Picture {
  const run = runScene(scene.movements, scene.placement ?? 'chest');
  const events = run.events.filter(({ type }) => type === scene.type);
  const marks = events.map((event) => markOf(scene, run, event));
  const description = descriptionOf(scene, events, marks);
  const svg = drawPlot({
    title: scene.title,
    description,
    valueAxis: isInG(scene) ? 'acceleration above 1 g, g' : 'angle, degrees',
    fromS: scene.shownS[0],
    toS: scene.shownS[1],
    fromValue: scene.values[0],
    toValue: scene.values[1],
    tickValue: scene.tickValue,
    tS: run.tS,
    lines: scene.lines.map((column) => ({ name: SCENE_COLUMNS[column], values: run.columns[column] })),
    levels: scene.levels,
    spans: events.map(({ startS, endS }) => ({ startS, endS, name: scene.type })),
    marks,
    moments: momentsOf(events),
  });
  return { scene, run, events, marks, description, svg };
}

/** Beside the page. */
export const pathOf = ({ scene }: Picture): string => `signals/${scene.type}.svg`;

/** Value of a line at a moment. */
export const valueAt = ({ tS }: SceneRun, values: readonly number[], momentS: number): number =>
  values[tS.findIndex((t) => t >= momentS - 1e-9)];

function markOf(scene: Scene, run: SceneRun, event: MotionEvent): PlotMark {
  const values = run.columns[scene.lines[0]];
  const tS = scene.markAt === 'end' ? event.endS : (event.peakS ?? largestAt(run, values, scene.shownS[0], event.endS));
  return { tS, value: valueAt(run, values, tS), text: scene.markText(event), place: scene.markPlace };
}

function largestAt({ tS }: SceneRun, values: readonly number[], fromS: number, toS: number): number {
  let at = NaN;
  let largest = -Infinity;
  tS.forEach((t, i) => {
    if (t < fromS || t > toS || !(Math.abs(values[i]) > largest)) return;
    at = t;
    largest = Math.abs(values[i]);
  });
  return at;
}

/** Events that are decided together have one line. */
function momentsOf(events: readonly MotionEvent[]): { tS: number; text: string }[] {
  return [...new Set(events.map(({ decidedS }) => decidedS))].map((tS) => {
    const of = events.filter(({ decidedS }) => decidedS === tS);
    const afterS = tS - Math.max(...of.map(({ endS }) => endS));
    const when = afterS < 0.005 ? 'at its end' : `${afterS.toFixed(1)} s after its end`;
    return { tS, text: of.length > 1 ? 'decided together with the last' : `decided ${when}` };
  });
}

const isInG = ({ lines }: Scene): boolean => lines.includes('verticalG');

function descriptionOf(scene: Scene, events: readonly MotionEvent[], marks: readonly PlotMark[]): string {
  const lines = scene.lines.map((column) => SCENE_COLUMNS[column]).join(' and ');
  const found = events.map(
    ({ startS, endS, decidedS }, k) =>
      `from ${startS.toFixed(2)} s to ${endS.toFixed(2)} s (${marks[k].text}), decided at ${decidedS.toFixed(2)} s`,
  );
  return `${scene.title}. Drawn over time: ${lines}, in ${isInG(scene) ? 'g above one g' : 'degrees'}. Event ${scene.type} ${found.join('; ')}.`;
}
