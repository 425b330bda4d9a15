"""Speaks with kafka-python's own record codec: one JSON request on stdin, one JSON answer on stdout."""
import json
import sys

from kafka.record import MemoryRecords, MemoryRecordsBuilder


def text(data):
    return None if data is None else bytes(data).hex()


def write(request):
    builder = MemoryRecordsBuilder(request["magic"], request["compression"], 1 << 20)
    for r in request["records"]:
        headers = [(k, None if v is None else bytes.fromhex(v)) for k, v in r["headers"]]
        raw = {n: None if r[n] is None else bytes.fromhex(r[n]) for n in ("key", "value")}
        builder.append(r["timestamp"], raw["key"], raw["value"], headers)
    builder.close()
    return bytes(builder.buffer()).hex()


def read(request):
    batches = MemoryRecords(bytes.fromhex(request["bytes"]))
    found = []
    while batches.has_next():
        batch = batches.next_batch()
        crc = batch.validate_crc()
        for r in batch:
            found.append({"offset": r.offset, "timestamp": r.timestamp, "key": text(r.key), "value": text(r.value),
                          "headers": [[k, text(v)] for k, v in r.headers], "crc": crc})
    return found


request = json.load(sys.stdin)
json.dump({"write": write, "read": read}[request["do"]](request), sys.stdout)
