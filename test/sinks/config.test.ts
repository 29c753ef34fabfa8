import { describe, expect, it } from 'vitest';
import { influxConfigSchema } from '../../src/sinks/influx/config.ts';
import { mqttConfigSchema } from '../../src/sinks/mqtt/config.ts';

const problems = (schema: typeof mqttConfigSchema | typeof influxConfigSchema, input: unknown): string[] => {
  const result = schema.safeParse(input);
  return result.success ? [] : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('configuration of the sinks', () => {
  it('nothing configured means the embedded broker on the loopback interface', () => {
    expect(mqttConfigSchema.parse(undefined)).toEqual({
      broker: 'embedded',
      host: '127.0.0.1',
      port: 18_830,
      base: 'plumbline/v1',
    });
  });

  it('an external broker needs its address only', () => {
    const config = mqttConfigSchema.parse({ broker: 'external', url: 'mqtt://broker.local' });
    expect(config).toMatchObject({ protocolVersion: 5, clientId: 'plumbline-service', base: 'plumbline/v1' });
    expect(influxConfigSchema.parse({ url: 'http://influx.local:8086' })).toMatchObject({
      databases: { series: 'plumbline_1s', long: 'plumbline_long' },
    });
  });

  it.each([
    [mqttConfigSchema, { broker: 'external', url: 'http://x' }, /url: expected mqtt:\/\//],
    [mqttConfigSchema, { broker: 'external', url: 'x' }, /url: expected mqtt:\/\//],
    [mqttConfigSchema, { broker: 'external', url: 'mqtt://me:secret@x' }, /url: expected no user or password/],
    [mqttConfigSchema, { broker: 'external', url: 'mqtt://x', base: 'a/#' }, /base: expected levels/],
    [mqttConfigSchema, { broker: 'external', url: 'mqtt://x', protocolVersion: 3 }, /protocolVersion/],
    [mqttConfigSchema, { broker: 'external', url: 'mqtt://x', passwort: 'x' }, /passwort/],
    [mqttConfigSchema, { broker: 'embedded', port: 70_000 }, /port/],
    [mqttConfigSchema, { broker: 'mosquitto' }, /broker/],
    [influxConfigSchema, { url: 'mqtt://x' }, /url: expected http:\/\//],
    [influxConfigSchema, { url: 'http://me:secret@x' }, /url: expected no user or password/],
    [
      influxConfigSchema,
      { url: 'http://x', databases: { series: 'a"; DROP' } },
      /databases\.series: expected a database name/,
    ],
    [influxConfigSchema, { url: 'http://x', batchPoints: 10_000 }, /batchPoints/],
  ])('%# a bad key is named with what was expected', (schema, input, expected) => {
    expect(problems(schema, input).join('\n')).toMatch(expected);
  });

  it('all bad keys are listed at once', () => {
    const input = { broker: 'external', url: 'x', base: '#', keepaliveS: 1, clientId: 'ä' };
    expect(problems(mqttConfigSchema, input)).toHaveLength(4);
  });
});
