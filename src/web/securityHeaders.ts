/** Strict headers for a page that needs nothing from elsewhere: no inline script, no inline style, no frame. */
import type { RequestHandler } from 'express';
import helmet from 'helmet';

export function securityHeaders(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // uPlot and Preact style elements through the CSSOM, which the policy does not concern (CSP 3, 4.2.3).
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Served over plain HTTP on the loopback address; a proxy with TLS adds its own.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
  });
}
