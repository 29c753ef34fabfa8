/** Where InfluxDB is, in the words of its client. */

export interface InfluxAddress {
  readonly protocol: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** @param url as checked by `influxConfigSchema`. */
export function influxAddress(url: string): InfluxAddress {
  const { protocol, hostname, port, pathname } = new URL(url);
  const isTls = protocol === 'https:';
  return {
    protocol: isTls ? 'https' : 'http',
    host: hostname.replaceAll(/^\[|\]$/g, ''),
    port: port === '' ? (isTls ? 443 : 80) : Number(port),
    path: pathname,
  };
}
