"""Clients that want to stop the server, or to make it grow:  python3 tests/serve-hostile.py PORT PID [TIMES]   (TAP)

Half requests, thousands of connections, bodies of 100 MB, bad chunks, calls that name ever new addresses.  After each the server
must answer a good call, and in the end it may have grown by some megabytes only (TIMES as much with
sanitizers, which keep what is freed)."""
import http.client
import socket
import sys
import threading
import urllib.parse

PORT, PID = int(sys.argv[1]), sys.argv[2]
TIMES = int(sys.argv[3]) if len(sys.argv) > 3 else 1
GROWTH_KIB, LEFT_KIB = 64 * 1024 * TIMES, 2048 * TIMES
number = failed = 0


def is_(name, good, why=""):
    global number, failed
    number += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {number} - {name}", flush=True)
    if not good and why:
        print(f"# {why}", flush=True)


def resident_kib():
    with open(f"/proc/{PID}/status", encoding="ascii") as file:
        return int(next(line.split()[1] for line in file if line.startswith("VmRSS")))


def call(timeout=15, **parameters):
    """Status and text of the answer to a good request."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=timeout)
    try:
        connection.request("POST", "/", urllib.parse.urlencode(parameters), {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def still_answers(after):
    try:
        status, text = call(Action="DescribeVpcs")
        is_(f"it answers after {after}", status == 200 and "DescribeVpcsResponse" in text, text[:200])
    except OSError as error:
        is_(f"it answers after {after}", False, repr(error))


def raw(data, read=True, timeout=5):
    """What the server says to these bytes; b"" if it just closes."""
    with socket.create_connection(("127.0.0.1", PORT), timeout=timeout) as client:
        try:
            client.sendall(data)
            return client.recv(65536) if read else b""
        except OSError:
            return b""


call(Action="DescribeVpcs")
before = resident_kib()

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
for name, data in (
    ("half a request line", b"POST / HT"),
    ("half a header", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Le"),
    ("half a body", HEAD + b"Content-Length: 100\r\n\r\nAction=Describe"),
):
    for _ in range(50):
        raw(data, read=False)
    still_answers(name)

# ---- chunks ----
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
good = raw(CHUNKED + b"f\r\nAction=Describe\r\n4\r\nVpcs\r\n0\r\n\r\n")
is_("a body in chunks", b" 200 " in good and b"DescribeVpcsResponse" in good, repr(good[:200]))
for name, data in (
    ("a size that is no number", b"zz\r\nAction\r\n0\r\n\r\n"),
    ("a negative size", b"-5\r\nAction\r\n0\r\n\r\n"),
    ("a size beyond all bounds", b"ffffffffffffffffffff\r\nAction\r\n0\r\n\r\n"),
    ("a chunk that is longer than its size", b"3\r\nActionActionAction\r\n0\r\n\r\n"),
):
    answer = raw(CHUNKED + data)
    is_(name, b" 200 " not in answer.split(b"\r\n")[0], repr(answer[:100]))
still_answers("bad chunks")

# ---- headers ----
for name, data in (
    ("a header of 1 MB", b"POST / HTTP/1.1\r\nHost: " + b"x" * 1_000_000 + b"\r\n\r\n"),
    ("100000 headers", b"POST / HTTP/1.1\r\n" + b"A: b\r\n" * 100_000 + b"\r\n"),
    ("a query of 1 MB", b"GET /?" + b"a=b&" * 250_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("two lengths", HEAD + b"Content-Length: 5\r\nContent-Length: 500\r\n\r\nAction"),
    ("a length that is no number", HEAD + b"Content-Length: many\r\n\r\nAction"),
    ("a length beyond all bounds", HEAD + b"Content-Length: 99999999999999999999\r\n\r\nAction"),
    ("bytes of no protocol", bytes(range(256)) * 20),
):
    answer = raw(data).split(b"\r\n")[0]
    is_(name, b" 200 " not in answer, repr(answer[:100]))
still_answers("bad headers")

# ---- bodies of 100 MB, with and without a length ----
for name, head in (("100 MB", HEAD + b"Content-Length: 104857600\r\n\r\n"), ("100 MB in chunks", CHUNKED)):
    status = b""
    with socket.create_connection(("127.0.0.1", PORT), timeout=20) as client:
        block = b"a" * 1048576
        try:
            client.sendall(head)
            for _ in range(100):
                client.sendall(block if head is not CHUNKED else b"100000\r\n" + block + b"\r\n")
            client.sendall(b"" if head is not CHUNKED else b"0\r\n\r\n")
            status = client.recv(4096)
        except OSError:
            pass # it may close the connection instead
    is_(name, status == b"" or b" 413 " in status, repr(status[:100]))
still_answers("bodies of 100 MB")

# ---- connections ----
clients = []
for _ in range(2000):
    try:
        client = socket.create_connection(("127.0.0.1", PORT), timeout=0.2)
        client.sendall(b"POST / HTTP/1.1\r\n")
        clients.append(client)
    except OSError:
        pass # it refuses, or lets wait, what is too much
grown = resident_kib() - before
is_("2000 connections at once", grown < GROWTH_KIB, f"{grown} KiB more")
for client in clients:
    client.close()
still_answers("2000 connections")

# ---- what calls name ----
long_name = "a" * 200_000
for parameters in (
    {"Action": long_name},
    {"Action": "DescribeSubnets", "SubnetId.1": long_name},
    {"Action": "DescribeSubnets", "Filter.1.Name": "vpc-id", "Filter.1.Value.1": "*" * 5000 + "b"},
    {"Action": "DescribeSubnets", **{f"SubnetId.{i}": "x" for i in range(3000)}},
    {"Action": "DescribeSubnets", "SubnetId.99999999999999999999": "x"},
    {"Action": "CreateVpc", "CidrBlock": "10.0.0.0/16\x00"},
    {"Action": "CreateVpc", "CidrBlock": "999.0.0.0/99"},
    {"Action": "CreateNetworkInterface", "SubnetId": "../../etc/passwd", "PrivateIpAddress": "%s%n"},
):
    status, text = call(**parameters)
    name = f"{parameters['Action'][:30]}, {len(str(parameters))} bytes"
    is_(name, status == 400 and "<Code>" in text or "<subnetSet></subnetSet>" in text, f"{status} {text[:200]}")
still_answers("strange names")


def make_vpcs(first):
    """Each with a block that was never named before; then it goes again."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=15)
    for i in range(first, first + 3000):
        for action in (f"Action=CreateVpc&CidrBlock={10 + i // 65536}.{i // 256 % 256}.{i % 256}.0/24",
                       f"Action=CreateNetworkInterface&SubnetId=subnet-{i:x}&ClientToken=token-{i}"):
            connection.request("POST", "/", action)
            text = connection.getresponse().read().decode()
            if "<vpcId>" in text:
                vpc = text.split("<vpcId>")[1].split("<")[0]
                connection.request("POST", "/", f"Action=DeleteVpc&VpcId={vpc}")
                connection.getresponse().read()
    connection.close()


make_vpcs(0) # what is needed at most is there then
warm = resident_kib()
threads = [threading.Thread(target=make_vpcs, args=(3000 * n,)) for n in range(1, 4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
is_("ever new blocks and tokens leave nothing", resident_kib() - warm < LEFT_KIB, f"{resident_kib() - warm} KiB more")
grown = resident_kib() - before
is_("it has not grown", grown < GROWTH_KIB, f"{grown} KiB more")
still_answers("all of it")
print(f"1..{number}")
sys.exit(failed > 0)
