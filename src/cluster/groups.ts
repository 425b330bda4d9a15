import type { ClusterClient } from '../client/cluster-client.ts';
import { asClientError } from '../client/error.ts';
import { DescribeShareGroupOffsets, FindCoordinator } from '../protocol/api/index.ts';
import { ErrorCode, errorName } from '../protocol/errors.ts';
import { type CommitReader, commitReader, shareOffsetReader } from './commits.ts';
import { DESCRIBERS, type Describer, type Description } from './describe.ts';
import { problemFrom, problemOf } from './problem.ts';
import type { Want } from './selection.ts';
import type { Group, Problem } from './snapshot.ts';

const GROUPS_PER_DESCRIBE = 100;
const DEAD = 'Dead';
const GROUP_KEY = 0;

/** The first version of FindCoordinator that takes several groups at once (KIP-699). */
const MANY_KEYS = 4;

/** A group of which nothing but the name is known. */
export function blankGroup(group: string, coordinator: number | null): Group {
  return {
    group,
    type: 'unknown',
    protocolType: null,
    state: null,
    coordinator,
    protocol: null,
    groupEpoch: null,
    assignmentEpoch: null,
    members: [],
    commits: [],
    problem: null,
  };
}

/** The group's problem, unless it has one already: the first says most. */
function complain(group: Group, problem: Problem): void {
  group.problem ??= problem;
}

/**
 * Reads groups from the broker that coordinates them: descriptions by type and commits, all requests in flight together.
 * A group whose type is not known is asked of every describe API that the broker has. Failures become the problem of the
 * groups that they concern. Never rejects for a broker's fault.
 */
export async function readGroups(
  client: ClusterClient,
  node: number,
  groups: readonly Group[],
  want: Want,
  after: number,
): Promise<void> {
  const reading: Promise<void>[] = [];
  const answers = new Map<string, Description[]>();
  const guarded = (part: readonly Group[], work: () => Promise<void>) =>
    reading.push(
      work().catch((error: unknown) => {
        const failure = asClientError(error);
        for (const group of part) complain(group, problemFrom(`group ${group.group}`, failure));
      }),
    );

  const describe = (describer: Describer, part: readonly Group[]) =>
    guarded(part, async () => {
      for (const described of await describer.read(client, node, part.map(nameOf), after)) {
        const known = answers.get(described.group);
        if (known) known.push(described);
        else answers.set(described.group, [described]);
      }
    });
  const commits = (reader: CommitReader, part: readonly Group[]) =>
    guarded(part, async () => {
      const byName = new Map(part.map((group) => [group.group, group]));
      for (const { group: name, commits: found, errorCode } of await reader.read(part.map(nameOf))) {
        const group = byName.get(name);
        if (group === undefined) continue;
        if (found.length > 0) group.commits = found;
        // Each kind of group is unknown to the API of the other kind; what is unknown to both is said by describing.
        if (errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.GROUP_ID_NOT_FOUND) {
          complain(group, problemOf(`group ${name}`, errorCode));
        }
      }
    });

  try {
    const unlisted = groups.filter(({ type }) => type === 'unknown');
    if (want.members || unlisted.length > 0) {
      for (const describer of DESCRIBERS) {
        if (!(await client.speaks(node, describer.api))) continue;
        const fitting = groups.filter((group) => mayBe(group, describer.type) && !isBare(group));
        for (const part of chunks(fitting, GROUPS_PER_DESCRIBE)) describe(describer, part);
      }
    }
    if (want.commits) {
      const reader = await commitReader(client, node, after);
      const committing = groups.filter(({ type }) => type !== 'share');
      for (const part of chunks(committing, reader.groupsPerRequest)) commits(reader, part);
      const sharing = groups.filter((group) => mayBe(group, 'share'));
      if (sharing.length > 0 && (await client.speaks(node, DescribeShareGroupOffsets))) {
        const shares = shareOffsetReader(client, node, after);
        for (const part of chunks(sharing, shares.groupsPerRequest)) commits(shares, part);
      }
    }
  } catch (error) {
    const failure = asClientError(error);
    for (const group of groups) complain(group, problemFrom(`group ${group.group}`, failure));
  }
  await Promise.all(reading);
  for (const group of groups) {
    const described = answers.get(group.group);
    if (described) settle(group, described);
  }
}

