/** A mount as people write it, in a sidecar or in the configuration: signed axes, or a 3×3 array for a sensor that sits askew. */
import { z } from 'zod';
import { messageOf } from '../model/errors.ts';
import { mountFromRows, parseMount, type Mount } from '../model/frames.ts';

export const mountSchema = z
  .union([z.string(), z.array(z.array(z.number()).length(3)).length(3)], {
    error: 'expected signed axes such as "+Z-Y+X" or a 3×3 array',
  })
  .transform((value, context): Mount => {
    try {
      return typeof value === 'string' ? parseMount(value) : mountFromRows(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
      return z.NEVER;
    }
  });

/** The way back, as a sidecar has it. */
export const mountRows = (mount: Mount): number[][] => [0, 3, 6].map((first) => mount.slice(first, first + 3));
