import type { Tree } from '../model.ts';
import { WRONG } from './corrections.ts';
import { fault, question, REASSIGN, REASSIGN_HOW, setTopic, sound, sources } from './write.ts';

const COMPACTION = '002 Kafka Compaction Decision Tree';
const SIZES = 'cluster --show biggest';
const STATS = 'segments stats {log-dir} --by topic';

/** A broker's disk: what is broken or full, and what fills it. */
export const disk: Tree = {
  id: 'disk',
  title: 'Disk of a broker',
  subject: 'broker',
  symptoms: [
    {
      id: 'disk-fills',
      text: 'a broker’s disk fills up, or a log directory went offline',
      also: ['offsets-topic', 'compaction', 'transactions'],
    },
  ],
  entry: 'disk-trouble',
  root: 'log-dir',
  questions: {
    'log-dir': question({
      ask: 'Is a log directory of this broker offline?',
      why: 'the broker has stopped using it: what fills it does not matter before it is back',
      how: 'kmedic cluster shows KAFKA_STORAGE_ERROR; the broker’s log says why',
      probe: 'log-dir-offline',
      answers: { yes: ['yes', 'why-offline'], no: ['no', 'room'] },
    }),
    'why-offline': question({
      ask: 'Was it full?',
      why: 'a full disk wants room, a broken one wants replacing',
      how: 'df -h on the host; "No space left on device" in the broker’s log',
      probe: 'disk-full',
      answers: { yes: ['yes', 'DSK-01'], no: ['no', 'DSK-10'] },
      otherwise: 'DSK-02',
    }),
    room: question({
      ask: 'How much room is left?',
      why: 'Kafka does not stop before a disk is full: it fails then',
      how: 'kmedic cluster, or df -h on the host',
      probe: 'disk-room',
      answers: {
        full: ['none', 'DSK-01'],
        low: ['little', 'what-fills'],
        fine: ['enough', 'DSK-09'],
      },
    }),
    'what-fills': question({
      ask: 'What takes the space?',
      why: 'each answer is freed in another way',
      how: 'kmedic cluster --show biggest; on the host kmedic segments stats --by topic',
      probe: 'disk-what',
      answers: {
        offsets: ['__consumer_offsets', 'DSK-03'],
        compacted: ['a compacted topic', 'DSK-04'],
        kept: ['a topic that keeps everything', 'DSK-06'],
        'active-segment': ['segments that retention should have deleted', 'DSK-05'],
        uneven: ['this broker holds far more than the others', 'DSK-08'],
        traffic: ['topics within their retention', 'DSK-07'],
      },
    }),
  },
  leaves: {
    'DSK-01': fault(
      'the disk is full',
      'An append that finds no room is an I/O error: the broker takes the whole log directory offline, and stops altogether when it was the last one. Its replicas drop out of every ISR, and its leaderships move.',
      {
        do: [
          'do not delete segment files by hand: the broker’s indexes and checkpoints would not fit any more',
          'make room on the volume first (a larger volume, files that are not Kafka’s): a broker without a free byte may not start again',
          'restart it, and lower retention.ms or retention.bytes of the largest topics: the other brokers delete at once, this one when it is back',
          'wait until it has caught up',
          'alert at 80 %: it is the last warning that Kafka gives',
        ],
        commands: [SIZES, setTopic('retention.ms=<ms>', '<topic>'), 'wait isr --for healthy'],
        instead: [['df -h', 'cluster']],
        sources: [COMPACTION, '002 Quick Debug Cheat Sheet'],
        corrections: [WRONG.activeStays],
      },
    ),
    'DSK-02': fault(
      'a log directory is offline: it is full, or its disk is broken',
      'The broker met an I/O error there and took it out of use, with every replica in it; its other directories go on. It does not tell the room of a directory that is offline: the host does.',
      {
        do: [
          'df -h on the host: full is what it is most often; then make room first, and restart the broker',
          'read the broker’s log and dmesg of that moment: a dying disk, a read-only remount, permissions',
          'check the files before the broker uses them again',
          'replace the disk with an empty one if need be: the replicas are fetched anew',
        ],
        commands: ['segments verify {log-dir}', 'cluster', 'wait isr --for healthy'],
        sources: ['002 Quick Debug Cheat Sheet', '001 Frequent ISR Shrinking'],
      },
    ),
    'DSK-03': fault(
      '__consumer_offsets fills the disk',
      'It should hold one record for each commit that is in force. It grows when it is not compacted, or when groups commit faster than it is cleaned.',
      {
        do: ['find out which of the two it is'],
        commands: ['diagnose offsets-topic', 'segments groups {log-dir}'],
        sources: ['000 Why __consumer_offsets can fill your disk'],
        causedBy: ['OFF-01', 'OFF-02', 'OFF-03', 'OFF-04', 'OFF-05'],
      },
    ),
    'DSK-04': fault(
      'a compacted topic fills the disk',
      'A compacted topic never ends: it holds the newest record of every key that was ever written. It grows with the number of keys, or because the cleaner does not come by.',
      {
        do: [
          'find out whether it is being cleaned',
          'delete keys that are over with tombstones, or let them expire: cleanup.policy=[compact,delete] with a retention.ms',
        ],
        commands: ['diagnose compaction -t {topic}', SIZES],
        sources: [COMPACTION, '001 How Does Kafka Log Compaction Work'],
        causedBy: ['CMP-04', 'CMP-05', 'CMP-06', 'CMP-07', 'CMP-08', 'CMP-09'],
      },
    ),
    'DSK-05': fault(
      'records are older than their retention, and still there',
      'Retention deletes whole segments, by the newest timestamp in each: one young record, or one dated in the future, keeps all that lies before it in the segment.',
      {
        do: [
          'lower segment.ms or segment.bytes of that topic: smaller segments go sooner',
          'look for timestamps in the future; message.timestamp.after.max.ms refuses them',
        ],
        commands: [setTopic('segment.ms=86400000'), 'segments stats {log-dir} --by segment', STATS],
        instead: [['kafka-log-dirs.sh --describe --topic-list <topic>', SIZES]],
        sources: [COMPACTION, '002 Append-Only Log (segments)'],
        corrections: [WRONG.forcedRoll, WRONG.activeStays, WRONG.logDirsShowWatermarks],
      },
    ),
    'DSK-06': fault(
      'a topic is never deleted from',
      'Neither retention.ms nor retention.bytes limits it: it grows until the disk is full.',
      {
        do: ['give it a retention by time, and one by bytes as a safeguard: retention.bytes counts per partition'],
        commands: [setTopic('retention.ms=604800000'), SIZES],
        sources: [COMPACTION],
      },
    ),
    'DSK-07': fault(
      'the topics keep what they were told to keep, and that is more than the disk has',
      'Rate × retention × replicas: a topic with 10 MB/s and seven days takes 6 TB on each replica.',
      {
        do: [
          'shorten the retention of the largest topics, or add disks or brokers',
          'compress at the producer: zstd or lz4',
          'set retention.bytes, so that a burst cannot fill the disk',
        ],
        commands: [SIZES, STATS],
        sources: [COMPACTION, '001 Data Loss Risks (capacity)', '003 Performance Metrics'],
      },
    ),
    'DSK-08': fault(
      'this broker holds much more than the others',
      'Partitions are placed by number, not by size. Adding brokers moves nothing by itself.',
      {
        do: ['move the largest replicas to brokers with room', REASSIGN_HOW],
        commands: [REASSIGN, SIZES, 'cluster --blast-radius broker:{broker}'],
        sources: ['001 Data Loss Risks (balanced distribution)'],
      },
    ),
    'DSK-10': fault(
      'a log directory is offline, and it was not for want of room',
      'The broker met an I/O error there and took it out of use. Its other directories go on.',
      {
        do: [
          'read the broker’s log and dmesg of that moment: a dying disk, a read-only remount, permissions',
          'check the files before the broker uses them again',
          'replace the disk with an empty one if need be: the replicas are fetched anew',
        ],
        commands: ['segments verify {log-dir}', 'cluster', 'wait isr --for healthy'],
        sources: ['002 Quick Debug Cheat Sheet', '001 Frequent ISR Shrinking'],
      },
    ),
    'DSK-09': sound('there is room, and every log directory is in use', 'More than a tenth of every volume is free.', {
      commands: ['cluster'],
      sources: [COMPACTION],
    }),
  },
  sources: sources(COMPACTION, '000 Why __consumer_offsets can fill your disk'),
};
