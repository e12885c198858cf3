"""Asks a broker which brokers it knows, with two Kafka requests made by hand: the one sign that a
broker answers that does not depend on what it prints."""
import socket
import struct

METADATA, VERSION = 3, 4


def request(correlation):
    """Metadata of no topics. https://kafka.apache.org/protocol#The_Messages_Metadata"""
    client = b"brokers"
    head = struct.pack(">hhih", METADATA, VERSION, correlation, len(client)) + client
    body = struct.pack(">i?", 0, False)  # no topics, and none made
    return struct.pack(">i", len(head) + len(body)) + head + body


def receive(connection, count):
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise ConnectionError("closed")
        data += part
    return data


def brokers_in(response):
    """The ids in a response, which begins with correlation id and throttle time."""
    count, = struct.unpack_from(">i", response, 8)
    place, ids = 12, set()
    for _ in range(count):
        node, host = struct.unpack_from(">ih", response, place)
        rack, = struct.unpack_from(">h", response, place + 6 + host + 4)
        ids.add(node)
        place += 6 + host + 4 + 2 + max(rack, 0)
    return ids


def known_brokers(port, wait=1.0):
    """Ids of the brokers that the one at this port knows to be alive; none where it does not answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=wait) as connection:
            connection.settimeout(wait)
            connection.sendall(request(1))
            size, = struct.unpack(">i", receive(connection, 4))
            return brokers_in(receive(connection, size))
    except (OSError, struct.error):
        return set()
