"""Clients of librdkafka that make incidents: what they do is their first argument, the rest is JSON. They run until they are killed."""

import json
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition

role, options = sys.argv[1], json.loads(sys.argv[2])


def say(word):
    print(word, flush=True)


def producer():
    """Records to every partition of a topic, at a steady pace; `count` of them at once where it is given."""
    client = Producer({"bootstrap.servers": options["bootstrap"]})
    topic, partitions = options["topic"], options["partitions"]
    if "count" in options:
        for number in range(options["count"]):
            key = "k%d" % (number % options.get("keys", 1 << 30))
            client.produce(topic, key=key, value="v%d" % number, partition=number % partitions)
            client.poll(0)
        client.flush()
        say("done")
        return
    number = 0
    while True:
        for partition in range(partitions):
            for _ in range(options["records"]):
                number += 1
                client.produce(topic, key="k%d" % number, value="v%d" % number, partition=partition)
        client.flush()
        if number <= partitions * options["records"]:
            say("working")
        time.sleep(0.2)


def consumer():
    """A member that needs its time for each record, and commits twice a second; it never gets past `stuck`: [partition, offset]."""
    client = Consumer(
        {
            "bootstrap.servers": options["bootstrap"],
            "group.id": options["group"],
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
        }
    )
    client.subscribe([options["topic"]])
    stuck = options.get("stuck")
    read = 0
    committed = time.monotonic()
    while read < options.get("count", 1 << 30):
        message = client.poll(0.2)
        if message is None or message.error() is not None:
            continue
        if stuck == [message.partition(), message.offset()]:
            # Tried for ever, without holding up the other partitions.
            client.pause([TopicPartition(message.topic(), message.partition())])
            continue
        time.sleep(options.get("seconds", 0))
        client.store_offsets(message)
        read += 1
        if read == 1 or time.monotonic() - committed > 0.5:
            client.commit(asynchronous=False)
            committed = time.monotonic()
        if read == 1:
            say("working")
    client.commit(asynchronous=False)
    client.close()
    say("done")


def committer():
    """Commits for a group without being a member: once, or a step further each time."""
    client = Consumer({"bootstrap.servers": options["bootstrap"], "group.id": options["group"], "enable.auto.commit": False})
    topic, partitions = options["topic"], range(options["partitions"])
    offset = options["offset"]
    client.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    while True:
        client.commit(offsets=[TopicPartition(topic, partition, offset) for partition in partitions], asynchronous=False)
        say("working")
        if "step" not in options:
            return
        offset += options["step"]
        time.sleep(0.4)


{"producer": producer, "consumer": consumer, "committer": committer}[role]()
