import type { Drill } from '../drill.ts';
import { writeRecords } from '../history.ts';
import { Player } from '../player.ts';
import { committed, groupOf } from '../view.ts';
import { consumers, file } from './roles.ts';

const TOPIC = 'invoices';
const GROUP = 'billing';

export const hiddenCommitter: Drill = {
  name: 'hidden-committer',
  title: 'offsets of a group without members move',
  page: 'billing has been stopped for a data repair, and its offsets are reset to the start. Each time somebody looks, they are somewhere else.',
  hints: [
    'Does the group have members? Do its committed offsets move? kmedic lag billing --watch',
    'Who commits without being a member? The coordinator does not tell: look at what else is deployed.',
    'It is the nightly job: set drill.job=off in job.properties and save it.',
  ],
  cause: 'a job that nobody remembered commits for the same group, without joining it',
  cluster: { topics: [{ name: TOPIC, partitions: 3, replicationFactor: 3 }] },
  deployment: {
    'job.properties': {
      text: file('# saving this file deploys it', 'group.id=billing', 'drill.job=on'),
      clients: (settings, brokers) =>
        settings['drill.job'] === 'off'
          ? []
          : [
              {
                kind: 'committer',
                clientId: 'nightly-job',
                brokers,
                group: GROUP,
                topic: TOPIC,
                everyMs: 400,
                step: 3,
              },
            ],
    },
  },
  begin: async ({ client, brokers }) => {
    const record = (offset: number) => ({ key: `i-${offset}`, value: `{"invoice":${offset}}` });
    await writeRecords(
      client,
      TOPIC,
      [0, 1, 2].map(() => ({ count: 5_000, record })),
    );
    const settings = { 'auto.offset.reset': 'earliest', 'enable.auto.commit': 'false' };
    const members = consumers(settings, { brokers, group: GROUP, topic: TOPIC }).map((role) => new Player(role));
    await Promise.all(members.map(({ working }) => working));
    await Promise.all(members.map((member) => member.stop()));
  },
  visible: ({ samples }) => {
    const [a, b, c] = samples.slice(-3).map((each) => committed(each, GROUP, TOPIC, 0) ?? -1);
    return a !== undefined && b !== undefined && c !== undefined && a >= 0 && b > a && c > b;
  },
  repaired: ({ samples, latest }) => {
    const last = samples.slice(-4).map((each) => committed(each, GROUP, TOPIC, 0));
    return groupOf(latest, GROUP) !== undefined && last.length === 4 && new Set(last).size === 1;
  },
  expects: { leaves: ['COM-09'], asks: [] },
};
