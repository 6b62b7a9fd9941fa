"""A bad line between two network namespaces: packets come late, some not at all, and none while it is cut.

    wire.py SEED DELAY_MS LOSS NAMESPACE:DEVICE NAMESPACE:DEVICE

A TUN device at each end, as tc's netem would do it where the kernel has that. Prints "ready" when both are there; "cut" and
"join" on its standard input take the line away and bring it back, which is said when it is done. Ends with its standard input.
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
CLONE_NEWNET = 0x40000000
MOST_WAITING = 2000  # packets each way; what is over it is lost, as in a router


def open_tun(end: str) -> int:
    namespace, device = end.split(":")
    with open(f"/run/netns/{namespace}", "rb") as handle:
        if ctypes.CDLL(None, use_errno=True).setns(handle.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter the namespace {namespace}")
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    return tun


def main() -> None:
    seed, delay, loss = int(sys.argv[1]), float(sys.argv[2]) / 1000, float(sys.argv[3])
    ends = [open_tun(end) for end in sys.argv[4:6]]
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    chance = random.Random(seed)
    waiting: list[tuple[float, int, int, bytes]] = []
    number = 0
    cut = False
    print("ready", flush=True)
    while True:
        pause = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        readable, _, _ = select.select([0, *ends], [], [], pause)
        now = time.monotonic()
        for source in readable:
            if source == 0:
                order = os.read(0, 100)
                if not order:
                    return
                cut = order.strip().endswith(b"cut")
                print("cut" if cut else "joined", flush=True)
                continue
            packet = os.read(source, 65536)
            if cut or chance.random() < loss or len(waiting) >= 2 * MOST_WAITING:
                continue
            number += 1
            heapq.heappush(waiting, (now + delay, number, other[source], packet))
        while waiting and waiting[0][0] <= now:
            _, _, target, packet = heapq.heappop(waiting)
            if cut:
                continue
            try:
                os.write(target, packet)
            except OSError:
                pass  # its device is down: the packet is lost


main()
