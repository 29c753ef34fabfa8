/** Where the web stage listens and who may ask it. */
import { z } from 'zod';

const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

export const webConfigSchema = z.strictObject({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('address to listen on; anything but loopback shows the page to the network, put a login proxy before it'),
  port: z.number().int().min(0).max(65_535).default(8480).describe('port of the page and the API; 0: any free one'),
  allowedHosts: z
    .array(z.string().regex(HOST_NAME, 'expected a host name without port, such as "plumbline.example.org"'))
    .default([])
    .describe('further names under which browsers and scrapers may call the page'),
});

export type WebConfig = z.infer<typeof webConfigSchema>;
