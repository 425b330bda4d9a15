import type { Tree } from '../model.ts';
import { WRONG } from './corrections.ts';
import { advice, BROKERS, fault, question, sound, sources } from './write.ts';

const GUIDE = '002 Production debug guide';
const SHEET = '002 Quick Debug Cheat Sheet';
const POST_MORTEM = '002 Post-mortem: rebalance storm';
const MISTAKES = '002 Common mistakes';
const FREQUENT = '001 Frequent Rebalancing';
const SLOW = '001 Slow Rebalance Process';
const TRIGGERS = '001 What Triggers a Rebalance';
const BACKLOG = '000 Why rebalance causes backlog, duplicates and data loss';

const STATE = [
  'kafka-consumer-groups.sh --describe --group <group> --state',
  'groups describe {group} --state',
] as const;
const OFFSETS = ['kafka-consumer-groups.sh --describe --group <group>', 'groups describe {group}'] as const;
const DESCRIBE = 'groups describe {group} --members';
const STABLE = 'wait group {group} --for stable --consecutive 3';

/** A group that divides its work anew, too often or for too long. */
export const rebalance: Tree = {
  id: 'rebalance',
  title: 'Rebalancing',
  subject: 'group',
  symptoms: [
    { id: 'rebalancing', text: 'the group keeps rebalancing', also: [...BROKERS, 'duplicates'] },
    { id: 'rebalance-slow', text: 'a rebalance takes very long', also: [...BROKERS, 'duplicates'] },
  ],
  entry: 'rebalance-trouble',
  root: 'pattern',
  questions: {
    pattern: question({
      ask: 'How does the group rebalance?',
      why: 'each rebalance stops partitions; what matters is whether they repeat, or one does not end',
      how: 'kmedic groups describe --state, several times; kmedic segments groups counts generations',
      probe: 'rebalance-pattern',
      answers: {
        repeated: ['again and again', 'departures'],
        over: ['again and again until a while ago, and not since', 'REB-21'],
        stuck: ['one is under way, and does not end', 'why-slow'],
        calm: ['seldom', 'timeouts'],
      },
    }),
    departures: question({
      ask: 'How do its members come and go?',
      why: 'a member that leaves by itself after a fixed time, one that is dropped, and one that crashes have different cures',
      how: 'the clients’ logs: "poll timeout has expired", "session timed out", "Attempt to heartbeat failed", or a restart',
      probe: 'departures',
      answers: {
        'poll-interval': ['the same client leaves after its max.poll.interval.ms, and joins again', 'batch-time'],
        session: ['the same client is dropped at its session timeout, and joins again', 'why-silent'],
        restart: ['clients end and start anew', 'assignor'],
        scaling: ['other clients come and go', 'REB-07'],
        unchanged: ['nobody comes or goes', 'REB-14'],
      },
    }),
    'batch-time': question({
      ask: 'How long does one poll’s batch take to process, at worst?',
      why: 'the mean says nothing: the slowest batch in a thousand is what breaks the interval',
      how: 'time between two polls in the application’s metrics (poll-idle-ratio-avg, time-between-poll-max); max.poll.records and max.poll.interval.ms are in its configuration',
      answers: {
        often: ['usually near max.poll.interval.ms, or over it', 'REB-01'],
        outliers: ['seconds, but now and then minutes (a remote call, a large record)', 'REB-03'],
        never: ['far less, always', 'REB-05'],
      },
      otherwise: 'REB-01',
    }),
    'why-silent': question({
      ask: 'Does the client send heartbeats while it processes?',
      why: 'some libraries heartbeat from a thread of their own, others only between records or batches',
      how: 'Java and librdkafka: yes; kafkajs: only when heartbeat() is called or a record is done; also look for GC pauses and lost packets',
      answers: {
        'not-while-processing': ['no, only between records or batches', 'REB-02'],
        gc: ['yes, but the process stands still at times (GC, CPU limit, suspended container)', 'REB-04'],
        network: ['yes, but the way to the coordinator is bad', 'REB-15'],
      },
    }),
    assignor: question({
      ask: 'Does every rebalance take all partitions from everybody?',
      why: 'with an eager assignor each restarted member stops the whole group twice',
      how: 'kmedic groups describe --state shows the assignor',
      probe: 'assignor',
      answers: {
        eager: ['yes (range, roundrobin, sticky; all of kafkajs)', 'REB-08'],
        incremental: ['no (cooperative-sticky, or the newer protocol)', 'REB-06'],
      },
      otherwise: 'REB-06',
    }),
    'why-slow': question({
      ask: 'What does it wait for?',
      why: 'a rebalance ends when every member has answered, or after the longest rebalance timeout among them',
      how: 'kmedic groups describe --members: how many members, topics, partitions; the clients’ logs: who has not rejoined',
      probe: 'rebalance-size',
      answers: {
        straggler: ['members that have not rejoined', 'REB-11'],
        large: ['the group is very large', 'REB-10'],
      },
      otherwise: 'REB-11',
    }),
    timeouts: question({
      ask: 'Do the consumers’ timeouts fit together, and the brokers?',
      why: 'bad ones lie in wait until the first pause',
      how: 'session.timeout.ms, heartbeat.interval.ms, max.poll.interval.ms of the consumers; --client-config consumer.properties',
      probe: 'client-timeouts',
      answers: {
        refused: ['no: the broker refuses the session timeout', 'REB-12'],
        tight: ['no: too few heartbeats fit into a session', 'REB-13'],
        fine: ['yes', 'REB-20'],
      },
      otherwise: 'REB-20',
    }),
  },
  leaves: {
    'REB-01': fault(
      'more than max.poll.interval.ms passes between two polls, usually because a batch takes too long',
      'The client notices that poll() was not called in time and leaves the group; when its batch is done it joins again. Both make a rebalance, with range or roundrobin for everybody. What it had not committed is read again by the next owner.',
      {
        do: [
          'lower max.poll.records first (500 → 50), and measure: it takes effect with the next poll',
          'then set max.poll.interval.ms above the slowest batch, not above the mean',
          'take slow calls off the poll thread, with a timeout and a circuit breaker',
          'cooperative-sticky (or group.protocol=consumer) limits the harm to the partitions that move; static membership hides it',
        ],
        commands: [OFFSETS[1], DESCRIBE, STABLE],
        instead: [STATE, OFFSETS],
        sources: [POST_MORTEM, GUIDE, SHEET, MISTAKES, '002 The Silent Rebalance Loop', BACKLOG],
        corrections: [
          WRONG.coordinatorWatchesPoll,
          WRONG.describeLastPoll,
          WRONG.defaultAssignor,
          WRONG.wakeup,
          WRONG.pollRecordsPerPartition,
          WRONG.jmxNames,
        ],
        causedBy: ['BRK-01'],
      },
    ),
    'REB-02': fault(
      'members are silent while they process, and are dropped at the session timeout',
      'Their library sends heartbeats only between records or batches. A record that takes longer than session.timeout.ms makes the coordinator give the member up; the work goes on, its commit fails, and another member does the same records again.',
      {
        do: [
          'call the library’s heartbeat during long work, or hand the work to another thread and pause the partition',
          'fetch less at a time; then a longer session timeout, within group.max.session.timeout.ms',
        ],
        commands: [DESCRIBE, STABLE],
        instead: [STATE],
        sources: [FREQUENT, GUIDE, POST_MORTEM],
        corrections: [WRONG.pollHeartbeats, WRONG.sessionDefault],
        causedBy: ['BRK-01', 'REP-05'],
      },
    ),
    'REB-03': fault(
      'now and then one batch takes minutes: the slowest one breaks the interval',
      'Usually processing is quick, so max.poll.interval.ms looks generous. One call that waits for its timeout, or one large record, is enough: the member leaves, comes back, and each time the group stops.',
      {
        do: [
          'give the remote call a timeout far below the interval, and a circuit breaker',
          'take it off the poll thread: pause the partition, poll on, resume',
          'set max.poll.interval.ms from the 99.9th percentile',
          'send records that fail repeatedly to a dead-letter topic instead of trying on',
        ],
        commands: ['lag {group} --watch', STABLE],
        instead: [STATE],
        sources: [POST_MORTEM, MISTAKES],
        corrections: [WRONG.coordinatorWatchesPoll, WRONG.describeLastPoll],
      },
    ),
    'REB-04': fault(
      'members stand still longer than their session timeout',
      'Garbage collection, a CPU limit or a suspended container stops the whole process, its heartbeats with it.',
      {
        do: [
          'compare the times with the GC log and with CPU throttling of the container',
          'session.timeout.ms=45000 (the default since 3.0) bears usual pauses; static membership bears restarts',
        ],
        commands: [DESCRIBE, STABLE],
        sources: [FREQUENT, '001 Proper Timeout Settings'],
        corrections: [WRONG.sessionDefault],
      },
    ),
    'REB-05': fault(
      'poll() is not called although processing is quick',
      'The poll thread waits for something else: a full queue to its workers, a lock, a partition that is paused and never resumed, an exception that ended it while the process lives on.',
      {
        do: ['take a thread dump of a member the next time', 'let the process end when its consumer thread ends'],
        commands: [DESCRIBE, 'lag {group} --by member'],
        sources: [POST_MORTEM, FREQUENT],
        corrections: [WRONG.coordinatorWatchesPoll],
      },
    ),
    'REB-06': fault(
      'members end and start anew, again and again',
      'A crash loop, an autoscaler or an orchestrator kills them. Each end and each start is a rebalance; after a crash the partitions rest until the session timeout.',
      {
        do: [
          'look at why they end: exit codes, out of memory, failing health checks',
          'static membership (group.instance.id) makes a restart within the session timeout no rebalance at all',
        ],
        commands: [DESCRIBE, 'offsets peek {group} {topic}:{partition}', STABLE],
        sources: [TRIGGERS, FREQUENT],
        causedBy: ['DUP-03'],
      },
    ),
    'REB-07': fault(
      'the number of members changes all the time',
      'An autoscaler that reacts to lag starts members, the rebalance makes lag, and it starts more.',
      {
        do: [
          'scale slowly: several minutes between two steps, and never above the number of partitions',
          'cooperative-sticky or the newer protocol, and static membership',
        ],
        commands: [DESCRIBE, STABLE],
        sources: [TRIGGERS, FREQUENT],
      },
    ),
    'REB-08': fault(
      'restarts of members stop the whole group: its assignor is an eager one',
      'With range, roundrobin, sticky or kafkajs’s RoundRobinAssigner everybody gives up everything in each rebalance, and gets most of it back.',
      {
        do: [
          'find out why the members restart; if they are deployments, let them go slowly',
          'where the client has it (Java, librdkafka, franz-go): change to cooperative-sticky in two rolling restarts (first both assignors, then cooperative-sticky alone), or to group.protocol=consumer',
          'group.instance.id for each member: a quick restart is no rebalance then',
        ],
        commands: ['groups describe {group} --state', STABLE],
        instead: [STATE],
        sources: [
          '002 Production Insight (rebalancing)',
          FREQUENT,
          '001 Partition Assignment Strategies',
          '003 Rebalance Impact',
        ],
        corrections: [WRONG.defaultAssignor, WRONG.stickyIsCooperative, WRONG.halfPause],
        causedBy: ['DUP-03'],
      },
    ),
    'REB-10': fault(
      'the group is so large that dividing it takes long',
      'All members, all topics and all partitions go through one leader and one coordinator in each rebalance.',
      {
        do: [
          'fewer members with more threads, or several groups for different topics',
          'group.protocol=consumer: the broker assigns, and members change one by one',
        ],
        commands: ['groups describe {group} --state', DESCRIBE],
        sources: [SLOW],
      },
    ),
    'REB-11': fault(
      'the rebalance waits for members that do not answer',
      'The coordinator waits for every known member up to the longest rebalance timeout among them (max.poll.interval.ms in Java): a member that is in the middle of its batch holds up all.',
      {
        do: [
          'shorten batches: max.poll.records',
          'a max.poll.interval.ms of an hour means that a rebalance may take an hour',
          'a member that hangs has to be ended',
        ],
        commands: [DESCRIBE, STABLE],
        sources: [SLOW, '003 Rebalance Impact', TRIGGERS],
        corrections: [WRONG.coordinatorWatchesPoll],
        causedBy: ['BRK-01', 'REP-05'],
      },
    ),
    'REB-12': fault(
      'the broker refuses the session timeout',
      'session.timeout.ms must lie between group.min.session.timeout.ms (6 s) and group.max.session.timeout.ms (30 min). Outside of it the member never gets in.',
      {
        do: ['set it between the two, or leave it out: 45 s is the default'],
        commands: [DESCRIBE],
        sources: ['002 The Silent Rebalance Loop', '001 Consumer Group Configuration'],
        corrections: [WRONG.sessionRaised, WRONG.sessionDefault],
      },
    ),
    'REB-13': advice(
      'too few heartbeats fit into a session',
      'One lost heartbeat should not cost the membership: heartbeat.interval.ms is to be a third of session.timeout.ms at most.',
      {
        do: ['leave both at their defaults (3 s and 45 s), or keep the ratio'],
        commands: [DESCRIBE],
        sources: ['001 Proper Timeout Settings', FREQUENT],
        corrections: [WRONG.sessionDefault],
      },
    ),
    'REB-14': fault(
      'the group rebalances although its members stay',
      'Members change what they subscribe to, a pattern matches topics that come and go, partitions are added, or a client asks for a rebalance by itself.',
      {
        do: [
          'look for topics that are created and deleted all the time, and narrow the pattern',
          'see whether the application calls enforceRebalance(), or subscribes anew in its loop',
        ],
        commands: [DESCRIBE, 'groups describe {group} --assignments'],
        sources: [TRIGGERS],
      },
    ),
    'REB-15': fault(
      'heartbeats get lost on the way to the coordinator',
      'The network between members and the coordinator is slow or drops connections (a proxy, a NAT with a short memory).',
      {
        do: [
          'compare members on different hosts: those that are dropped share a way',
          'connections.max.idle.ms below what the proxy allows; a longer session timeout bridges the rest',
        ],
        commands: ['groups describe {group} --state', DESCRIBE],
        sources: [FREQUENT],
      },
    ),
    'REB-21': advice(
      'the group rebalanced again and again, and has rested since: it is over',
      'The history of the last ten minutes still holds it. Since then its next time has been overdue twice over, so what caused it is gone, or pauses.',
      {
        do: [
          'if somebody mended it: wait until the lag is gone, nothing else is left to do',
          'if nobody did: it comes back with the next peak or deployment; what it was is in the evidence',
        ],
        commands: [STABLE, 'lag {group}', 'groups describe {group} --state'],
        sources: [GUIDE, POST_MORTEM],
      },
    ),
    'REB-20': sound(
      'the group rebalances only when members come or go',
      'No pattern that harms was seen in what the coordinator wrote down.',
      {
        commands: ['groups describe {group} --state'],
        sources: [GUIDE, '001 Monitoring and Alerts'],
        corrections: [WRONG.describeLastPoll],
      },
    ),
  },
  sources: sources(GUIDE, SHEET, POST_MORTEM, MISTAKES, FREQUENT, SLOW, TRIGGERS, BACKLOG),
};
