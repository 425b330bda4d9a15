"""A consumer of librdkafka that assigns its partition itself, and commits what it reads: never a member of its group."""

import json
import sys
import time

from confluent_kafka import Consumer, TopicPartition

options = json.loads(sys.argv[1])
topic = options.pop("topic")
consumer = Consumer(options)
consumer.assign([TopicPartition(topic, 0, 0)])
while True:
    message = consumer.poll(0.2)
    if message is None or message.error() is not None:
        continue
    consumer.commit(message=message, asynchronous=False)
    print(json.dumps({"committed": message.offset() + 1}), flush=True)
    time.sleep(0.25)
