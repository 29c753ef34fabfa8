import { it } from 'vitest';
import { readdirSync } from 'node:fs';
import { placedRecordings } from './placedRecordings.ts';
const subj = (s: string) =>
  readdirSync('../shared/data/' + s)
    .filter((f) => f.endsWith('.bin.gz'))
    .map((f) => f.slice(0, -7));
const SETS: [string, RegExp][] = [
  ['umafall', /^Walking.*waist/],
  ['umafall', /^Walking.*chest/],
  ['sisfall', /^D01/],
  ['sisfall', /^D02/],
  ['sisfall', /^D03/],
  ['sisfall', /^D05/],
  ['mobilise-d-lab', /./],
  ['voisard-gait', /./],
];
it('measure', () => {
  for (const [set, re] of SETS)
    for (const cut of [1.5, 3, 5]) {
      const angs: number[] = [];
      const cohs: number[] = [];
      const ups: number[] = [];
      for (const s of subj(set)) {
        for (const r of placedRecordings(set, s, re).slice(0, 12)) {
          const { n, rateHz, accMps2: a } = r.block;
          const k = 1 - Math.exp((-2 * Math.PI * cut) / rateHz),
            ks = 1 - Math.exp((-2 * Math.PI * 0.5) / rateHz);
          const f = [a[0], a[1], a[2]],
            sl = [...f];
          let p: number[] | undefined;
          const c = [0, 0, 0];
          let pa = 0,
            pd = 0;
          for (let i = 0; i < n; i++) {
            for (let x = 0; x < 3; x++) {
              f[x] += k * (a[3 * i + x] - f[x]);
              sl[x] += ks * (f[x] - sl[x]);
            }
            const h = [f[0] - sl[0], f[1] - sl[1], f[2] - sl[2]];
            if (p) {
              const d = h.map((v, x) => v - p![x]);
              c[0] += h[1] * d[2] - h[2] * d[1];
              c[1] += h[2] * d[0] - h[0] * d[2];
              c[2] += h[0] * d[1] - h[1] * d[0];
              pa += h[0] ** 2 + h[1] ** 2 + h[2] ** 2;
              pd += d[0] ** 2 + d[1] ** 2 + d[2] ** 2;
            }
            p = h;
          }
          const m = r.mount;
          const seg = [0, 1, 2].map((q) => m[3 * q] * c[0] + m[3 * q + 1] * c[1] + m[3 * q + 2] * c[2]);
          angs.push(Math.atan2(seg[0], seg[2]) * 57.3);
          ups.push(Math.asin(seg[1] / Math.hypot(...seg)) * 57.3);
          cohs.push(Math.hypot(...seg) / Math.sqrt(pa * pd));
        }
      }
      const q = (v: number[]) => {
        const t = [...v].sort((a, b) => a - b);
        return [0, 0.1, 0.5, 0.9, 1].map((x) => t[Math.round(x * (t.length - 1))].toFixed(2)).join(' ');
      };
      console.log(
        set,
        String(re),
        cut,
        angs.length,
        'in45:',
        angs.filter((x) => Math.abs(x) < 45).length,
        'opp45',
        angs.filter((x) => Math.abs(x) > 135).length,
        'right half',
        angs.filter((x) => Math.abs(x) < 90).length,
        'ang',
        q(angs),
        'updeg',
        q(ups),
        'coh',
        q(cohs),
      );
    }
}, 600000);
