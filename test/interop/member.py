"""A member of a group, with one of Debian's two python clients: member.py CLIENT BOOTSTRAP GROUP TOPIC. Prints what it reads; SIGTERM makes it leave."""

import signal
import sys

client, bootstrap, group, topic = sys.argv[1:]


def leave(*_):
    sys.exit(0)


signal.signal(signal.SIGTERM, leave)


def kafka():
    from kafka import KafkaConsumer

    consumer = KafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        auto_commit_interval_ms=200,
        session_timeout_ms=6000,
        heartbeat_interval_ms=200,
    )
    try:
        while True:
            for messages in consumer.poll(200).values():
                for message in messages:
                    print(message.value.decode(), flush=True)
    finally:
        consumer.close()


def confluent():
    from confluent_kafka import Consumer

    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "auto.commit.interval.ms": 200,
            "session.timeout.ms": 6000,
            "heartbeat.interval.ms": 200,
        }
    )
    consumer.subscribe([topic])
    try:
        while True:
            message = consumer.poll(0.2)
            if message is not None and not message.error():
                print(message.value().decode(), flush=True)
    finally:
        consumer.close()


{"kafka": kafka, "confluent": confluent}[client]()