const nameOf = ({ group }: Group) => group;

/** Whether a describe API may know a group: its listed type says so, or nothing was listed. */
function mayBe({ type }: Group, describer: Describer['type']): boolean {
  if (type === 'unknown') return true;
  return type === describer || (describer === 'classic' && (type === 'connect' || type === 'simple'));
}

/** Whether describing would add nothing to the listing: an empty classic group has neither members nor a protocol. */
function isBare({ type, state }: Group): boolean {
  return state === 'Empty' && (type === 'classic' || type === 'connect' || type === 'simple');
}

/** Chooses among what the describe APIs answered for one group. */
function settle(group: Group, answers: readonly Description[]): void {
  const scope = `group ${group.group}`;
  const order = DESCRIBERS.flatMap(({ type }) => answers.filter((answer) => sameFamily(answer.type, type)));
  const found = order.find(({ errorCode, state }) => errorCode === ErrorCode.NONE && state !== DEAD);
  if (found) {
    const { errorCode: _code, errorMessage: _message, ...facts } = found;
    facts.members.sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
    Object.assign(group, facts);
    return;
  }
  const refused = order.find(({ errorCode }) => !NOT_THIS_TYPE.has(errorCode));
  if (refused) {
    complain(group, problemOf(scope, refused.errorCode, refused.errorMessage));
    return;
  }
  const listed = group.type !== 'unknown';
  // Kafka 3.9 calls a group Dead for a moment while its first members join, and one of pending members alone: what was
  // listed exists.
  if (listed && order.some(({ state, errorCode }) => state === DEAD && errorCode === ErrorCode.NONE)) return;
  group.state = listed ? group.state : DEAD;
  complain(group, problemOf(scope, ErrorCode.GROUP_ID_NOT_FOUND));
}

/** How an API says that it does not know a group, which another one may know. */
const NOT_THIS_TYPE: ReadonlySet<number> = new Set([
  ErrorCode.NONE,
  ErrorCode.GROUP_ID_NOT_FOUND,
  ErrorCode.UNSUPPORTED_VERSION,
]);

function sameFamily(type: Group['type'], describer: Describer['type']): boolean {
  return type === describer || (describer === 'classic' && (type === 'connect' || type === 'simple'));
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < items.length; at += size) parts.push(items.slice(at, at + size));
  return parts;
}

/** Where each group is coordinated. A group that cannot be located is returned with the problem that says why. */
export async function locate(
  client: ClusterClient,
  names: readonly string[],
  after: number,
): Promise<Map<number, Group[]>> {
  const located = new Map<number, Group[]>();
  const nowhere: Group[] = [];
  const put = (name: string, node: number, code: number, said: string | null) => {
    const group = blankGroup(name, code === ErrorCode.NONE ? node : null);
    if (code !== ErrorCode.NONE) {
      group.problem = problemOf(`group ${name}`, code, said === errorName(code) ? null : said);
      nowhere.push(group);
    } else if (located.get(node)?.push(group) === undefined) located.set(node, [group]);
  };
  if ((await client.version('any', FindCoordinator)) >= MANY_KEYS) {
    const { body } = await client.call(
      'any',
      FindCoordinator,
      { keyType: GROUP_KEY, coordinatorKeys: names },
      { after },
    );
    for (const found of body.coordinators) {
      if (found.errorCode === ErrorCode.NONE) client.learn(found.nodeId, found);
      put(found.key, found.nodeId, found.errorCode, found.errorMessage);
    }
  } else {
    await Promise.all(
      names.map(async (key) => {
        const { body } = await client.call('any', FindCoordinator, { key }, { after });
        if (body.errorCode === ErrorCode.NONE) client.learn(body.nodeId, body);
        put(key, body.nodeId, body.errorCode, body.errorMessage);
      }),
    );
  }
  if (nowhere.length > 0) located.set(NOWHERE, nowhere);
  return located;
}

/** Where `locate` puts the groups that have no coordinator. */
export const NOWHERE = -1;
