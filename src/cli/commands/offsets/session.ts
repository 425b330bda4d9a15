import { hostname, userInfo } from 'node:os';
import type { ClusterClient } from '../../../client/cluster-client.ts';
import type { GroupSelection } from '../../../cluster/selection.ts';
import { OffsetsError, type OffsetsErrorName } from '../../../offsets/error.ts';
import { Journal, journalPath } from '../../../offsets/journal.ts';
import type { Plan } from '../../../offsets/plan.ts';
import { parseTopicScope, type Scope } from '../../../offsets/scope.ts';
import type { ExitCode, Globals, Run } from '../../command.ts';
import { openClient } from '../../connect.ts';
import type { Deps } from '../../deps.ts';
import { Failure, usage } from '../../failure.ts';
import { selectGroups } from '../../group-pattern.ts';
import { reach, reachOf } from '../../source.ts';

/** A cluster that a command of this noun works on. */
export interface Session {
  readonly client: ClusterClient;
  /** `host:port,…` as given. */
  readonly name: string;
  readonly reach: readonly string[];
}

/**
 * Connects (with `--embedded` the cluster is started first and stopped with it), runs with the session, and closes it;
 * what the offsets room throws becomes an end with an exit code.
 */
export async function withSession<T>(globals: Globals, deps: Deps, work: (session: Session) => Promise<T>): Promise<T> {
  const reached = await reach(globals, deps);
  const { client, name } = openClient(reached.globals);
  try {
    return await work({ client, name, reach: reachOf(globals) });
  } finally {
    client.close();
    await reached.close();
  }
}

const EXITS: Readonly<Partial<Record<OffsetsErrorName, ExitCode>>> = { REFUSED: 4, NOT_FOUND: 1, NOT_AUTHORISED: 3 };

/** Turns this room's errors into words and exit codes; those that are not listed are about a wrong input. */
export function explained(run: Run): Run {
  return async (invocation, io, deps) => {
    try {
      return await run(invocation, io, deps);
    } catch (error) {
      if (!(error instanceof OffsetsError)) throw error;
      const exit = EXITS[error.name] ?? 2;
      const scope = exit === 2 ? 'command line' : 'offsets';
      throw new Failure({ name: error.name, message: error.message, advice: error.advice, scope, exit, cause: error });
    }
  };
}

/** The user and machine that a plan and the journal name. */
export function who(): Plan['by'] {
  return { user: userName(), host: hostname() };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    // A container's numeric user has no name.
    if (error instanceof Error) return String(process.getuid?.() ?? 'unknown');
    throw error;
  }
}

/** The journal of this user and machine. */
export function journalOf(globals: Globals): Journal {
  return new Journal(journalPath(globals.env));
}

/** Groups of the arguments, of `--group` and of `--all-groups`. */
export function chosenGroups(
  args: readonly string[],
  options: { readonly group: readonly string[]; readonly allGroups: boolean },
): GroupSelection {
  const words = [...args, ...options.group];
  if (options.allGroups && words.length > 0) throw usage('name groups, or give --all-groups; not both');
  if (words.length === 0 && !options.allGroups) throw usage('name a group, or give --all-groups');
  return selectGroups(words, options.allGroups);
}

/** Whether a pattern chose the groups, so that nobody has read their names yet. */
export function byPattern(selection: GroupSelection): boolean {
  return typeof selection === 'string' || 'match' in selection;
}

/** What `--topic` names; without it, what the group has committed. */
export function scopeOf(topics: readonly string[], allTopics = false): Scope {
  if (allTopics && topics.length > 0) throw usage('--topic and --all-topics exclude one another');
  return topics.length === 0 ? 'committed' : topics.map(parseTopicScope);
}
