import type { BlastRadius, ClusterBroker, ClusterDocument, LargePartition } from '../health/cluster-report.ts';
import { countText } from '../health/count-text.ts';
import { spanText } from '../health/span-text.ts';
import { bytesText } from './bytes.ts';
import { escapeInline } from './escape.ts';
import { plural } from './findings-view.ts';
import type { CellValue, Sheet } from './sheet.ts';
import type { Style } from './style.ts';
import type { Tone } from './theme.ts';

type Human = Pick<Style, 'human'>;

/** Bytes grouped for people, plain for pipes. */
function size(bytes: number | null, { human }: Human): CellValue {
  if (bytes === null) return null;
  return human ? bytesText(bytes) : String(bytes);
}

const STATUS_TONES: Readonly<Record<ClusterBroker['status'], Tone>> = {
  up: 'good',
  silent: 'bad',
  fenced: 'bad',
  gone: 'bad',
};

export function brokersSheet(brokers: readonly ClusterBroker[], style: Human): Sheet {
  return {
    columns: [
      { key: 'broker', header: 'BROKER', kind: 'id', keep: 9 },
      { key: 'host', header: 'HOST', kind: 'text', keep: 6 },
      { key: 'port', header: 'PORT', kind: 'id', keep: 5 },
      { key: 'rack', header: 'RACK', kind: 'text', keep: 4 },
      { key: 'status', header: 'STATUS', kind: 'text', keep: 9, toned: true },
      { key: 'controller', header: 'CONTROLLER', kind: 'text', keep: 7 },
      { key: 'leaders', header: 'LEADERS', kind: 'count', keep: 8 },
      { key: 'replicas', header: 'REPLICAS', kind: 'count', keep: 7 },
      { key: 'notInSync', header: 'NOT IN SYNC', kind: 'count', keep: 8 },
      { key: 'bytes', header: 'LOGS', kind: 'text', keep: 3 },
      { key: 'usableBytes', header: 'FREE', kind: 'text', keep: 2 },
      { key: 'logDirs', header: 'LOG DIRS', kind: 'text', keep: 1 },
    ],
    rows: brokers.map((row) => [
      row.broker,
      row.host,
      row.port,
      row.rack,
      row.status,
      row.controller === null ? null : row.controller ? 'active' : 'no',
      row.leaders,
      row.replicas,
      row.notInSync,
      size(row.bytes, style),
      size(row.usableBytes, style),
      row.logDirs.length === 0
        ? null
        : row.logDirs.map(({ path, error }) => (error === null ? path : `${path} ${error}`)).join(', '),
    ]),
    tone: (at) => {
      const row = brokers[at];
      return row === undefined ? null : STATUS_TONES[row.status];
    },
  };
}

/** Null times are unknown, or the node has never fetched. */
export function quorumSheet({ quorum }: ClusterDocument): Sheet {
  const replicas = quorum?.replicas ?? [];
  return {
    columns: [
      { key: 'node', header: 'NODE', kind: 'id', keep: 9 },
      { key: 'role', header: 'ROLE', kind: 'text', keep: 9 },
      { key: 'logEnd', header: 'LOG END', kind: 'count', keep: 5 },
      { key: 'lag', header: 'LAG', kind: 'count', keep: 9 },
      { key: 'silentMs', header: 'LAST FETCH', kind: 'span', keep: 7 },
      { key: 'behindMs', header: 'LAST CAUGHT UP', kind: 'span', keep: 6 },
    ],
    rows: replicas.map(({ id, voter, logEnd, lag, silentMs, behindMs }) => [
      id,
      id === quorum?.leader ? 'leader' : voter ? 'voter' : 'observer',
      logEnd,
      lag,
      silentMs,
      behindMs,
    ]),
  };
}

