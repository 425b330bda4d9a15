export * from './api.ts';
export * from './error.ts';
export * from './field.ts';
export * from './message.ts';
export { Reader } from './reader.ts';
export { ZERO_UUID } from './scalar.ts';
export * from './versions.ts';
export { Writer } from './writer.ts';
