"""Writes the byte streams of this folder after TI's documented layouts, with nothing of kinecho: python3 make_streams.py

Layouts: mmWave SDK mmw_output.h, detected_obj.h (1.x, 2.x), dpif_pointcloud.h (3.x); mmwdemo_tlvs.h of the people counting demos.
What a frame holds follows from its number n alone: n % 3 points, point k of which lies in range bin 5 + k + n % 4 and moves with
Doppler bin k * 2 - 1 - n % 2 (positive recedes), at azimuth 0.2 * (k - 1) to the right and elevation -0.1 * k.
"""
import math
import pathlib
import struct

HERE = pathlib.Path(__file__).parent
MAGIC = bytes([2, 1, 4, 3, 6, 5, 8, 7])
C = 299792458.0
# radar.cfg: 77 GHz, 68 MHz/us, 7 us idle and 58 us ramp, samples from 7 us on, 32 of them at 4884 ksps, 3 transmitters, 16 loops.
RANGE = C * 4.884e6 / (2 * 68e12 * 32)
CARRIER = 77e9 + 68e12 * (7e-6 + 15.5 / 4.884e6)
VELOCITY = C / CARRIER / (2 * 16 * 3 * 65e-6)


def points(n):
    """(range bin, Doppler bin, x, y, z, azimuth, elevation, range) of frame n."""
    for k in range(n % 3):
        bin_, doppler = 5 + k + n % 4, 2 * k - 1 - n % 2
        azimuth, elevation, distance = 0.2 * (k - 1), -0.1 * k, (5 + k + n % 4) * RANGE
        level = distance * math.cos(elevation)
        yield bin_, doppler, level * math.sin(azimuth), level * math.cos(azimuth), distance * math.sin(elevation), azimuth, elevation, distance


def tlv(kind, value, own_header=False):
    return struct.pack('<II', kind, len(value) + (8 if own_header else 0)) + value


def packet(version, n, detected, tlvs, header=40, platform=0xA6843):
    body = b''.join(tlvs)
    total = header + len(body)
    if header != 48:
        total += -total % 32
    head = MAGIC + struct.pack('<IIII', version, total, platform, n)
    if header == 48:  # subframe, margins, times, count, checksum
        head += struct.pack('<IIIIIHH', 0, 10, 20, 30, 40, len(tlvs), 0xABCD)
    else:
        head += struct.pack('<III', 123456 * n & 0xFFFFFFFF, detected, len(tlvs))
        head += struct.pack('<I', 0) if header == 40 else b''
    assert len(head) == header
    return (head + body).ljust(total, b'\x0f')


def sdk3(n, side=True):
    p = list(points(n))
    tlvs = [tlv(2, bytes(64))]
    if p:
        tlvs.insert(0, tlv(1, b''.join(struct.pack('<4f', x, y, z, v * VELOCITY) for _, v, x, y, z, *_ in p)))
        if side:
            tlvs.insert(1, tlv(7, b''.join(struct.pack('<hh', 150 + 10 * k, 400) for k in range(len(p)))))
    return packet(0x03060000, n, len(p), tlvs + [tlv(6, bytes(24))])


def fixed(n, version, header):
    p = list(points(n))
    value = struct.pack('<HH', len(p), 9)
    for k, (r, v, x, y, z, *_) in enumerate(p):
        value += struct.pack('<HhHhhh', r, v, 99 + 900 * k, *(round(512 * c) for c in (x, y, z)))
    return packet(version, n, len(p), [tlv(1, value)] if p else [], header, 0xA1443)


def compressed(n, kind, header, own):
    value = struct.pack('<5f', 0.01, 0.01, 0.00028, 0.00025, 0.04)
    for *_, v, x, y, z, azimuth, elevation, distance in points(n):
        value += struct.pack('<bbhHH', round(elevation / 0.01), round(azimuth / 0.01), round(v * VELOCITY / 0.00028),
                             round(distance / 0.00025), 250)
    return packet(0x03050004, n, n % 3, [tlv(kind, value, own), tlv(kind + 1 if kind == 6 else 1011, bytes(4), own)], header)


def main():
    numbers = range(7, 47)
    write = lambda name, data: (HERE / name).write_bytes(data)
    write('sdk3.dat', b''.join(map(sdk3, numbers)))
    write('sdk2.dat', b''.join(fixed(n, 0x02010004, 40) for n in numbers))
    write('sdk1.dat', b''.join(fixed(n, 0x01000005, 36) for n in numbers))
    write('people.dat', b''.join(compressed(n, 1020, 40, False) for n in numbers))
    write('people_toolbox4.dat', b''.join(compressed(n, 6, 48, True) for n in numbers))
    write('no_side_info.dat', b''.join(sdk3(n, side=False) for n in numbers))
    # Half a packet first, frame 12 lost, 10 bytes of frame 20 lost, noise before frame 25, a wrong count in frame 29, a NaN in
    # frame 32, and an end within frame 46.
    damaged = sdk3(6)[50:]
    for n in numbers:
        p = bytearray(sdk3(n))
        if n == 12:
            continue
        if n == 20:
            del p[60:70]
        if n == 25:
            damaged += b'mmwDemo:/>'
        if n == 29:
            p[28:32] = struct.pack('<I', 9)
        if n == 32:
            p[52:56] = struct.pack('<f', math.nan)
        damaged += bytes(p[:100] if n == 46 else p)
    write('damaged.dat', damaged)


if __name__ == '__main__':
    main()
