#!/usr/bin/env python3
"""Writes fuzz/seeds/TARGET/*: small whole files for the fuzzer to start from. Nothing but the standard library is needed.

Radars, scenes, recipes, scores and jobs are not among them: run.sh takes those that lie in scenes/.
"""

import base64
import gzip
import json
import math
import pathlib
import struct

HERE = pathlib.Path(__file__).parent
CUT = b"\n8<---\n"


def put(target, name, *files):
    """One input: its files, cut at the mark that the target looks for."""
    path = HERE / "seeds" / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(CUT.join(f.encode() if isinstance(f, str) else f for f in files))


def npy(kind, shape, values):
    """An array as NumPy saves it; `values` are repeated until it is full."""
    letter = {"f4": "f", "f8": "d", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u2": "H", "u4": "I", "c8": "f"}[kind]
    count = math.prod(shape) * (2 if kind == "c8" else 1)
    values = [values[i % len(values)] for i in range(count)]
    mark = "|" if kind[1] == "1" else "<"
    head = f"{{'descr': '{mark}{kind}', 'fortran_order': False, 'shape': ({''.join(f'{n}, ' for n in shape)}), }}"
    head = head.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack(f"<{count}{letter}", *values)


def entry(name, *array):
    return name.encode() + b"\n" + (npy(*array) if len(array) > 1 else array[0])


def tensors(arrays):
    """A safetensors file of (name, dtype, shape, bytes)."""
    head, body = {}, b""
    for name, dtype, shape, data in arrays:
        head[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(head).encode()
    return struct.pack("<Q", len(text)) + text + body


# ---- bodies and motions
vertices = [[x, y, z] for x in (-0.2, 0.2) for y in (-0.9, 0.9) for z in (-0.1, 0.1)]
flat = [v for row in vertices for v in row]
parents = [4294967295, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21]
faces = [0, 1, 3, 0, 3, 2, 4, 7, 5, 4, 6, 7, 0, 5, 1, 0, 4, 5, 2, 3, 7, 2, 7, 6, 0, 2, 6, 0, 6, 4, 1, 5, 7, 1, 7, 3]
body = [("v_template", "f4", (8, 3), flat), ("shapedirs", "f4", (8, 3, 2), [0.01, 0.0]),
        ("J_regressor", "f4", (24, 8), [0.125]), ("weights", "f4", (8, 24), [1.0] + [0.0] * 23),
        ("kintree_table", "u4", (2, 24), parents + list(range(24))), ("f", "i4", (12, 3), faces)]
put("body", "smpl", *(entry(*a) for a in body))
put("body", "posed", *(entry(*a) for a in body), entry("posedirs", "f4", (8, 3, 207), [0.0]))
rate, trans = ("mocap_framerate", "f8", (), [30.0]), ("trans", "f8", (4, 3), [0.0, 1.0, 0.9])
put("amass", "smplh", *(entry(*a) for a in [("poses", "f8", (4, 66), [1.5707963] + [0.0] * 65), trans, rate]))
parts = [("root_orient", "f4", (4, 3), [1.57, 0, 0]), ("pose_body", "f4", (4, 63), [0.1, 0]), ("pose_hand", "f4", (4, 90), [0.0]),
         trans, ("mocap_frame_rate", "f8", (), [60.0]), ("betas", "f4", (16,), [0.2, -0.1])]
put("amass", "smplx", *(entry(*a) for a in parts))
whole = [("body_pose", "f4", (4, 21, 3), [0.0]), ("global_orient", "f4", (4, 1, 3), [1.57, 0, 0]), trans, ("fps", "i8", (), [30])]
put("amass", "estimated", *(entry(*a) for a in whole))


def bvh(order="Zrotation Xrotation Yrotation", prefix="", frames=3, time="Frame Time: 0.0333333"):
    limbs = [[("LeftUpLeg", "9 -5 0"), ("LeftLeg", "0 -42 0"), ("LeftFoot", "0 -40 0")],
             [("RightUpLeg", "-9 -5 0"), ("RightLeg", "0 -42 0"), ("RightFoot", "0 -40 0")],
             [("Spine", "0 12 0"), ("Neck", "0 38 0"), ("Head", "0 10 0")],
             [("LeftArm", "18 42 0"), ("LeftForeArm", "28 0 0"), ("LeftHand", "25 0 0")],
             [("RightArm", "-18 42 0"), ("RightForeArm", "-28 0 0"), ("RightHand", "-25 0 0")]]
    o = ["HIERARCHY", f"ROOT {prefix}Hips", "{", "OFFSET 0 95 0", f"CHANNELS 6 Xposition Yposition Zposition {order}"]
    for limb in limbs:
        for name, offset in limb:
            o += [f"JOINT {prefix}{name}", "{", f"OFFSET {offset}", f"CHANNELS 3 {order}"]
        o += ["End Site", "{", "OFFSET 0 0 8", "}", "}", "}", "}"]
    o += ["}", "MOTION", f"Frames: {frames}", time]
    return "\n".join(o + [" ".join(["0 95", str(2 * i)] + ["0.5"] * 48) for i in range(frames)]) + "\n"


put("bvh", "cmu", bvh())
put("bvh", "mixamo", bvh("Yrotation Xrotation Zrotation", "mixamorig:", time="Frame Time:0.04").replace("\n", "\r\n"))


def gltf(binary):
    data = struct.pack("<3f", 0, 0.5, 1) + struct.pack("<12f", *[0, 0, 0, 1, 0.1, 0, 0, 0.995, 0, 0.1, 0, 0.995])
    data += struct.pack("<9f", 0, 1, 0, 0, 1, 0.1, 0, 1, 0.2)
    names = ["Hips", "Spine", "Neck", "Head", "LeftUpLeg", "LeftLeg", "LeftFoot", "RightUpLeg", "RightLeg", "RightFoot", "LeftArm",
             "LeftForeArm", "LeftHand", "RightArm", "RightForeArm", "RightHand"]
    parents = [-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 1, 10, 11, 1, 13, 14]
    places = [[0, 0.9, 0], [0, 0.2, 0], [0, 0.3, 0], [0, 0.1, 0], [0.1, 0, 0], [0, -0.4, 0], [0, -0.4, 0], [-0.1, 0, 0], [0, -0.4, 0],
              [0, -0.4, 0], [0.2, 0.3, 0], [0.3, 0, 0], [0.25, 0, 0], [-0.2, 0.3, 0], [-0.3, 0, 0], [-0.25, 0, 0]]
    nodes = []
    for i, (name, place) in enumerate(zip(names, places)):
        children = [k for k, p in enumerate(parents) if p == i]
        nodes.append({"name": name, "translation": place, **({"children": children} if children else {})})
    view = lambda offset, length: {"buffer": 0, "byteOffset": offset, "byteLength": length}
    accessor = lambda view, kind, **more: {"bufferView": view, "componentType": 5126, "count": 3, "type": kind, **more}
    document = {"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": nodes,
                "skins": [{"joints": list(range(16))}],
                "animations": [{"name": "walk", "samplers": [{"input": 0, "output": 1, "interpolation": "LINEAR"},
                                                             {"input": 0, "output": 2, "interpolation": "STEP"}],
                                "channels": [{"sampler": 0, "target": {"node": 4, "path": "rotation"}},
                                             {"sampler": 1, "target": {"node": 0, "path": "translation"}}]}],
                "accessors": [accessor(0, "SCALAR", min=[0], max=[1]), accessor(1, "VEC4"), accessor(2, "VEC3")],
                "bufferViews": [view(0, 12), view(12, 48), view(60, 36)], "buffers": [{"byteLength": len(data)}]}
    if not binary:
        document["buffers"][0]["uri"] = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
        return json.dumps(document).encode()
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    head = b"glTF" + struct.pack("<III", 2, 28 + len(text) + len(data), len(text))
    return head + b"JSON" + text + struct.pack("<I", len(data)) + b"BIN\0" + data


put("gltf", "text", gltf(False))
put("gltf", "binary", gltf(True))
frame = [0.02, 0, 0.85, 0] + [1, 0, 0, 0] * 4 + [0] + [1, 0, 0, 0] * 2 + [0] + [1, 0, 0, 0] + [0] + [1, 0, 0, 0] * 2 + [0]
put("deepmimic", "clip", json.dumps({"Loop": "wrap", "Frames": [frame, frame, frame]}))
babel = {"7": {"feat_p": "KIT/KIT/3/kick_poses.npz", "dur": 5.0, "seq_ann": {"labels": [{"raw_label": "kick", "act_cat": ["kick"]}]},
               "frame_ann": {"labels": [{"raw_label": "stands", "proc_label": "stand", "act_cat": ["stand"], "start_t": 0.0, "end_t": 1.5},
                                        {"raw_label": "transition", "proc_label": "transition", "start_t": 1.5, "end_t": 2.0}]}},
         "9": {"feat_p": "CMU/CMU/35/35_02_poses.npz", "dur": 3.0, "frame_anns": None, "seq_anns": [{"labels": [{"raw_label": "jog"}]}]}}
kit = {"1": {"path": "KIT/3/kick", "duration": 2.5, "annotations": [{"seg_id": "1_0", "text": "a person kicks", "start": 0.0, "end": 2.5}]}}
put("labels", "babel", json.dumps(babel))
put("labels", "kit", json.dumps(kit))
put("labels", "gzip", gzip.compress(json.dumps(kit).encode(), mtime=0))

# ---- radars and recordings
put("ti_cfg", "demo", "% Created for SDK ver:03.05\nsensorStop\nflushCfg\ndfeDataOutputMode 1\nchannelCfg 15 7 0\nadcCfg 2 1\n"
    "adcbufCfg -1 0 1 1 1\nprofileCfg 0 60 47 7 57.14 0 0 70 1 256 5209 0 0 48\nchirpCfg 0 0 0 0 0 0 0 1\n"
    "chirpCfg 1 1 0 0 0 0 0 4\nchirpCfg 2 2 0 0 0 0 0 2\nframeCfg 0 2 16 0 100 1 0\nlowPower 0 0\n"
    "guiMonitor -1 1 1 0 0 0 1\ncfarCfg -1 0 2 8 4 3 0 15 1\nbpmCfg -1 0 0 1\nsensorStart\n")
put("rf_genesis", "ti1843", json.dumps({"c0": 299792458, "num_tx": 3, "num_rx": 4, "fc": 77e9, "slope": 60.012, "adc_samples": 256,
    "adc_start_time": 6, "sample_rate": 4400, "idle_time": 7, "ramp_end_time": 65, "chirp_per_frame": 128, "frame_per_second": 10,
    "num_doppler_bins": 128, "num_range_bins": 256, "num_angle_bins": 64, "power": 15,
    "tx_loc": [[0, 0, 0], [4, 0, 0], [2, 1, 0]], "rx_loc": [[-6, 0, 0], [-5, 0, 0], [-4, 0, 0], [-3, 0, 0]]}, indent=1))
put("capture_yaml", "isk", "readObj:\n  iqSwap: 0\n  numLane: 2\n  chInterleave: 1\n  numAdcSamplePerChirp: 64\n  numChirpsPerFrame: 32\n"
    "  numTxForMIMO: 2\n  numRxForMIMO: 2\nrangeFFTObj:\n  rangeResolution: 0.04\ndopplerFFTObj:\n  velocityResolution: 0.1\n"
    "DOAObj:\n  D: [[0, 0], [1, 0], [2, 0], [3, 0]]\n  antenna_DesignFreq: 60.0e+9\n  antDis: 0.5\n")
sampling = {"start_frequency_hz": 77e9, "chirp_slope_hz_per_s": 70e12, "sample_rate_hz": 5e6, "adc_start_s": 6e-6, "chirp_period_s": 6e-5,
            "loop_period_s": 1.2e-4, "frame_period_s": 0.1, "time_multiplexed": True, "tx_m": [[0, 0, 0], [0.004, 0, 0]],
            "rx_m": [[0, 0, 0], [0.002, 0, 0]]}
axis = lambda name, unit, n, step: {"name": name, "unit": unit, "len": n, "first": 0.0, "step": step}
axes = [axis("frame", "s", 2, 0.1), axis("chirp", "s", 2, 1.2e-4), axis("tx", "1", 2, 1.0), axis("rx", "1", 2, 1.0),
        axis("sample", "s", 4, 2e-7)]
cube = {"array": {"quantity": "if_signal", "unit": "sqrt_W", "dtype": "complex64", "axes": axes}, "cube": sampling}
put("cube", "small", json.dumps(cube), npy("c8", (2, 2, 2, 2, 4), [0.1, -0.2, 0.3]))
geometry = {"lanes": "two", "iq_swapped": False, "chirps": 2, "samples": 4, "cube": sampling}
put("dca1000", "two", json.dumps(geometry), struct.pack("<128h", *range(128)))
four = {**geometry, "lanes": "four", "cube": {**sampling, "rx_m": [[0.002 * i, 0, 0] for i in range(4)]}}
put("dca1000", "four", json.dumps(four), struct.pack("<256h", *range(256)))
record = lambda secs, i: (f"header: \n  seq: {secs}\n  stamp: \n    secs: {secs}\n    nsecs: 500000000\n  frame_id: \"ti_mmwave\"\n"
                          f"point_id: {i}\nx: 1.25\ny: 0.5\nz: 0.25\nrange: 1.36\nvelocity: 0.0\ndoppler_bin: 0\nbearing: 20.0\n"
                          "intensity: 15.5\n---\n")
put("radhar_text", "two_frames", "".join(record(s, i) for s in (10, 11) for i in (0, 1)))
counts, one = ("n_points", "u2", (3,), [2]), (6,)
put("radhar", "frames", *(entry(*a) for a in [("frame_time_ns", "i8", (3,), [0, 33333333, 66666666]), counts,
    ("range_bin", "i2", one, [20]), ("velocity_bin", "i2", one, [1, -1]), ("x_q9", "i2", one, [480]), ("y_q9", "i2", one, [40]),
    ("z_q9", "i2", one, [10]), ("intensity_db", "f4", one, [12.5])]))
put("mars", "frames", *(entry(*a) for a in [("frame", "i4", (3,), [1, 2, 3]), counts, ("xyz_q9", "i2", (6, 3), [20, 900, 30]),
    ("doppler_bin", "i1", one, [0, 1, -1]), ("intensity", "f4", one, [100.0, 50.0]), ("joints_xyz", "f4", (3, 19, 3), [0.1, 1.8, 0.9])]))
put("mmclip", "triple", "name,subject,label,split\n000001002,1,walk,train\n", *(npy("f4", (4, 6), [-0.5, 0.5]) for _ in range(3)))
put("listing", "two", "file,label,subject,session,split\na.npy,walk,7,1,train\nb/c.bin,jump,8,2,test\n")
put("mesh", "obj", b"\x00" + b"# a square\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvn 0 0 1\nf 1//1 2//1 3//1 4//1\n")
mesh = {"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0, "scale": [1, 2, 1]}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]},
                      {"bufferView": 1, "componentType": 5123, "count": 3, "type": "SCALAR"}],
        "bufferViews": [{"buffer": 0, "byteLength": 36}, {"buffer": 0, "byteOffset": 36, "byteLength": 6}]}
data = struct.pack("<9f3H", 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 2)
uri = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
put("mesh", "gltf", b"\x01" + json.dumps({**mesh, "buffers": [{"byteLength": 42, "uri": uri}]}).encode())

# ---- packets of WiFi tools, reads of RFID tags, a radar's data port
def intel(clock, rx=1, tx=1):
    """A record of the Intel 5300's tool: 30 groups of 8-bit samples behind three bits each."""
    samples = bytes(17 * i % 256 for i in range((30 * (rx * tx * 16 + 3) + 7) // 8))
    body = struct.pack("<IHHBBBBBbBBHH", clock, 1, 0, rx, tx, 40, 38, 36, -92, 30, 0b100100, len(samples), 0x4101) + samples
    return struct.pack(">HB", len(body) + 1, 0xBB) + body


put("csi", "intel", b"".join(intel(1000 * i) for i in range(3)))
put("csi", "intel_three", intel(4294967000, 3, 1) + intel(500, 3, 1))
values = " ".join(str(i % 25 - 12) for i in range(128))
names = "type,role,mac,rssi,rate,sig_mode,mcs,bandwidth,smoothing,not_sounding,aggregation,stbc,fec_coding,sgi,noise_floor,ampdu_cnt,channel," \
        "secondary_channel,local_timestamp,ant,sig_len,rx_state,real_time_set,real_timestamp,len,CSI_DATA"
rows = "".join(f"CSI_DATA,AP,3C:71:BF:6D:2A:78,-73,11,1,0,0,1,1,0,0,0,0,-93,0,1,1,{80272146 + 10000 * i},0,101,0,0,{80.36 + 0.01 * i},128,[{values} ]\n"
               for i in range(3))
put("csi", "esp32", names + "\n" + rows)
put("rfid", "table", "epc,antennaIndex,frequency,time,RSSI,phase,dopplerShift\n" + "".join(
    f"E28000000000000000000{i % 2:03},1,{920625000 + 250000 * (i // 3)},{12000 * i},-54.5,{0.7 * i % 6.28:.4f},0\n" for i in range(8)))
put("rfid", "cwnu", "".join(f"1 T{i % 2} {1000000 + 9000 * i} 0.5 -51.0 {0.3 * i:.3f} walk\n" for i in range(6)))
put("rfid", "uci", "".join(f"{0.25 * i:.2f},0.27,1.08,-0.08,1,-63.5,{0.4 * i:.3f},924.25,1\n" for i in range(6)))
cfg = (HERE / "seeds/ti_cfg/demo").read_bytes()
item = struct.pack("<II", 1, 32) + struct.pack("<8f", 0.5, 2.0, 0.1, -0.4, -0.2, 1.5, 0.3, 0.0)
head = struct.pack("<4H8I", 0x0102, 0x0304, 0x0506, 0x0708, 0x03060002, 96, 0x000A1843, 1, 0, 2, 1, 0)
put("ti_uart", "demo", cfg, (head + item).ljust(96, b"\0") * 2)

# ---- a corpus of two samples
maps = npy("f4", (1, 2, 3), [0.0, 0.5, 1.0])
time = {"name": "time", "unit": "s", "len": 3, "first": 0.0, "step": 0.1}
rows = {"name": "velocity", "unit": "m/s", "len": 2, "first": -1.0, "step": 2.0}
info = {"quantity": "scaled_log_magnitude", "unit": "1", "dtype": "float32", "axes": [axis("map", "1", 1, 1.0), axis("row", "1", 2, 1.0), time]}
meta = {"split": "train", "label": "walk", "subject": "a", "source": "simulated", "recording": "r", "session": "", "seed": 1, "start_s": 0.0,
        "duration_s": 0.3}


def tar(files):
    out = b""
    for name, data in files:
        head = bytearray(512)
        for at, text in [(0, name.encode()), (100, b"0000644\0"), (108, b"0000000\0"), (116, b"0000000\0"), (124, b"%011o\0" % len(data)),
                         (136, b"00000000000\0"), (148, b" " * 8), (156, b"0"), (257, b"ustar\x0000")]:
            head[at:at + len(text)] = text
        head[148:156] = b"%06o\0 " % sum(head)
        out += bytes(head) + data + b"\0" * (-len(data) % 512)
    return out + b"\0" * 1024


files, lines, offset = [], ["id,split,label,subject,source,recording,session,seed,start_s,duration_s,shard,file,offset,size"], 0
for i in range(2):
    doc = json.dumps({"version": 1, "id": i, **meta, "details": {}, "arrays": {"hm": {"info": info, "maps": [{"name": "time_doppler", "rows": rows}]}}}).encode()
    pair = [(f"{i:09}.json", doc), (f"{i:09}.hm.npy", maps)]
    size = len(tar(pair)) - 1024
    files += pair
    lines.append(f"{i},train,walk,a,simulated,r,,1,0.0,0.3,0,shards/000000.tar,{offset},{size}")
    offset += size
shard = tar(files)
line = {"shard": 0, "file": "shards/000000.tar", "bytes": len(shard), "count": 2, "first": 0, "last": 1, "ids": [[0, 1]], "blake3": "0" * 64}
plan = "format: kinecho-corpus\nversion: 1\nsamples: 2\nsamples_per_shard: 2\nrecipe: ''\nresolved:\n  import: radhar\n"
put("corpus", "two", plan, json.dumps(line) + "\n", "\n".join(lines) + "\n", shard)
captured = plan.replace("samples: 2", "samples: 3", 1) + ("motion_files:\n- {folder: 0, file: a.bvh, number: 0, first: 0, samples: 1, windows: aa}\n"
    "- {folder: 0, file: b.bvh, number: 1, first: 1, samples: 1, windows: bb}\n- {folder: 0, file: c.bvh, number: 2, first: 2, samples: 1}\n"
    "set_aside:\n- {file: d.bvh, reason: no BVH}\n")
out = [{"id": 1, "file": "b.bvh", "reason": "a frame is short", "blake3": "0" * 64}]
one = tar(files[:2])
aside = {**line, "bytes": len(one), "count": 1, "last": 0, "ids": [[0, 0]], "motions": {"0": "aa"}, "left_out": out}
empty = {**line, "shard": 1, "file": "shards/000001.tar", "bytes": 1024, "count": 0, "first": 2, "last": 2, "ids": []}
put("corpus", "captured", captured, json.dumps(aside) + "\n" + json.dumps(empty) + "\n", "\n".join(lines[:2]) + "\n", one)

# ---- weights
f32 = lambda n: struct.pack(f"<{n}f", *[0.1 * (i % 7 - 3) for i in range(n)])
put("safetensors", "kinds", tensors([("a", "F32", [2, 2], f32(4)), ("b", "F16", [3], b"\0\x3c" * 3), ("c", "BF16", [2], b"\x80\x3f" * 2)]))
names = [f"base_model.model.signal.maps.0.blocks.0.attention.qkv.lora_{x}.weight" for x in "AB"]
config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "lora_dropout": 0.0, "target_modules": ["qkv"], "bias": "none", "task_type": None,
          "inference_mode": True, "base_model_name_or_path": None, "fan_in_fan_out": False, "init_lora_weights": True, "use_rslora": False,
          "loftq_config": {}, "rank_pattern": {}, "peft_version": "0.20.0"}
put("adapter", "peft", json.dumps(config), tensors([(names[0], "F32", [2, 8], f32(16)), (names[1], "F32", [24, 2], f32(48))]))
golden = HERE.parent / "tests/golden/clip"
clip = [(golden / name).read_bytes() for name in ("config.json", "tokenizer.json", "model.safetensors")]
size, = struct.unpack("<Q", clip[2][:8])
head = {k: v for k, v in json.loads(clip[2][8:8 + size]).items() if k != "__metadata__"}
kept = [(k, v["dtype"], v["shape"], clip[2][8 + size + v["data_offsets"][0]:8 + size + v["data_offsets"][1]])
        for k, v in head.items() if k.startswith("text_")]
# As half precision (bfloat16: the upper half of each number), to stay small.
short = [(k, "BF16", shape, b"".join(data[i + 2:i + 4] for i in range(0, len(data), 4))) for k, _, shape, data in kept]
tokenizer = json.dumps(json.loads(clip[1]), separators=(",", ":"))
put("clip", "golden", json.dumps(json.loads(clip[0])), tokenizer, tensors(short))
index = {"weight_map": {k: "model.safetensors" for k, *_ in short}}
put("clip", "config", json.dumps({"model_type": "clip", "projection_dim": 16, "text_config_dict": {"hidden_size": 24, "vocab_size": 572}}), tokenizer,
    b"", json.dumps(index))
print(sum(f.stat().st_size for f in (HERE / "seeds").rglob("*") if f.is_file()), "bytes")
