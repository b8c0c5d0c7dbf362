"""Motion files and where the bones of the person in them point, by forward kinematics in NumPy alone.

`python3 tests/golden/make_motion.py` writes `tests/golden/motion/`: the same walk of somebody who leans and crouches, once with every
joint's x axis along its bone (no posture of the file is a stand), and the directions of the limbs frame by frame, in axes with x to the person's left, y backwards
and z up at the beginning of the walk. Read by `tests/formats/captures/golden.rs`.
"""

import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent / "motion"
RATE, FRAMES = 30.0, 24
# Name, parent, offset in cm (x left, y up, z forward).
JOINTS = [
    ("Hips", -1, (0, 0, 0)), ("LeftUpLeg", 0, (9, -6, 1)), ("LeftLeg", 1, (0, -42, 0)), ("LeftFoot", 2, (0, -41, -2)),
    ("LeftToeBase", 3, (0, -8, 14)), ("RightUpLeg", 0, (-9, -6, 1)), ("RightLeg", 5, (0, -42, 0)),
    ("RightFoot", 6, (0, -41, -2)), ("RightToeBase", 7, (0, -8, 14)), ("Spine", 0, (0, 11, -1)), ("Spine1", 9, (0, 13, 0)),
    ("Spine2", 10, (0, 13, 0)), ("Neck", 11, (0, 20, 1)), ("Head", 12, (0, 10, 2)), ("LeftShoulder", 11, (6, 16, 0)),
    ("LeftArm", 14, (12, 0, 0)), ("LeftForeArm", 15, (28, 0, 0)), ("LeftHand", 16, (25, 0, 0)),
    ("RightShoulder", 11, (-6, 16, 0)), ("RightArm", 18, (-12, 0, 0)), ("RightForeArm", 19, (-28, 0, 0)),
    ("RightHand", 20, (-25, 0, 0)),
]
LIMBS = [(1, 2), (2, 3), (5, 6), (6, 7), (15, 16), (16, 17), (19, 20), (20, 21)]


def about(axis, angle):
    """Rodrigues' formula about a unit axis."""
    k = np.zeros(3)
    k[axis] = 1
    cross = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def local(t):
    """Rotations against the T-pose."""
    s, c = np.sin(2 * np.pi * t), np.cos(2 * np.pi * t)
    turns = [np.eye(3) for _ in JOINTS]
    for side, hip, arm in ((1, 1, 15), (-1, 5, 19)):
        turns[hip] = about(2, 0.1 * side) @ about(0, -0.5 * side * s - 0.9)
        turns[hip + 1] = about(0, 1.1 + 0.3 * side * c)
        turns[arm] = about(0, 0.5 * side * s) @ about(2, -1.1 * side)
        turns[arm + 1] = about(1, -side * (0.8 + 0.3 * s))
    turns[9], turns[10], turns[12] = about(0, 0.2), about(0, 0.2) @ about(1, 0.2 * s), about(0, -0.3)
    turns[0] = about(1, 0.5) @ about(0, 0.1)
    return turns


def bone_axes():
    """Axes of every joint with x along its bone; ends of chains go on as their parent does."""
    axes = []
    for j, (_, parent, _) in enumerate(JOINTS):
        children = [k for k, joint in enumerate(JOINTS) if joint[1] == j and (j or k == 9)]
        if not children:
            axes.append(axes[parent])
            continue
        along = np.array(JOINTS[children[0]][2], float)
        along /= np.linalg.norm(along)
        aside = np.cross(along, [0, 0, 1.0]) if abs(along[2]) < 0.8 else np.cross(along, [1.0, 0, 0])
        aside /= np.linalg.norm(aside)
        axes.append(np.stack([along, np.cross(aside, along), aside], 1))
    return axes


def degrees(turn):
    """z, y, x with R = Rz Ry Rx; where y is ±90° only z ± x is known, and x is 0."""
    if abs(turn[2, 0]) > 1 - 1e-9:
        return np.degrees([np.arctan2(-turn[0, 1], turn[1, 1]), np.arcsin(np.clip(-turn[2, 0], -1, 1)), 0.0])
    return np.degrees([np.arctan2(turn[1, 0], turn[0, 0]), np.arcsin(-turn[2, 0]), np.arctan2(turn[2, 1], turn[2, 2])])


def main():
    axes, lines, directions = bone_axes(), ["HIERARCHY"], []

    def write(j):
        name, parent, offset = JOINTS[j]
        place = np.zeros(3) if parent < 0 else axes[parent].T @ np.array(offset, float)
        lines.extend([f"{'ROOT' if parent < 0 else 'JOINT'} {name}", "{", "OFFSET " + " ".join(f"{v:.6f}" for v in place)])
        lines.append("CHANNELS " + ("6 Xposition Yposition Zposition" if parent < 0 else "3") + " Zrotation Yrotation Xrotation")
        for k, joint in enumerate(JOINTS):
            if joint[1] == j:
                write(k)
        lines.append("}")

    write(0)
    lines.extend(["MOTION", f"Frames: {FRAMES}", f"Frame Time: {1 / RATE:.7f}"])
    for frame in range(FRAMES):
        t = frame / RATE
        turns, world, at = local(t), [], []
        values = [20 * t, 80.0, 70 * t]
        for j, (_, parent, offset) in enumerate(JOINTS):
            world.append(turns[j] if parent < 0 else world[parent] @ turns[j])
            at.append(np.zeros(3) if parent < 0 else at[parent] + world[parent] @ np.array(offset, float))
            above = np.eye(3) if parent < 0 else axes[parent]
            values.extend(degrees(above.T @ turns[j] @ axes[j]))
        lines.append(" ".join(f"{v:.6f}" for v in values))
        row = []
        for a, b in LIMBS:
            v = (at[b] - at[a]) / np.linalg.norm(at[b] - at[a])
            row.append([round(float(c), 9) for c in (v[0], -v[2], v[1])])
        directions.append(row)
    HERE.mkdir(exist_ok=True)
    (HERE / "aligned.bvh").write_text("\n".join(lines) + "\n")
    limbs = [[JOINTS[a][0], JOINTS[b][0]] for a, b in LIMBS]
    (HERE / "aligned.json").write_text(json.dumps({"limbs": limbs, "directions": directions}) + "\n")


if __name__ == "__main__":
    main()
