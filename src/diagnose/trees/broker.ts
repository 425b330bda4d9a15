import type { Tree } from '../model.ts';
import { WRONG } from './corrections.ts';
import { fault, question, setBroker, setTopic, sound, sources } from './write.ts';

/** A broker that answers slowly. */
export const broker: Tree = {
  id: 'broker',
  title: 'A slow broker',
  subject: 'broker',
  symptoms: [{ id: 'broker-slow', text: 'one broker answers slowly, write latency spikes', also: ['isr', 'disk'] }],
  entry: 'broker-slow',
  root: 'slow',
  questions: {
    slow: question({
      ask: 'Does it answer more slowly than the others?',
      why: 'if all are slow alike, the clients or the network are the place to look at',
      how: 'kmedic cluster -v; the metric RequestHandlerAvgIdlePercent of each broker',
      probe: 'broker-slow',
      answers: { yes: ['yes, far more', 'why-slow'], no: ['no', 'BRK-05'] },
    }),
    'why-slow': question({
      ask: 'What is it busy with?',
      why: 'threads, disk and recompression are helped in different ways',
      how: 'RequestHandlerAvgIdlePercent and NetworkProcessorAvgIdlePercent by JMX, iostat -x, top',
      answers: {
        threads: ['its request handlers or network threads are never idle', 'BRK-02'],
        disk: ['it reads from disk: consumers far behind, or a restart that warms up', 'BRK-03'],
        cpu: ['CPU: TLS, or compressing batches again', 'BRK-04'],
        nothing: ['nothing that can be seen', 'BRK-01'],
      },
      otherwise: 'BRK-01',
    }),
  },
  leaves: {
    'BRK-01': fault(
      'one broker answers far more slowly than the others',
      'Whatever it leads waits for it: producers time out or fill their buffers, consumers lag, its followers may drop out of the ISR.',
      {
        do: [
          'look at its host: disk wait, network, CPU steal, GC',
          'move its leaderships to other brokers while it is repaired',
        ],
        commands: ['cluster', 'isr can-restart {broker}', 'cluster --blast-radius broker:{broker}'],
        instead: [
          ['netstat -an | grep :9092 | wc -l', 'cluster'],
          ['kafka-run-class.sh kafka.tools.JmxTool --object-name kafka.server:type=BrokerTopicMetrics', 'cluster'],
        ],
        sources: ['002 Quick Debug Cheat Sheet', '002 Production debug guide'],
        corrections: [WRONG.handlerThreads],
        causedBy: ['DSK-01', 'DSK-02', 'DSK-10'],
      },
    ),
    'BRK-02': fault(
      'its threads are all at work',
      'Requests queue up. num.network.threads (3) read and write sockets, num.io.threads (8) do the work; with TLS the first are short earlier.',
      {
        do: [
          'raise the one that is never idle, while the broker runs: at most twice as many at a time',
          'fewer, larger requests: linger.ms and batch.size at producers, fetch.min.bytes at consumers',
        ],
        commands: [setBroker('num.io.threads=16'), setBroker('num.network.threads=6'), 'cluster'],
        sources: ['002 Quick Debug Cheat Sheet', '002 Production debug guide', '002 Producer Configuration Strategy'],
        corrections: [WRONG.handlerThreads],
      },
    ),
    'BRK-03': fault(
      'it reads from its disk instead of the page cache',
      'Consumers that keep up are served from memory by sendfile. One that reads days back pushes the newest records out of the cache, and everybody waits for the disk.',
      {
        do: [
          'see which group is far behind, and give it a quota (consumer_byte_rate)',
          'leave memory to the page cache: a small heap, nothing else on the host',
        ],
        commands: ['lag --sort lag', 'lag --by group'],
        sources: ['001 What is Zero Copy', '001 Frequent ISR Shrinking'],
      },
    ),
    'BRK-04': fault(
      'its CPU goes into what zero-copy would spare',
      'With TLS records pass through the process to be encrypted; where a topic’s compression.type is not "producer" and differs from the producers’, each batch is decompressed and compressed again.',
      {
        do: [
          'set compression.type=producer on the topics, and compress at the producers',
          'TLS: newer Java and AES-NI help; count it in when sizing',
        ],
        commands: [setTopic('compression.type=producer'), 'cluster'],
        sources: ['001 What is Zero Copy', '002 Append-Only Log (segments)'],
        corrections: [WRONG.mmapForRecords],
      },
    ),
    'BRK-05': sound('it answers as fast as the others', 'Every broker took about the same time.', {
      commands: ['cluster'],
      sources: ['002 Quick Debug Cheat Sheet'],
    }),
  },
  sources: sources('002 Quick Debug Cheat Sheet', '002 Production debug guide', '001 What is Zero Copy'),
};
