/** Who wears a sensor, with the limits that hold for each. */
import { type IRouter, Router } from 'express';
import type { ServiceView } from '../../model/ports.ts';

export function peopleRoutes(view: ServiceView): IRouter {
  const router = Router();
  router.get('/people', (_req, res) => {
    res.json({ items: view.people() });
  });
  return router;
}
