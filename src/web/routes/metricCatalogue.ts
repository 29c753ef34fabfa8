/** What is measured: unit, meaning, sign and reference of every metric. */
import { type IRouter, Router } from 'express';
import type { MetricDefinition } from '../../model/metric.ts';

export function metricCatalogueRoutes(metrics: readonly MetricDefinition[]): IRouter {
  const router = Router();
  router.get('/metrics', (_req, res) => {
    res.json({ items: metrics });
  });
  return router;
}
