import { describe, expect, it } from 'vitest';
import {
  ApiVersions,
  Fetch,
  FindCoordinator,
  Heartbeat,
  OffsetDelete,
  SaslHandshake,
} from '../../src/protocol/api/index.ts';
import {
  decodeResponse,
  encodeRequest,
  encodeResponse,
  readRequestBody,
  readRequestHeader,
  readResponseBody,
} from '../../src/protocol/frame.ts';
import { ProtocolError, Reader, requestHeaderVersion, responseHeaderVersion } from '../../src/protocol/schema/index.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const join = (parts: readonly Buffer[]): string => Buffer.concat(parts).toString('hex');

describe('header versions', () => {
  it.each([
    [Heartbeat, 3, 1, 0],
    [Heartbeat, 4, 2, 1],
    [ApiVersions, 2, 1, 0],
    // The response header of ApiVersions stays short, although its body is flexible from version 3 on (KIP-511).
    [ApiVersions, 3, 2, 0],
    [ApiVersions, 4, 2, 0],
    [OffsetDelete, 0, 1, 0],
    [SaslHandshake, 1, 1, 0],
  ] as const)('%o v%i', (api, version, request, response) => {
    expect(requestHeaderVersion(api, version)).toBe(request);
    expect(responseHeaderVersion(api, version)).toBe(response);
  });
});

describe('requests', () => {
  const body = { groupId: 'g', generationId: 3, memberId: 'm' };

  it('classic: key, version, correlation id, client id, body', () => {
    const frame = encodeRequest(Heartbeat, 3, { correlationId: 7, clientId: 'me' }, body);
    expect(join(frame)).toBe(hex('000c 0003 00000007 0002 6d65  0001 67 00000003 0001 6d ffff').toString('hex'));
  });

  it('flexible: tags after the client id, which stays a classic string', () => {
    const frame = encodeRequest(Heartbeat, 4, { correlationId: 7, clientId: 'me' }, body);
    expect(join(frame)).toBe(hex('000c 0004 00000007 0002 6d65 00  02 67 00000003 02 6d 00 00').toString('hex'));
  });

  it('a client id may be null', () => {
    const frame = Buffer.concat(encodeRequest(Heartbeat, 4, { correlationId: -1, clientId: null }, body));
    const reader = new Reader(frame);
    expect(readRequestHeader(reader)).toEqual({ apiKey: 12, apiVersion: 4, correlationId: -1, clientId: null });
    expect(readRequestBody(Heartbeat, 4, reader)).toEqual({ ...body, groupInstanceId: null });
  });

  it('unknown tags in a header are skipped', () => {
    const frame = hex('000c 0004 00000007 0002 6d65 02 00 02 aabb 05 00  02 67 00000003 02 6d 00 00');
    const reader = new Reader(frame);
    expect(readRequestHeader(reader).clientId).toBe('me');
    expect(readRequestBody(Heartbeat, 4, reader)).toMatchObject(body);
  });

  it('a header can be read for an API that is not known, so that the caller can say which', () => {
    expect(readRequestHeader(new Reader(hex('7fff 0063 00000001 ffff')))).toEqual({
      apiKey: 32767,
      apiVersion: 99,
      correlationId: 1,
      clientId: null,
    });
  });

  it('bytes after the body, and a client id that cannot be, are ProtocolErrors', () => {
    const frame = Buffer.concat([...encodeRequest(Heartbeat, 4, { correlationId: 1, clientId: 'x' }, body), hex('00')]);
    const reader = new Reader(frame);
    readRequestHeader(reader);
    expect(() => readRequestBody(Heartbeat, 4, reader)).toThrow(ProtocolError);
    expect(() => readRequestHeader(new Reader(hex('000c 0004 00000007 fffe')))).toThrow(ProtocolError);
    expect(() => encodeRequest(Heartbeat, 4, { correlationId: 1, clientId: 'x'.repeat(40_000) }, body)).toThrow(
      ProtocolError,
    );
  });
});

describe('responses', () => {
  it('classic and flexible headers', () => {
    expect(join(encodeResponse(Heartbeat, 3, 7, { errorCode: 27 }))).toBe('00000007' + '00000000' + '001b');
    expect(join(encodeResponse(Heartbeat, 4, 7, { errorCode: 27 }))).toBe(
      '00000007' + '00' + '00000000' + '001b' + '00',
    );
  });

  it('ApiVersions: short header, flexible body', () => {
    const frame = encodeResponse(ApiVersions, 3, 7, { apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }] });
    expect(join(frame)).toBe(hex('00000007 0000 02 0012 0000 0004 00 00000000 00').toString('hex'));
    expect(decodeResponse(ApiVersions, 3, Buffer.concat(frame))).toMatchObject({
      correlationId: 7,
      body: { apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 4 }], finalizedFeaturesEpoch: -1 },
    });
  });

  it('come back with their correlation id; tags in the header are skipped', () => {
    const body = { coordinators: [{ key: 'g', nodeId: 3, host: 'h', port: 9092 }] };
    const frame = Buffer.concat(encodeResponse(FindCoordinator, 4, 99, body));
    expect(decodeResponse(FindCoordinator, 4, frame)).toMatchObject({ correlationId: 99, body });
    const tagged = Buffer.concat([frame.subarray(0, 4), hex('01 00 01 ff'), frame.subarray(5)]);
    expect(decodeResponse(FindCoordinator, 4, tagged)).toMatchObject({ correlationId: 99, body });
    expect(() => decodeResponse(FindCoordinator, 4, Buffer.concat([frame, hex('00')]))).toThrow(ProtocolError);
  });

  it('record data is passed on, not copied', () => {
    const data = Buffer.alloc(100_000, 7);
    const parts = encodeResponse(Fetch, 17, 1, { responses: [{ partitions: [{ records: data }] }] });
    expect(parts).toContain(data);
  });
});

it('believes no count of tags, and no size of one', () => {
  const read = (header: string) => () => readResponseBody(FindCoordinator, 4, new Reader(hex(header)));
  expect(read('ffffffff0f')).toThrow(/array of 4294967295 elements/);
  expect(read('01 00 05 00')).toThrow(/needs 5 bytes/);
});
