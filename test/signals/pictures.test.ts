/** The pictures of docs/signals.md are what the program finds today, and can be read by anybody. */
import { describe, expect, it } from 'vitest';
import { expectCommitted } from '../committedFile.ts';
import { pathOf, pictureOf, valueAt } from './picture.ts';
import { SCENES } from './scenes.ts';

const MOST_BYTES = 40_000;
const pictures = SCENES.map(pictureOf);

describe.each(pictures.map((picture) => [picture.scene.type, picture] as const))(
  'the picture of %s',
  (_type, picture) => {
    const { scene, run, events, marks, svg } = picture;

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

    it('draws the levels that the detector has: the event starts and ends there', () => {
      const values = run.columns[scene.lines[0]];
      // At most what changes from one sample to the next.
      const within = scene.lines[0] === 'verticalG' ? 0.5 : 1.5;
      for (const { startS, endS } of events) {
        if (scene.startsAt !== undefined)
          expect(Math.abs(valueAt(run, values, startS) - scene.startsAt)).toBeLessThan(within);
        if (scene.endsAt !== undefined)
          expect(Math.abs(valueAt(run, values, endS) - scene.endsAt)).toBeLessThan(within);
      }
    });

    it('is small, has its own background and says in words what it shows', () => {
      expect(Buffer.byteLength(svg)).toBeLessThan(MOST_BYTES);
      expect(svg).toContain('fill="#FFFFFF"');
      expect(svg).toContain('<desc id="d">');
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    });
  },
);
