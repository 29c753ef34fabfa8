/** Is every stage alive? For people, for Docker and for Prometheus. */
import { type IRouter, Router } from 'express';
import type { ServiceView } from '../../model/ports.ts';

export function healthRoutes(view: ServiceView): IRouter {
  const router = Router();
  router.get('/healthz', (_req, res) => {
    const stages = view.health();
    const ok = stages.every((stage) => stage.ok);
    res.status(ok ? 200 : 503).json({ ok, stages });
  });
  router.get('/metrics', async (_req, res) => {
    // The version is part of the Prometheus text format.
    res.set('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(await view.metricsText());
  });
  return router;
}
