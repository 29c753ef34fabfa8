import { describe, expect, it } from 'vitest';
import { mistakableFor } from '../../src/app/enrolment.ts';
import { parseConfig } from '../../src/config.ts';

const anna = { personId: 'anna', device: 'plumbline', name: 'Plumbline-0001' };

describe('two enrolled wearables may be one device', () => {
  it.each([
    ['with one name', { name: 'Plumbline-0001' }],
    ['when one of them is any of its model', {}],
    ['with one name, and an address known of one of them', { name: 'Plumbline-0001', address: 'c0:50:00:00:00:01' }],
  ])('%s', (_, wearable) => {
    expect(mistakableFor({ personId: 'berta', device: 'plumbline', ...wearable }, [anna])).toBe(anna);
  });

  it.each([
    ['with other names', 'plumbline', { name: 'Plumbline-0002' }],
    ['with an address of its own', 'plumbline', { address: 'c0:50:00:00:00:01' }],
    ['of other models', 'movesense', {}],
  ])('not %s', (_, device, wearable) => {
    expect(mistakableFor({ personId: 'berta', device, ...wearable }, [anna])).toBeUndefined();
  });

  it('not with one name and two addresses, whatever their spelling', () => {
    const first = { ...anna, address: 'c0:50:00:00:00:0a' };
    const second = { ...anna, personId: 'berta', address: 'C0:50:00:00:00:0B' };
    expect(mistakableFor(second, [first])).toBeUndefined();
    expect(mistakableFor({ ...second, address: 'C0:50:00:00:00:0A' }, [first])).toBe(first);
  });
});

it('a configuration in which two people could wear one wearable is refused, naming both', () => {
  const wearables = [{ device: 'plumbline', name: 'Plumbline-0001', placement: 'chest' }];
  const people = ['anna', 'berta'].map((id) => ({ id, wearables }));
  expect(() => parseConfig({ people }, 'test')).toThrow(
    /people\.1\.wearables\.0: expected a name or address that tells it apart from the wearable of anna, found/,
  );
});
