"""A host that came back at another address is found there at the next connection."""

import subprocess
import sys

# In a process of its own: the ground that is prepared here stays prepared.
_ASKED_TWICE = """
from chassis import hub
hub.prepare()
import socket
import dns.flags, dns.message, dns.rrset
import eventlet
from eventlet.support import greendns

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 0))

def answer():
    seen = 0
    while True:
        packet, caller = server.recvfrom(4096)
        reply = dns.message.make_response(dns.message.from_wire(packet))
        if reply.question[0].rdtype == dns.rdatatype.A:
            seen += 1
            reply.answer.append(dns.rrset.from_text(reply.question[0].name, 600, "IN", "A", f"10.0.0.{seen}"))
        server.sendto(reply.to_wire(), caller)

eventlet.spawn(answer)
greendns.resolver.clear()
greendns.resolver._resolver.nameservers = ["127.0.0.1"]
greendns.resolver._resolver.port = server.getsockname()[1]
for _ in range(2):
    print(socket.getaddrinfo("broker.test", 5672, socket.AF_INET, socket.SOCK_STREAM)[0][4][0])
"""


def test_an_address_is_not_kept_however_long_it_may_be() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _ASKED_TWICE],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == ["10.0.0.1", "10.0.0.2"]
