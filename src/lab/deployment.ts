import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ClusterClient } from '../client/cluster-client.ts';
import { parseProperties } from '../client/properties-file.ts';
import { DescribeConfigs, IncrementalAlterConfigs } from '../protocol/api/index.ts';
import { ConfigOperation, ConfigResourceType } from '../protocol/config-resource.ts';
import { ErrorCode, errorName } from '../protocol/errors.ts';
import type { Deployed, Drill, Settings, Stage } from './drill.ts';
import { Player } from './player.ts';

/** What an orchestrator does: it keeps the clients of every file running with the settings of the file. */
export class Deployment {
  readonly #stage: Stage;
  readonly #files: ReadonlyMap<string, Deployed>;
  readonly #texts = new Map<string, string>();
  readonly #players = new Map<string, readonly Player[]>();
  /** Deployments follow one another: each changes what the one before has made. */
  #last: Promise<void> = Promise.resolve();
  #stopping = false;

  constructor(stage: Stage, files: Drill['deployment']) {
    this.#stage = stage;
    this.#files = new Map(Object.entries(files));
  }

  get files(): readonly string[] {
    return [...this.#files.keys()];
  }

  /** Deploys everything as the drill has it; resolves when every client has been at work. Rejects where one is not within `limitMs`. */
  async begin(limitMs: number): Promise<void> {
    for (const [file, { text }] of this.#files) await this.deploy(file, text);
    const working = Promise.all([...this.#players.values()].flat().map((player) => player.working));
    let limit: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      limit = setTimeout(() => reject(new Error('a client of the drill did not get to work')), limitMs);
    });
    await Promise.race([working, late]).finally(() => clearTimeout(limit));
  }

  settings(file: string): Settings {
    return settingsOf(this.#texts.get(file) ?? '', file);
  }

  /**
   * The settings of every file as they are in force. Those of a topic are asked of the cluster: they can be changed there as
   * well as in the file. Where that cannot be asked, they are as the file has them.
   */
  async inForce(): Promise<ReadonlyMap<string, Settings>> {
    const found = [...this.#files].map(async ([file, deployed]): Promise<[string, Settings]> => {
      const settings = this.settings(file);
      if (!('topic' in deployed)) return [file, settings];
      return [
        file,
        await topicSettings(this.#stage.client, deployed.topic, Object.keys(settings)).catch(() => settings),
      ];
    });
    return new Map(await Promise.all(found));
  }

  text(file: string): string {
    return this.#texts.get(file) ?? '';
  }

  /** Deploys one file. Rejects where it cannot be read, or where a broker refuses a setting; what was deployed before stays. */
  deploy(file: string, text: string): Promise<void> {
    const next = this.#last.then(() => this.#deploy(file, text));
    this.#last = next.catch(() => undefined);
    return next;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#last;
    await Promise.all([...this.#players.values()].flat().map((player) => player.stop()));
  }

  async #deploy(file: string, text: string): Promise<void> {
    const deployed = this.#files.get(file);
    if (deployed === undefined || this.#stopping || this.#texts.get(file) === text) return;
    const settings = settingsOf(text, file);
    if ('topic' in deployed) {
      await alterTopic(this.#stage.client, deployed.topic, settings);
    } else {
      const roles = deployed.clients(settings, this.#stage.brokers);
      await Promise.all((this.#players.get(file) ?? []).map((player) => player.stop()));
      this.#players.set(
        file,
        roles.map((role) => new Player(role)),
      );
    }
    this.#texts.set(file, text);
  }
}

/** The deployment as files on disk, followed until it is closed. */
export interface Workplace {
  readonly directory: string;
  close(): void;
}

/** Writes the files of a deployment to a new directory and deploys each again whenever it is saved. `tell` hears of it, a sentence each. */
export function openWorkplace(name: string, deployment: Deployment, tell: (sentence: string) => void): Workplace {
  const directory = mkdtempSync(join(tmpdir(), `kmedic-drill-${name}-`));
  const watchers = deployment.files.map((file) => {
    const path = join(directory, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, deployment.text(file));
    // Editors replace a file as often as they write into it: its directory sees both.
    return watch(dirname(path), (_event, changed) => {
      if (changed !== null && !path.endsWith(changed)) return;
      if (!existsSync(path)) return;
      const text = readFileSync(path, 'utf8');
      if (text === deployment.text(file)) return;
      deployment.deploy(file, text).then(
        () => tell(`${file} deployed`),
        (error: unknown) => tell(`${file} not deployed: ${error instanceof Error ? error.message : String(error)}`),
      );
    });
  });
  return {
    directory,
    close() {
      for (const watcher of watchers) watcher.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function settingsOf(text: string, file: string): Settings {
  return Object.fromEntries([...parseProperties(text, file)].map(([key, { value }]) => [key, value]));
}

async function topicSettings(client: ClusterClient, topic: string, keys: readonly string[]): Promise<Settings> {
  const resources = [{ resourceType: ConfigResourceType.topic, resourceName: topic, configurationKeys: [...keys] }];
  const { body } = await client.call('any', DescribeConfigs, { resources });
  const entries = body.results.flatMap(({ configs }) => configs);
  return Object.fromEntries(entries.map(({ name, value }) => [name, value ?? '']));
}

async function alterTopic(client: ClusterClient, topic: string, settings: Settings): Promise<void> {
  const configs = Object.entries(settings).map(([name, value]) => ({
    name,
    value,
    configOperation: ConfigOperation.set,
  }));
  const request = {
    resources: [{ resourceType: ConfigResourceType.topic, resourceName: topic, configs }],
    validateOnly: false,
  };
  const { body } = await client.call('any', IncrementalAlterConfigs, request);
  const refused = body.responses.find(({ errorCode }) => errorCode !== ErrorCode.NONE);
  if (refused !== undefined) throw new Error(`topic ${topic}: ${refused.errorMessage ?? errorName(refused.errorCode)}`);
}
