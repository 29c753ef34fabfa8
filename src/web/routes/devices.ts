/** Wearables: battery, signal, loss, when last heard. */
import { type IRouter, Router } from 'express';
import type { ServiceView } from '../../model/ports.ts';

export function deviceRoutes(view: ServiceView): IRouter {
  const router = Router();
  router.get('/devices', (_req, res) => {
    res.json({ items: view.devices() });
  });
  return router;
}
