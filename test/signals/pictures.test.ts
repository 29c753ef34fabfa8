/** The pictures of docs/signals.md are what the program finds today, and can be read by anybody. */
import { describe, expect, it } from 'vitest';
import { expectCommitted } from '../committedFile.ts';
import { type Picture, pathOf, pictureOf, valueAt } from './picture.ts';
import { runScene } from './sceneRun.ts';
import { type Scene, SCENES } from './scenes.ts';

const MOST_BYTES = 40_000;
const pictures = SCENES.map(pictureOf);
const named = (those: readonly Picture[]): (readonly [string, Picture])[] =>
  those.map((picture) => [picture.scene.type, picture]);

describe.each(named(pictures))('the picture of %s', (_type, picture) => {
  const { scene, events, marks, svg } = picture;

  it('is what the program finds today', () => {
    expectCommitted(`docs/${pathOf(picture)}`, svg);
  });

  it('has its event, its mark and the moment of decision within the frame', () => {
    expect(events.length).toBeGreaterThan(0);
    const [fromS, toS] = scene.shownS;
    for (const { startS, endS, decidedS } of events) {
      expect(startS).toBeGreaterThan(fromS);
      expect(decidedS).toBeGreaterThanOrEqual(endS);
      expect(decidedS).toBeLessThan(toS);
    }
    for (const { value } of marks) {
      expect(value).toBeGreaterThan(scene.values[0]);
      expect(value).toBeLessThan(scene.values[1]);
    }
  });

  it('is small, has its own background and says in words what it shows', () => {
    expect(Buffer.byteLength(svg)).toBeLessThan(MOST_BYTES);
    expect(svg).toContain('fill="#FFFFFF"');
    expect(svg).toContain('<desc id="d">');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('the levels that are drawn are those of the detector', () => {
  const starting = pictures.filter(({ scene }) => scene.startsAt !== undefined);
  const reaching = SCENES.flatMap((scene) => (scene.reach ? [[scene.type, scene, scene.reach] as const] : []));

  it.each(named(starting))('%s starts and ends there', (_type, { scene, run, events }) => {
    const values = run.columns[scene.lines[0]];
    // At most what changes from one sample to the next.
    const within = scene.lines[0] === 'verticalG' ? 0.5 : 1.5;
    for (const { startS, endS } of events) {
      expect(Math.abs(valueAt(run, values, startS) - Number(scene.startsAt))).toBeLessThan(within);
      const { endsAt } = scene;
      if (endsAt !== undefined) expect(Math.abs(valueAt(run, values, endS) - endsAt)).toBeLessThan(within);
    }
  });

  it.each(reaching)('%s to 2° less is none, to 2° more is one', (type, scene: Scene, { deg, movements }) => {
    const found = [-2, 2].map((moreDeg) => runScene(movements(deg + moreDeg), 'chest').events);
    expect(found.map((events) => events.filter((event) => event.type === type).length)).toEqual([0, 1]);
    expect(scene.levels.map(({ value }) => value)).toContain(deg);
  });
});
