import { describe, expect, it } from 'vitest';
import { formatAddress, parseAddress, parseAddresses } from '../../src/client/address.ts';

describe('broker addresses', () => {
  it.each([
    ['localhost:9093', 'localhost', 9093],
    ['kafka-1.example.com', 'kafka-1.example.com', 9092],
    ['10.0.0.1:19092', '10.0.0.1', 19092],
    ['[::1]:9094', '::1', 9094],
    ['[fe80::1%eth0]:9094', 'fe80::1%eth0', 9094],
    ['[2001:db8::7]', '2001:db8::7', 9092],
    ['2001:db8::7', '2001:db8::7', 9092],
    ['SASL_SSL://broker:9096', 'broker', 9096],
    ['  broker:1 ', 'broker', 1],
  ])('%s', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
  });

  it.each([
    '',
    'host:',
    'host:port',
    'host:0',
    'host:65536',
    'a:b:9092x',
    ':9092',
    '[::1',
    'host name:9092',
    '[nothex]:1',
  ])('refuses %j', (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ name: 'INVALID_SETTING' }));
  });

  it('takes a list, drops blanks and repetitions, keeps the order', () => {
    expect(parseAddresses('b:2, a:1,,b:2,[::1]:3').map(formatAddress)).toEqual(['b:2', 'a:1', '[::1]:3']);
    expect(() => parseAddresses(' , ')).toThrow('no broker address given');
  });
});
