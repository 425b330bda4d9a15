"""A consumer of librdkafka that does as it is told: one JSON command per line in, one JSON event per line out."""

import json
import sys

from confluent_kafka import Consumer, TopicPartition


def say(**event):
    print(json.dumps(event), flush=True)


options = json.loads(sys.argv[1])
topic = options.pop("topic")


def assigned(_, partitions):
    say(event="assigned", partitions=sorted(p.partition for p in partitions))


def revoked(_, partitions):
    say(event="revoked", partitions=sorted(p.partition for p in partitions))


consumer = Consumer(options)
consumer.subscribe([topic], on_assign=assigned, on_revoke=revoked)
pending = 0
for line in sys.stdin:
    command = json.loads(line)
    if command["do"] == "read":
        values = []
        while len(values) < command["count"]:
            message = consumer.poll(0.2)
            if message is not None and message.error() is None:
                values.append(message.value().decode())
        say(event="read", values=values)
    elif command["do"] == "wait":
        # Polls until the member is told something by its group, or the time is over.
        consumer.poll(command["seconds"])
        say(event="waited", owned=sorted(p.partition for p in consumer.assignment()))
    elif command["do"] == "commit":
        offsets = consumer.commit(offsets=[TopicPartition(topic, p, o) for p, o in command["offsets"]], asynchronous=False)
        say(event="committed", offsets=[[p.partition, p.offset, p.error and p.error.name()] for p in offsets])
    elif command["do"] == "committed":
        found = consumer.committed([TopicPartition(topic, p) for p in command["partitions"]], timeout=10)
        say(event="fetched", offsets=[[p.partition, p.offset] for p in found])
    elif command["do"] == "close":
        consumer.close()
        say(event="closed")
        break
