import type { Globals } from './command.ts';
import type { Connection, Deps } from './deps.ts';

/** The rooms below, each loaded when a command first needs it. */
export const realDeps: Deps = {
  connect: async (globals: Globals): Promise<Connection> => (await import('./connect.ts')).connect(globals),
  readRecording: async (path) => (await import('../cluster/read-recording.ts')).readRecording(path),
  writeRecording: async (path, recording, force) =>
    (await import('./recording-file.ts')).writeRecordingFile(path, recording, force),
  knowledge: async () => (await import('../diagnose/knowledge.ts')).KNOWLEDGE,
  startCluster: async (options) => (await import('./embedded.ts')).startEmbedded(options),
  startDemo: async (options) => (await import('./embedded.ts')).startEmbeddedDemo(options),
  startDrill: async (name, options, signal, tell) =>
    (await import('./embedded.ts')).startEmbeddedDrill(name, options, signal, tell),
  startScenario: async (name, options) => (await import('./embedded.ts')).startEmbeddedScenario(name, options),
};