export function biggestSheet(partitions: readonly LargePartition[], style: Human): Sheet {
  return {
    columns: [
      { key: 'topic', header: 'TOPIC', kind: 'text', keep: 9 },
      { key: 'partition', header: 'PART', kind: 'id', keep: 9 },
      { key: 'leader', header: 'LEADER', kind: 'text', keep: 7 },
      { key: 'bytes', header: 'LARGEST REPLICA', kind: 'text', keep: 9 },
      { key: 'replicas', header: 'REPLICAS', kind: 'text', keep: 3 },
    ],
    rows: partitions.map(({ topic, partition, leader, bytes, replicas }) => [
      topic,
      partition,
      leader === null ? 'none' : String(leader),
      size(bytes, style),
      replicas.map((each) => `${each.broker}: ${size(each.bytes, style)}`).join(', '),
    ]),
  };
}

export function blastTopicsSheet({ topics }: BlastRadius): Sheet {
  return {
    columns: [
      { key: 'topic', header: 'TOPIC', kind: 'text', keep: 9 },
      { key: 'partitions', header: 'PARTITIONS', kind: 'count', keep: 8 },
      { key: 'leaders', header: 'LED', kind: 'count', keep: 7 },
      { key: 'brokers', header: 'BROKERS', kind: 'text', keep: 4 },
    ],
    rows: topics.map(({ topic, partitions, leaders, brokers }) => [topic, partitions, leaders, brokers.join(',')]),
  };
}

export function blastGroupsSheet({ groups }: BlastRadius): Sheet {
  return {
    columns: [
      { key: 'group', header: 'GROUP', kind: 'text', keep: 9 },
      { key: 'state', header: 'STATE', kind: 'text', keep: 6 },
      { key: 'members', header: 'MEMBERS', kind: 'count', keep: 7 },
      { key: 'coordinated', header: 'COORDINATED', kind: 'text', keep: 5 },
      { key: 'topics', header: 'READS', kind: 'text', keep: 8 },
    ],
    rows: groups.map(({ group, state, members, coordinated, topics }) => [
      group,
      state,
      members,
      coordinated ? 'yes' : 'no',
      topics.length === 0 ? 'none' : topics.join(','),
    ]),
  };
}

/** What there is, and what is wrong with it. */
export function clusterLines({ cluster, brokers, partitions, blastRadius }: ClusterDocument, style: Style): string[] {
  const bad = brokers.filter(({ status }) => status !== 'up');
  const head = `cluster ${escapeInline(cluster.id ?? 'without an id')} · ${plural(brokers.length, 'broker', style)} · ${plural(partitions.topics, 'topic', style)} · ${plural(partitions.total, 'partition', style)}`;
  const counts = Object.entries(partitions.verdicts)
    .filter(([verdict]) => verdict !== 'OK')
    .map(([verdict, count]) => `${count} ${verdict}`);
  const lines = [style.theme('strong', head)];
  for (const { broker, status } of bad) lines.push(style.theme('bad', `✗ broker ${broker} is ${status}`));
  for (const { broker, logDirs } of brokers) {
    for (const { path, error } of logDirs) {
      if (error !== null)
        lines.push(style.theme('bad', `✗ broker ${broker}: log directory ${escapeInline(path)}: ${error}`));
    }
  }
  if (counts.length > 0) lines.push(`  partitions: ${counts.join(' · ')}`);
  if (blastRadius !== null) {
    const { of, topics, groups, leaders } = blastRadius;
    lines.push(
      `  blast radius of ${escapeInline(of)}: ${plural(topics.length, 'topic', style)}, ${plural(leaders, 'partition', style)} led, ${plural(groups.length, 'group', style)}`,
    );
  }
  return lines;
}

/** How far the slowest controller is behind. */
export function quorumLine({ quorum }: ClusterDocument): string | null {
  if (quorum === null) return null;
  const voters = quorum.replicas.filter(({ voter }) => voter);
  const worst = Math.max(0, ...voters.map(({ lag }) => lag ?? 0));
  const silent = Math.max(0, ...voters.map(({ silentMs }) => silentMs ?? 0));
  return `quorum: leader ${quorum.leader ?? 'none'}, ${countText(voters.length, 'voter')}, at most ${countText(worst, 'record')} behind, last heard of ${spanText(silent)} ago at worst`;
}
