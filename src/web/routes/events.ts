/** What happened: movements, and what they mean for the person. Newest first. */
import { type IRouter, Router } from 'express';
import { z } from 'zod';
import type { RecordStore, ServiceView } from '../../model/ports.ts';
import { checkRange, instantInput, parseInput, personIdInput } from '../parseInput.ts';
import { requirePerson } from '../requirePerson.ts';

const MAX_EVENTS = 1000;
const limitText = `a whole number from 1 to ${MAX_EVENTS}`;

const eventsQuery = z.object({
  person: personIdInput.optional(),
  from: instantInput.optional(),
  to: instantInput.optional(),
  limit: z
    .string({ error: limitText })
    .regex(/^\d{1,4}$/, limitText)
    .transform(Number)
    .refine((n) => n >= 1 && n <= MAX_EVENTS, limitText)
    .default(100),
});

export function eventRoutes(view: ServiceView, record: RecordStore): IRouter {
  const router = Router();
  router.get('/events', (req, res) => {
    const { person, from, to, limit } = parseInput(eventsQuery, req.query);
    checkRange(from, to);
    if (person !== undefined) requirePerson(view, person);
    const query = {
      limit,
      ...(person === undefined ? {} : { personId: person }),
      ...(from === undefined ? {} : { fromMs: from }),
      ...(to === undefined ? {} : { toMs: to }),
    };
    res.json({ motionEvents: record.motionEvents(query), clinicalEvents: record.clinicalEvents(query) });
  });
  return router;
}
