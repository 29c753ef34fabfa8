/** One metric of one sensor, a point per second. Where there is no data, there is a null: gaps stay gaps. */
import { type IRouter, Router } from 'express';
import { z } from 'zod';
import type { MetricDefinition } from '../../model/metric.ts';
import type { RecordStore, SeriesSecond, ServiceView } from '../../model/ports.ts';
import { checkRange, instantInput, parseInput, personIdInput, siteInput } from '../parseInput.ts';
import { HttpProblem } from '../problem.ts';
import { requirePerson } from '../requirePerson.ts';

const DAY_MS = 86_400_000;
/** Seconds that are further apart than this have missing data between them. */
const GAP_MS = 1500;

/** Unix ms and value; null: no value. */
type Point = readonly [number, number | null];

function pointsOf(seconds: readonly SeriesSecond[], metricId: string): Point[] {
  const points: Point[] = [];
  let lastMs: number | undefined;
  for (const { tMs, values } of seconds) {
    if (lastMs !== undefined && tMs - lastMs > GAP_MS) points.push([lastMs + 1000, null]);
    const value = values[metricId];
    points.push([tMs, value !== undefined && Number.isFinite(value) ? value : null]);
    lastMs = tMs;
  }
  return points;
}

export function seriesRoutes(view: ServiceView, record: RecordStore, metrics: readonly MetricDefinition[]): IRouter {
  const ids = metrics.map((metric) => metric.id).join(', ');
  const query = z.object({
    person: personIdInput,
    site: siteInput,
    metric: z.string({ error: `one of ${ids}` }),
    from: instantInput,
    to: instantInput,
  });
  const router = Router();
  router.get('/series', (req, res) => {
    const { person, site, metric, from, to } = parseInput(query, req.query);
    checkRange(from, to);
    if (to - from > DAY_MS) throw new HttpProblem(400, 'a range of at most 24 h', `${(to - from) / 3_600_000} h`);
    requirePerson(view, person);
    const definition = metrics.find(({ id }) => id === metric);
    if (!definition) throw new HttpProblem(404, `metric to be one of ${ids}`, JSON.stringify(metric.slice(0, 60)));
    const seconds = record.series({ personId: person, site, fromMs: from, toMs: to });
    res.json({ person, site, metric: definition, points: pointsOf(seconds, definition.id) });
  });
  return router;
}
