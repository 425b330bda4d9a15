import type { Tree } from '../model.ts';
import { WRONG } from './corrections.ts';
import { advice, fault, question, REASSIGN, REASSIGN_HOW, sound, sources } from './write.ts';

const SHRINKING = '001 Frequent ISR Shrinking';
const TREE_002 = '002 Replication and ISR Decision Tree';
const GUIDE = '002 Production debug guide';
const SHEET = '002 Quick Debug Cheat Sheet';

const RESTART = 'isr can-restart {broker}';
const HEALTHY = 'wait isr --for healthy';
const PROBLEMS = 'isr --only-problems';
const DESCRIBE_TOPIC = ['kafka-topics.sh --describe --topic <topic>', 'isr {topic}'] as const;

/** Replication: from partitions that nobody can use, over what is missing, to what is slow. */
export const isr: Tree = {
  id: 'isr',
  title: 'Replication and the ISR',
  subject: 'cluster',
  symptoms: [
    {
      id: 'under-replicated',
      text: 'partitions are under-replicated, or the ISR keeps shrinking',
      also: ['disk', 'broker'],
    },
    { id: 'not-enough-replicas', text: 'producers get NotEnoughReplicas', also: ['disk', 'broker'] },
    { id: 'no-leader', text: 'a partition has no leader, or a group has no coordinator', also: ['disk', 'broker'] },
  ],
  entry: 'isr-trouble',
  root: 'leaderless',
  questions: {
    leaderless: question({
      ask: 'Is a partition without a leader?',
      why: 'nobody can read or write it; everything else that is seen there only follows from it',
      how: 'kmedic isr --offline',
      probe: 'leaderless',
      answers: {
        offsets: ['yes, of __consumer_offsets: groups lose their coordinator', 'REP-02'],
        yes: ['yes', 'why-leaderless'],
        no: ['no', 'silent'],
      },
    }),
    'why-leaderless': question({
      ask: 'What keeps a new leader from being elected?',
      why: 'it decides which broker has to come back, and whether anything can be lost',
      how: 'kmedic isr --offline names the replicas that are needed for a clean election',
      probe: 'leaderless-why',
      answers: {
        'log-dir': ['the log directory that holds it is offline', 'REP-10'],
        'single-copy': ['it has a single replica, and its broker is gone', 'REP-03'],
        'all-gone': ['every broker that has a copy is gone', 'REP-04'],
        'in-sync-gone': ['the brokers that were in sync are gone, another copy is behind', 'REP-01'],
      },
    }),
    silent: question({
      ask: 'Is a broker in the cluster that does not answer?',
      why: 'a frozen broker keeps its leaderships until the controllers miss its heartbeats',
      how: 'kmedic cluster shows it as silent',
      probe: 'broker-silent',
      answers: { yes: ['yes', 'REP-05'], no: ['no', 'missing'] },
    }),
    missing: question({
      ask: 'Why are replicas missing from the ISR?',
      why: 'a broker that is gone and one that is slow need different hands',
      how: 'kmedic isr --under-replicated; kmedic cluster tells which brokers are up',
      probe: 'replicas-missing',
      answers: {
        'log-dir': ['their log directory is offline, on a broker that is alive', 'REP-10'],
        down: ['their brokers are not in the cluster', 'harm-down'],
        throttled: ['a replication throttle was left on the topic', 'REP-13'],
        behind: ['their brokers are alive, and the replicas are behind', 'harm-behind'],
        no: ['none is missing', 'flapping'],
      },
    }),
    'harm-down': question({
      ask: 'Are there fewer in-sync replicas than min.insync.replicas?',
      why: 'below it acks=all producers fail, and what others write stays invisible',
      how: 'kmedic isr --under-min-isr',
      probe: 'under-min-isr',
      answers: { yes: ['yes', 'REP-07'], no: ['no, writes still go through', 'REP-06'] },
    }),
    'harm-behind': question({
      ask: 'Are there fewer in-sync replicas than min.insync.replicas?',
      why: 'below it acks=all producers fail, and what others write stays invisible',
      how: 'kmedic isr --under-min-isr',
      probe: 'under-min-isr',
      answers: { yes: ['yes', 'REP-09'], no: ['no, writes still go through', 'who-is-behind'] },
    }),
    'who-is-behind': question({
      ask: 'Which replicas fall behind?',
      why: 'one follower everywhere, all followers of one leader, or single partitions: three different places to look at',
      how: 'kmedic isr --under-replicated, and compare the missing replica with the leader of each row',
      probe: 'behind-whom',
      answers: {
        follower: ['those of one broker, whoever leads', 'follower-host'],
        leader: ['those that follow one broker', 'REP-11'],
        partitions: ['those of single partitions', 'REP-12'],
      },
    }),
    'follower-host': question({
      ask: 'What does the host of that follower show?',
      why: 'the cluster sees that it is slow; only its host shows why',
      how: 'iostat -x, sar -n DEV, the broker’s GC log and its CPU, at the time of the trouble',
      answers: {
        disk: ['its disk is busy (await, %util)', 'REP-14'],
        network: ['latency or losses on the network between the brokers', 'REP-15'],
        cpu: ['long GC pauses, no CPU or no memory left', 'REP-16'],
        nothing: ['nothing of this', 'REP-08'],
      },
      otherwise: 'REP-08',
    }),
    flapping: question({
      ask: 'Did replicas leave the ISR and come back while it was watched?',
      why: 'a replica that comes and goes is behind for moments longer than replica.lag.time.max.ms',
      how: 'kmedic record out.kmedic --samples 12 --every 5s, or the metric IsrShrinksPerSec',
      probe: 'isr-flapping',
      answers: { yes: ['yes', 'REP-18'], no: ['no', 'at-rest'] },
      otherwise: 'at-rest',
    }),
    'at-rest': question({
      ask: 'Is anything else out of order?',
      why: 'a reassignment, leaders on the wrong brokers, and topics that can lose nothing are no incident, and good to know',
      how: 'kmedic isr --reassigning; kmedic isr --unbalanced; kmedic isr',
      probe: 'isr-at-rest',
      answers: {
        reassigning: ['replicas are being moved', 'REP-19'],
        unbalanced: ['leaders are not where they should be', 'REP-20'],
        'no-spare': ['topics that one failure stops', 'REP-22'],
        no: ['no', 'REP-21'],
      },
    }),
  },
  leaves: {
    'REP-01': fault(
      'every replica that was in sync is gone; the copies that live are behind',
      'Only a replica that has everything acknowledged may lead (in the ISR, or an eligible leader replica). Those are on brokers that left; electing one of the others loses what it does not have.',
      {
        do: [
          'bring back the broker that was in sync last: kmedic isr names it; nothing is lost then',
          'only if it will never come back, and the topic may lose records: elect unclean, after looking at what would be lost',
          'afterwards: three replicas and min.insync.replicas=2, so that one failure does not lead here',
        ],
        commands: ['isr {topic} --offline', 'isr elect {topic}:{partition} --unclean', HEALTHY],
        sources: ['001 Data Loss Risks', '002 Replication, ISR (unclean election)', TREE_002],
        corrections: [WRONG.onlyIsrLeads],
      },
    ),
    'REP-02': fault(
      'a partition of __consumer_offsets has no leader: its groups have no coordinator',
      'Each group is kept in one partition of __consumer_offsets, and that partition’s leader coordinates it. Without a leader nobody of those groups can join, commit, or be described.',
      {
        do: [
          'bring the brokers of that partition back; members rejoin by themselves',
          'give __consumer_offsets three replicas: with one (offsets.topic.replication.factor=1) each broker takes its groups along',
        ],
        commands: ['isr __consumer_offsets', 'groups list', HEALTHY],
        sources: ['003 Key Concepts (group coordinator)', '000 Understanding Kafka Consumer Groups'],
      },
    ),
    'REP-03': fault(
      'the partition has a single replica, and its broker is gone',
      'With one replica there is nobody to take over: neither reading nor writing, until that broker is back. If its disk is lost, so are the records.',
      {
        do: [
          'bring the broker back; do not delete its log directory',
          'afterwards give it three replicas, and create topics with three',
          REASSIGN_HOW,
        ],
        commands: ['isr {topic}', HEALTHY, REASSIGN],
        sources: [TREE_002, '002 Key Takeaway (replication)'],
      },
    ),
    'REP-04': fault(
      'every broker that has a copy of the partition is gone',
      'Several brokers are down at once. The last one to leave has all that was acknowledged; one that left before it may be behind.',
      {
        do: [
          'start the brokers, the last one that was in sync first (kmedic isr names it)',
          'look for what they share: rack, host, power, a deployment',
        ],
        commands: ['isr {topic} --offline', 'cluster', HEALTHY],
        sources: [TREE_002],
        corrections: [WRONG.zooKeeper],
      },
    ),
    'REP-05': fault(
      'a broker is in the cluster and does not answer',
      'The process is frozen, overloaded or cut off from clients, while the controllers still take it for alive. Whatever it leads cannot be read or written until they fence it (broker.session.timeout.ms) and elect others.',
      {
        do: [
          'look at the process before anything else: stopped (SIGSTOP), in a long GC pause, out of file handles, waiting for its disk',
          'if it cannot be helped, stop it for good: its partitions move to the next in-sync replica',
        ],
        commands: [RESTART, 'cluster', HEALTHY],
        sources: [SHRINKING, '002 Quick Debug Cheat Sheet'],
      },
    ),
    'REP-06': fault(
      'a broker is gone; its partitions are short of replicas and still accept writes',
      'The others lead what it led. One more failure may stop acks=all producers, or take partitions offline.',
      {
        do: [
          'bring the broker back, and wait until it has caught up before anything else is restarted',
          'if it stays away, give its replicas to other brokers',
          REASSIGN_HOW,
        ],
        commands: ['cluster', HEALTHY, REASSIGN],
        instead: [
          ['kafka-topics.sh --describe --topic <topic> | grep -i isr', 'isr {topic}'],
          ['kafka-replica-verification.sh --broker-list <broker>', PROBLEMS],
        ],
        sources: [SHEET, '002 Under-Replicated Partitions', '002 Replication, ISR'],
      },
    ),
    'REP-07': fault(
      'so many brokers are gone that acks=all writes fail',
      'Fewer in-sync replicas than min.insync.replicas are left: the leader refuses acks=all writes, and since 3.7 it holds back what acks=1 producers write as well. That is the setting doing its work.',
      {
        do: [
          'bring brokers back: one is usually enough',
          'last resort, if writing matters more than losing: min.insync.replicas=1 on the topic, and back again afterwards',
        ],
        commands: ['isr --under-min-isr', 'cluster', HEALTHY],
        instead: [DESCRIBE_TOPIC],
        sources: [TREE_002, GUIDE],
        corrections: [WRONG.producerSeesNotEnough, WRONG.lowerMinIsr],
      },
    ),
    'REP-08': fault(
      'one follower cannot keep up, whoever leads',
      'It has not had everything that its leaders had for longer than replica.lag.time.max.ms: its disk, its network, its CPU or its GC is too slow. Others that follow the same leaders keep up.',
      {
        do: [
          'look at its host: disk wait, network, GC pauses, CPU, in this order',
          'more num.replica.fetchers if its host is idle and it follows many partitions',
          'replace it, or move its replicas away, if it stays slow',
        ],
        commands: [PROBLEMS, RESTART, HEALTHY],
        instead: [['kafka-topics.sh --describe --topic <topic> | grep -i isr', 'isr {topic}']],
        sources: [TREE_002, SHRINKING, SHEET],
        corrections: [WRONG.raiseLagTime, WRONG.lagTime, WRONG.lagInMessages],
        causedBy: ['BRK-01', 'DSK-01', 'DSK-02', 'DSK-10'],
      },
    ),
    'REP-09': fault(
      'brokers are alive, and too few replicas keep up: acks=all writes fail',
      'The ISR is smaller than min.insync.replicas because followers are behind, not because brokers are gone. The leader refuses acks=all writes; records of others wait behind a frozen high watermark.',
      {
        do: [
          'find out what the followers wait for: disk, network, or the leader itself',
          'hold writers back if you can: followers catch up sooner',
          'do not restart the leader: it may be the only one with everything',
        ],
        commands: ['isr --under-min-isr', 'isr --only-problems', HEALTHY],
        instead: [DESCRIBE_TOPIC],
        sources: [GUIDE, SHRINKING],
        corrections: [WRONG.producerSeesNotEnough, WRONG.raiseLagTime, WRONG.lagWhenIsrShrinks],
        causedBy: ['BRK-01', 'DSK-01', 'DSK-02', 'DSK-10'],
      },
    ),
    'REP-10': fault(
      'a log directory of a living broker is offline, and its replicas with it',
      'After an I/O error the broker takes the whole directory out of use; what it held there is missing until the directory is repaired and the broker restarted.',
      {
        do: [
          'see why the directory failed: full, read-only, or the disk is broken',
          'repair or replace it, then restart the broker: it fetches what it lacks',
        ],
        commands: ['cluster', 'segments verify {log-dir}', RESTART],
        sources: [SHEET, SHRINKING],
        causedBy: ['DSK-01', 'DSK-02', 'DSK-10'],
      },
    ),
    'REP-11': fault(
      'everything that follows one broker is behind: that broker is the slow one',
      'Different followers, one leader: it answers fetches too slowly, or its network is narrow. Its own replicas look healthy, because a leader is always in sync.',
      {
        do: [
          'look at that broker’s disk, network and request handlers (RequestHandlerAvgIdlePercent)',
          'move leaderships away from it while it is repaired',
        ],
        commands: [RESTART, 'isr --unbalanced', 'cluster'],
        sources: [SHRINKING],
        causedBy: ['BRK-01'],
      },
    ),
    'REP-12': fault(
      'only some partitions fall behind: more is written to them than one fetcher carries',
      'Their followers keep up elsewhere. A follower fetches all partitions of one leader with num.replica.fetchers threads, and at most replica.fetch.max.bytes per partition and round.',
      {
        do: [
          'see whether they are the hot ones: keys with few values crowd in few partitions',
          'raise num.replica.fetchers on the followers (at most twice as many at a time, while they run), then replica.fetch.max.bytes',
        ],
        commands: [
          PROBLEMS,
          'kafka-configs.sh --alter --entity-type brokers --entity-default --add-config num.replica.fetchers=2',
        ],
        sources: [SHRINKING],
      },
    ),
    'REP-13': fault(
      'a replication throttle holds the followers back',
      'Throttles are set for a reassignment, and stay until somebody removes them: kafka-reassign-partitions --verify does.',
      {
        do: [
          'if no reassignment is under way, remove leader.replication.throttled.replicas and follower.replication.throttled.replicas from the topic, and the rates from the brokers',
        ],
        commands: [
          'isr --reassigning',
          'kafka-configs.sh --alter --entity-type topics --entity-name {topic} --delete-config leader.replication.throttled.replicas,follower.replication.throttled.replicas',
          HEALTHY,
        ],
        sources: [SHRINKING],
      },
    ),
    'REP-14': fault(
      'the follower’s disk is too slow',
      'Its fetches wait for appends. Reads of old records by consumers on the same disk do the same harm.',
      {
        do: [
          'find what else uses the disk; keep Kafka’s logs on disks of their own, SSDs where the rate asks for it',
          'spread its partitions over more log directories or brokers',
        ],
        commands: ['cluster --blast-radius broker:{broker}', RESTART],
        sources: [SHRINKING, TREE_002],
        corrections: [WRONG.raiseLagTime],
      },
    ),
    'REP-15': fault(
      'the network between the brokers is slow or loses packets',
      'A fetch takes longer than it may. Between sites that is the normal state, and the settings have to fit. Where the network splits, a leader on the wrong side still takes acks=1 writes for seconds; they are cut away when it returns.',
      {
        do: [
          'measure it between these two hosts (retransmissions, latency under load)',
          'acks=all and min.insync.replicas=2 where a split must not cost records',
          'if the latency is there to stay: larger replica.fetch.max.bytes and replica.socket.receive.buffer.bytes, replica.fetch.wait.max.ms far below replica.lag.time.max.ms',
        ],
        commands: [PROBLEMS, HEALTHY],
        sources: [SHRINKING, '001 Data Loss Risks'],
        corrections: [WRONG.raiseLagTime],
      },
    ),
    'REP-16': fault(
      'the follower’s process is starved: GC pauses, CPU or memory',
      'While it stands still nothing is fetched; a pause longer than replica.lag.time.max.ms drops it from every ISR at once.',
      {
        do: [
          'read the GC log of that time; a heap of 6 GB is usually enough, the rest belongs to the page cache',
          'keep other heavy services off the host',
        ],
        commands: [RESTART, HEALTHY],
        sources: [SHRINKING],
      },
    ),
    'REP-18': fault(
      'a replica leaves the ISR and comes back, again and again',
      'It falls behind for moments longer than replica.lag.time.max.ms. Each time acks=all producers first wait for it, then the set shrinks.',
      {
        do: [
          'match the times with GC pauses, disk peaks and traffic peaks of that broker',
          'a longer replica.lag.time.max.ms quietens it, and makes each stall of the producers longer',
        ],
        commands: ['isr --only-problems', 'cluster', 'record isr.kmedic'],
        sources: [SHRINKING, '002 Production Insight (ISR)'],
        corrections: [WRONG.raiseLagTime, WRONG.lagTime],
        causedBy: ['BRK-01'],
      },
    ),
    'REP-19': advice(
      'replicas are being moved',
      'While a reassignment is under way its new replicas are not in sync yet; that is no fault.',
      { do: ['let it end, then remove its throttles'], commands: ['isr --reassigning', HEALTHY], sources: [TREE_002] },
    ),
    'REP-20': advice(
      'leaders are not on their preferred brokers',
      'After a restart the leaders stay where they went, and the load with them, until leadership is moved back (auto.leader.rebalance.enable does it every five minutes).',
      {
        do: ['move them back at a quiet time'],
        commands: ['isr elect --preferred', 'isr --unbalanced'],
        instead: [['kafka-leader-election.sh --election-type preferred', 'isr elect --preferred']],
        sources: ['001 Data Loss Risks'],
        corrections: [WRONG.forcedCompaction],
      },
    ),
    'REP-21': sound('every replica is in sync', 'No partition lacks a replica, a leader or an answer.', {
      commands: ['isr'],
      sources: [TREE_002],
    }),
    'REP-22': advice(
      'some topics stop at the next failure: so they were set up',
      'They have a single replica, or as many as min.insync.replicas. Every replica is there; none may be missing.',
      {
        do: ['three replicas and min.insync.replicas=2 for what must not be lost'],
        commands: ['isr', 'diagnose durability -t {topic}'],
        sources: ['002 Key Takeaway (replication)', '001 Data Loss Risks'],
        corrections: [WRONG.writesFailWithMinOne],
      },
    ),
  },
  sources: sources(TREE_002, SHRINKING, GUIDE, SHEET),
};
