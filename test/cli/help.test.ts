import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/registry.ts';
import { runCli } from './run-cli.ts';

describe('help', () => {
  it('of kmedic', async () => {
    const { code, out, err } = await runCli(['--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatchInlineSnapshot(`
      "kmedic: first aid for Kafka consumer groups

      Examples:
        kmedic demo                 # a bundled cluster with a live incident
        kmedic lag -b kafka-1:9092  # who is behind, and why
        kmedic groups list          # all groups with state, lag and verdict

      Commands:
        demo                                          a bundled cluster with a live incident to look at
        lag [group…]                                  how far groups are behind, per partition, with a
                                                      verdict
        groups list [group…]                          all groups of all types, with state, lag and verdict
        groups describe <group…>                      state, members, assignments and offsets of groups
        groups delete <group…>                        delete empty groups and their committed offsets
        offsets reset [group…]                        move the committed offsets of groups: a plan, until
                                                      --execute
        offsets seek <group topic:partition=target…>  set single positions: topic:partition=target
        offsets show <group…>                         committed offsets with leader epoch, metadata and
                                                      the range of the log
        offsets export <group…>                       print committed offsets as Kafka's CSV, or as JSON
                                                      with metadata
        offsets import <file>                         set offsets from a file that offsets export or Kafka
                                                      wrote
        offsets clone <from to…>                      give a group the offsets of another one
        offsets delete <group…>                       remove committed offsets of topics or partitions
        offsets plan [group…]                         write a plan to standard output, for offsets apply
        offsets apply <file>                          carry out a plan, unless something has moved since
        offsets undo [id]                             put offsets, leader epochs and metadata back to what
                                                      an apply overwrote
        offsets history [id]                          what was applied from this machine, and what became
                                                      of it
        offsets peek <group topic:partition…>         the records around a committed offset
        offsets skip <group topic:partition…>         step over records that cannot be processed, keeping
                                                      them
        offsets translate <group>                     where a group would stand on another cluster that
                                                      has copies of its topics
        isr [topic…]                                  replicas, ISR and min ISR of every partition, worst
                                                      first, with a verdict
        isr can-restart <broker…>                     what would break if these brokers stopped now; exit
                                                      0: nothing, 1: something
        isr elect [topic…]                            elect the preferred replicas, or (last resort)
                                                      unclean leaders: a plan, until --execute
        cluster                                       brokers, controllers, sizes on disk, and who is hit
                                                      when a broker or topic fails
        diagnose [tree]                               find the cause: measured where it can be, asked
                                                      where it cannot; exit 1: a fault was found
        diagnose replay <session>                     a saved session step by step, judged again by
                                                      today's trees, and where that differs
        runbook [name]                                what to do by hand: a tree, a symptom, a verdict or
                                                      a rule as Markdown or Mermaid
        explain <name>                                what a verdict or rule means, why it follows, and
                                                      what to do
        wait isr [topic…]                             until replication is healthy, or a broker can be
                                                      restarted: for rolling restarts
        wait group <group…>                           until groups have no lag, are empty, or are stable
        segments dump [path…]                         what is in a broker's files: batches, records,
                                                      indexes, snapshots, checkpoints
        segments verify <path…>                       whether files are sound: checksums, offsets,
                                                      producers, transactions, indexes, checkpoints
        segments stats <path…>                        what fills the disk, and why retention or compaction
                                                      does not free it
        segments groups <path…>                       groups, commits and rebalances, from the files of
                                                      __consumer_offsets
        segments find <path…>                         where a record lies: by offset, time, key or
                                                      producer
        segments diff <directory…>                    where two replicas of a partition begin to differ
        segments salvage <directory…>                 copy what is sound to a new directory, and say what
                                                      is lost
        record [file]                                 write what is known of the cluster to a file, for
                                                      \`--from\`, \`diff\` and \`report\`
        diff <recording…>                             what changed between two recordings, the worst
                                                      first; exit 1: something got worse
        report <file>                                 a recording or a diagnosis as an incident report:
                                                      one HTML file with charts, or Markdown
        schema <kind>                                 print the JSON schema of a document
        drill list                                    the practice incidents
        drill run <drill>                             a practice incident on the bundled cluster: find it,
                                                      repair it
        broker start                                  run the bundled broker: real listeners, Kafka’s own
                                                      log format
        broker status                                 which brokers answer, and which faults are injected
        broker fault <fault…>                         make something go wrong in the bundled broker, for a
                                                      while
        broker fault list                             the faults that are injected, and what remains of
                                                      each
        broker fault clear [fault…]                   end faults before their time; stopped brokers start
                                                      again

      Options of every command:
        -o, --output <format>  how to write the result (table|wide|json|ndjson|yaml|csv; default table)
        --no-color             no colours (as does NO_COLOR)
        -v, --verbose          show stack traces and what was asked of the cluster

      Options of commands that look at a cluster:
        -b, --bootstrap-server <host:port,…>  brokers to ask first (default 127.0.0.1:9092, or
                                              KAFKA_BOOTSTRAP_SERVERS)
        --command-config <file>               Java client.properties with security settings, as Kafka's
                                              own tools take it
        --timeout <time>                      give up on an answer after this long (default 10s)
        --embedded [scenario]                 start a bundled cluster with a scenario, for this call only
                                              (default scenario: demo)
        --from <recording>                    read a recording of \`kmedic record\` instead of a cluster

      Exit codes:
        0 fine · 1 a verdict or look-up failed · 2 usage or an invalid file · 3 unreachable or not authorised
        4 refused, nothing changed · 5 partly done · 130 interrupted

      kmedic <command> --help tells more. kmedic --version tells the version.
      "
    `);
    expect((await runCli([])).out).toBe(out);
  });

  it('of lag begins with examples', async () => {
    expect((await runCli(['lag', '--help'])).out).toMatchInlineSnapshot(`
      "kmedic lag: how far groups are behind, per partition, with a verdict
      Without a name: all groups. Names may be globs (pay*) or regular expressions between slashes
      (/^pay/).
      One sample shows who is behind; --window takes a second one and tells a stall from a slow consumer.
      Lag is high watermark − committed offset; unknown is -, and totals say how many are unknown.
      A recording with several samples (record --samples) is judged over all of them; --window and
      --samples choose the newest.

      Examples:
        kmedic lag                                    # every group of 127.0.0.1:9092
        kmedic lag payments --window 10s -b kafka-1:9092
                                                      # two samples: STALL, SLOW or catching up?
        kmedic lag 'pay*' --lag '>1000' --sort lag    # the worst partitions of some groups
        kmedic lag --by member payments               # which member is behind
        kmedic lag payments --watch                   # rate, ETA and history, redrawn in place
        kmedic lag --from incident.json -o json       # a recording, as one document

      Usage:
        kmedic lag [options] [group…]

      Arguments:
        group  groups to look at; all of them when none is named

      Options:
        -t, --topic <t[:0,1]>  only these topics or partitions; globs and /regex/ work, repeatable
        --all                  all groups, said out loud (the default when none is named)
        --by <what>            one row per partition, or added up (partition|topic|member|group; default
                               partition)
        --lag <'>N'>           only rows with such a lag (>, >=, <, <=, =); unknown lag stays
        --sort <column>        order of the rows; lag and time: largest first (group|lag|topic|time;
                               default group)
        --isolation <level>    where reading ends: the high watermark, or the last stable offset
                               (read_uncommitted|read_committed; default read_uncommitted)
        --time-lag <when>      read the record at each committed offset to tell its age (auto: of all
                               groups only while few commits are behind) (auto|always|never; default auto)
        --window <time>        take two samples this far apart, and compare them
        --samples <n>          take n samples over the window; with --watch: end after n
        --watch [interval]     look again every 2 s, or every interval
        --old-after <age>      an unread record older than this is old (default: 1m; where a recording has
                               the history of the group, three of its usual commit intervals)
        --exit-code            exit 1 when a verdict is an error

      Connection:
        -b, --bootstrap-server <host:port,…>  brokers to ask first (default 127.0.0.1:9092, or
                                              KAFKA_BOOTSTRAP_SERVERS)
        --command-config <file>               Java client.properties with security settings, as Kafka's
                                              own tools take it
        --timeout <time>                      give up on an answer after this long (default 10s)
        --embedded [scenario]                 start a bundled cluster with a scenario, for this call only
                                              (default scenario: demo)
        --from <recording>                    read a recording of \`kmedic record\` instead of a cluster

      Common:
        -o, --output <format>  how to write the result (table|wide|json|ndjson|yaml|csv; default table)
        --no-color             no colours (as does NO_COLOR)
        -v, --verbose          show stack traces and what was asked of the cluster
      "
    `);
  });

  it('of a noun', async () => {
    const { out } = await runCli(['groups', '--help']);
    expect(out).toMatchInlineSnapshot(`
      "kmedic groups: consumer groups: list, describe, delete

      Examples:
        kmedic groups list               # every group of 127.0.0.1:9092
        kmedic groups describe payments  # everything about one group
        kmedic groups delete old-report  # what would go

      Commands:
        groups list [group…]      all groups of all types, with state, lag and verdict
        groups describe <group…>  state, members, assignments and offsets of groups
        groups delete <group…>    delete empty groups and their committed offsets

      kmedic groups <command> --help tells more.
      "
    `);
    expect((await runCli(['groups'])).out).toBe(out);
  });

  it.each(COMMANDS.map(({ path }) => path))('of %s %s fits 100 columns and has examples first', async (...path) => {
    const words = path.filter((word) => typeof word === 'string');
    const { code, out } = await runCli([...words, '--help']);
    expect(code).toBe(0);
    expect(out.indexOf('Examples:')).toBeLessThan(out.indexOf('Usage:'));
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    const names = [...out.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, name]) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  it('tells the version', async () => {
    expect(await runCli(['--version'])).toEqual({ code: 0, out: 'kmedic 9.9.9\n', err: '' });
  });
});
