"""Produces or consumes with one of Debian's two python clients: clients.py CLIENT MODE BOOTSTRAP TOPIC [CODEC|COUNT] [VALUE...]"""

import json
import sys

client, mode, bootstrap, topic = sys.argv[1:5]


def produce_kafka(codec, values):
    from kafka import KafkaProducer

    producer = KafkaProducer(
        bootstrap_servers=bootstrap, acks="all", compression_type=None if codec == "none" else codec
    )
    for value in values:
        producer.send(topic, value=value.encode(), key=b"key", headers=[("h", b"1")], partition=0).get(timeout=20)
    producer.close()


def consume_kafka(count):
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(bootstrap_servers=bootstrap, consumer_timeout_ms=20000)
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    values = []
    for message in consumer:
        values.append(message.value.decode())
        if len(values) == count:
            break
    consumer.close()
    return values


def produce_confluent(codec, values):
    from confluent_kafka import Producer

    failed = []
    producer = Producer(
        {"bootstrap.servers": bootstrap, "enable.idempotence": True, "compression.codec": codec, "linger.ms": 50}
    )
    for value in values:
        producer.produce(
            topic, value=value, key="key", partition=0, headers={"h": "1"}, on_delivery=lambda e, _: e and failed.append(e)
        )
    left = producer.flush(20)
    if failed or left:
        sys.exit(f"{failed} {left}")


def consume_confluent(count):
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "unused", "isolation.level": "read_committed"})
    consumer.assign([TopicPartition(topic, 0, 0)])
    values = []
    while len(values) < count:
        message = consumer.poll(20)
        if message is None or message.error():
            sys.exit(f"after {len(values)}: {message and message.error()}")
        values.append(message.value().decode())
    consumer.close()
    return values


if mode == "produce":
    {"kafka": produce_kafka, "confluent": produce_confluent}[client](sys.argv[5], sys.argv[6:])
else:
    print(json.dumps({"kafka": consume_kafka, "confluent": consume_confluent}[client](int(sys.argv[5]))))
