/** Alerts: list them, and say "I have seen it". */
import { type IRouter, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { PlumblineError } from '../../model/errors.ts';
import type { RecordStore, ServiceView } from '../../model/ports.ts';
import { parseInput, personIdInput } from '../parseInput.ts';
import { HttpProblem } from '../problem.ts';
import { requirePerson } from '../requirePerson.ts';

const listQuery = z.object({
  open: z
    .enum(['true', 'false'], { error: 'true or false' })
    .optional()
    .transform((text) => text === 'true'),
  person: personIdInput.optional(),
});

const idText = 'an alert id of letters, digits and _ . : -';
const alertIdInput = z.string({ error: idText }).regex(/^[A-Za-z0-9_.:-]{1,200}$/, idText);

const byText = 'a name of 1 to 64 characters';
const acknowledgeBody = z.strictObject(
  {
    by: z
      .string({ error: byText })
      .transform((text) => text.trim().replace(/\s+/g, ' '))
      .refine((text) => /^[^\p{C}]{1,64}$/u.test(text), byText),
  },
  { error: 'a JSON object {"by": "name"} and nothing else' },
);

function acknowledge(view: ServiceView, alertId: string, by: string): ReturnType<ServiceView['acknowledge']> {
  try {
    return view.acknowledge(alertId, by);
  } catch (error) {
    if (error instanceof PlumblineError && error.code === 'web/invalid') {
      throw new HttpProblem(404, 'the id of an alert', JSON.stringify(alertId), { cause: error });
    }
    throw error;
  }
}

export function alertRoutes(view: ServiceView, record: RecordStore, guardPost: readonly RequestHandler[]): IRouter {
  const router = Router();
  router.get('/alerts', (req, res) => {
    const { open, person } = parseInput(listQuery, req.query);
    if (person !== undefined) requirePerson(view, person);
    const who = person === undefined ? {} : { personId: person };
    res.json({ items: record.alerts({ ...who, openOnly: open, limit: 500 }) });
  });
  router.post('/alerts/:id/acknowledge', ...guardPost, (req, res) => {
    const alertId = parseInput(alertIdInput, req.params['id']);
    const { by } = parseInput(acknowledgeBody, req.body);
    res.json(acknowledge(view, alertId, by));
  });
  return router;
}
