export { FaultEngine, type FaultEngineOptions } from './engine.ts';
export { configsOf, type FaultConfig, parseFault } from './grammar.ts';
export { type ActiveFault, type FaultFilter, valueWithRest } from './instance.ts';
export type { FaultHost } from './power.ts';
export type { Seat } from './seat.ts';
export { FAULT_NAMES, FAULTS, type Fault, type FaultName, type Injection, LIST_OF_FAULTS } from './vocabulary.ts';
