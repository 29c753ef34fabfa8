import { it } from 'vitest';
import { counted, countedIn } from './exerciseRun.ts';
import { EXERCISE_IDS } from '../../../src/motion/exercise/exercises.ts';
import { sharedRecordings } from '../../sharedData.ts';
import { blockOf } from '../trunkRun.ts';
import { parseMount } from '../../../src/model/frames.ts';
const st = (forS: number) => ({ do: 'stand', forS }) as const;
it('x', () => {
  const show = (r: any) =>
    `${r.count} tempo ${r.tempoMedianS?.toFixed(2)} form ${r.formShareRatio} | ${JSON.stringify(r.repetitions[3] ?? r.holds, (k, v) => (typeof v === 'number' ? +v.toFixed(2) : v))}`;
  for (const id of EXERCISE_IDS)
    for (const [name, m] of [
      ['walk', [st(3), { do: 'walk', forS: 40 }, st(3)]],
      ['slow', [st(3), { do: 'walk', forS: 40, cadencePerMin: 75, bounceMm: 12 }, st(3)]],
      ['sit', [st(3), { do: 'sit', forS: 60 }]],
      ['sts', [st(3), { do: 'sit', forS: 20 }, { do: 'standUp' }, st(6)]],
    ] as const)
      for (const placement of ['chest', 'waist'] as const) {
        const c = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => counted(id, m as any, { placement, seed }).count).join(' ');
        if (/[1-9]/.test(c) || id === 'wallStand')
          console.log(id, name, placement, c, show(counted(id, m as any, { placement })).slice(0, 200));
      }
  const tally: any = {};
  for (const s of ['SA01', 'SA03', 'SA06', 'SA09', 'SA17', 'SE01', 'SE03', 'SE05', 'SE07'])
    for (const r of sharedRecordings('sisfall', s)) {
      const a = r.activity!;
      if (!a.startsWith('D')) continue;
      const b = blockOf(r.n, r.rateHz, (t, acc, gyr) => {
        const i = Math.round(t * r.rateHz);
        ['x', 'y', 'z'].forEach((x, c) => {
          acc[c] = r.data['acc_' + x][i] * 9.80665;
          gyr[c] = (r.data['gyr_' + x][i] * Math.PI) / 180;
        });
      });
      for (const id of EXERCISE_IDS) {
        const res = countedIn(
          id,
          [b],
          { placement: 'waist' },
          { calibration: { mount: parseMount('+Z-Y+X'), method: 'x', confidence: 1 } },
        );
        ((tally[id] ??= {})[a] ??= []).push(id === 'wallStand' ? res.holds.length : res.count);
      }
    }
  for (const id in tally)
    console.log(
      id,
      Object.entries(tally[id])
        .map(([a, c]: any) => a + ': ' + c.join(''))
        .join(' | '),
    );
}, 600000);
